//! `etcd_auth`: the user that this node is to etcd.

use crate::{
    elements::tls::readable_file,
    inspect::{self, EtcdFiles, Inspect},
    read::{Optional, Section},
    settings::AuthSettings,
    sink::Read,
};

/// `None` where neither key is given: one of them without the other is a fault.
pub(super) fn read(root: &Section<'_>, inspect: &Inspect<'_>) -> Read<Option<AuthSettings>> {
    root.slot("etcd_auth").section(|auth| {
        let (username, password_file) = (auth.slot("username"), auth.slot("password_file"));
        if matches!((username.text(), password_file.text()), (Ok(None), Ok(None))) {
            return Ok(None);
        }
        let name =
            username.text().required(&username, "write the name of etcd's user, or take `etcd_auth` away");
        let file =
            readable_file(&password_file, "write the path of a file with the password and nothing else");
        let settings = AuthSettings { username: name?.to_owned(), password_file: file? };
        inspect::tell(inspect(&EtcdFiles::Password(&settings.password_file)), &[password_file])?;
        Ok(Some(settings))
    })
}
