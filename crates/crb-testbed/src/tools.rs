//! The programs that the testbed runs, and where they are found.
#![allow(
    clippy::disallowed_methods,
    reason = "this file alone looks up and starts the programs of the testbed"
)]

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The server: `CRB_ETCD`, else `etcd` on the path.
pub(crate) fn etcd() -> Command {
    Command::new(find("CRB_ETCD", "etcd"))
}

/// The server in a network namespace, if one is named. It keeps its process id.
pub(crate) fn etcd_in(namespace: Option<&str>) -> Command {
    let Some(namespace) = namespace else { return etcd() };
    let mut command = Command::new("ip");
    command.args(["netns", "exec", namespace]).arg(find("CRB_ETCD", "etcd"));
    command
}

/// Its client: `CRB_ETCDCTL`, else `etcdctl` on the path.
pub(crate) fn etcdctl() -> Command {
    let mut command = Command::new(find("CRB_ETCDCTL", "etcdctl"));
    command.env("ETCDCTL_API", "3");
    command
}

/// The terminal in which tests look at what people see: `CRB_TMUX`, else `tmux` on the path.
pub(crate) fn tmux() -> Command {
    Command::new(find("CRB_TMUX", "tmux"))
}

/// Whether the server knows `--unsafe-no-fsync`, which spares a test the waits for the disk.
pub(crate) fn can_skip_fsync() -> bool {
    static KNOWN: OnceLock<bool> = OnceLock::new();
    *KNOWN.get_or_init(|| {
        let probe = etcd()
            .args(["--unsafe-no-fsync", "--version"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        probe.is_ok_and(|status| status.success())
    })
}

fn find(variable: &str, program: &str) -> OsString {
    if let Some(chosen) = env::var_os(variable) {
        assert!(Path::new(&chosen).is_file(), "{variable} names {}, which is no file", chosen.display());
        return chosen;
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|directory| directory.join(program)).find(|file| file.is_file());
    let Some(file) = found else {
        panic!(
            "this test needs {program}, which is not on the path: `cargo xtask setup` installs it, \
             or name it with {variable}"
        );
    };
    file.into()
}
