//! Boots that only one process sees: a file over the kernel's boot id, in a mount namespace of its own.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use super::process::program;

const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// The ways to a mount namespace, as root and as anybody else.
const WAYS: [&[&str]; 2] = [
    &["--mount", "--propagation", "private"],
    &["--user", "--map-root-user", "--mount", "--propagation", "private"],
];

/// `path` as a command that takes the content of `boot_id` for the boot it runs in. It keeps its process id.
pub(super) fn in_boot(boot_id: &Path, path: &Path) -> Command {
    let mut command = unshared(way());
    command.args(["sh", "-c", r#"mount --bind "$1" "$2" && shift 2 && exec "$@""#, "sh"]);
    command.arg(boot_id).arg(BOOT_ID).arg(path);
    command
}

fn unshared(way: &[&str]) -> Command {
    let mut command = program("unshare");
    command.args(way).arg("--");
    command
}

fn way() -> &'static [&'static str] {
    static WAY: OnceLock<&[&str]> = OnceLock::new();
    WAY.get_or_init(|| {
        let mut refusals = vec![];
        for way in WAYS {
            let tried = unshared(way).args(["mount", "--bind", "/proc/version", BOOT_ID]).output();
            match tried {
                Ok(output) if output.status.success() => return way,
                Ok(output) => refusals.push(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
                Err(error) => refusals.push(error.to_string()),
            }
        }
        panic!(
            "this test gives each daemon a boot id of its own, and may not: it needs `unshare` and either root \
             or user namespaces ({})",
            refusals.join("; ")
        )
    })
}
