//! `etcd_tls`: mutual TLS towards etcd.

use std::path::{Path, PathBuf};

use crate::{
    fault::Fault,
    files,
    read::{Optional, Section, Slot},
    settings::TlsSettings,
    sink::Read,
};

/// `None` where TLS is not enabled; the other keys may be anything then.
pub(super) fn read(root: &Section<'_>) -> Read<Option<TlsSettings>> {
    root.slot("etcd_tls").section(|tls| {
        let files = ["ca_file", "cert_file", "key_file"].map(|key| tls.slot(key));
        let skip_verify = tls.slot("insecure_skip_verify");
        let insecure_skip_verify = skip_verify.flag().default_to(false);
        if !tls.slot("enabled").flag().default_to(false)? {
            return Ok(None);
        }
        let [ca_file, cert_file, key_file] = files.map(|slot| readable_file(&slot));
        if insecure_skip_verify == Ok(true) {
            let fault = Fault::warning("config::tls_verification_off", "etcd's certificate is not verified");
            skip_verify.tell(
                fault.advise("set it to false: `ca_file` vouches for etcd"),
                "whoever answers is believed",
            );
        }
        Ok(Some(TlsSettings {
            ca_file: ca_file?,
            cert_file: cert_file?,
            key_file: key_file?,
            insecure_skip_verify: insecure_skip_verify?,
        }))
    })
}

fn readable_file(slot: &Slot<'_>) -> Read<PathBuf> {
    let path = Path::new(slot.text().required(slot, "write the path of a PEM file, or `enabled: false`")?);
    files::open(path).map_err(|error| {
        let message = format!("cannot read `{}`, {}: {error}", slot.path(), path.display());
        let fault = Fault::error("config::tls_file_unreadable", message);
        slot.refuse(fault.advise("put the file there, readable for the daemon's user"), "")
    })?;
    Ok(path.to_owned())
}
