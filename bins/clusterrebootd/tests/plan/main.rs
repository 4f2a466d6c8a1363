//! `plan`: of fleets that need not exist, of one in a real etcd, and as a terminal shows it.

#![allow(clippy::disallowed_methods, reason = "the program under test, and a terminal, are started here")]
#![allow(clippy::unwrap_used, reason = "a test may")]

mod assumed;
mod live;
mod terminal_plan;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_clusterrebootd");

/// The moment from which the tests plan.
const FROM: &str = "2026-11-25T12:00";

/// A directory with a configuration, and no etcd.
struct Desk(TempDir);

impl Desk {
    /// One whose configuration says `more`, too.
    fn new(more: &str) -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        let health = desk.path("health");
        fs::write(&health, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&health, Permissions::from_mode(0o755)).unwrap();
        let text = format!(
            "node_name: node-a\n\
             reboot_required_detectors: [{{type: file, path: /nowhere}}]\n\
             health_script: {}\n\
             etcd_endpoints: [127.0.0.1:1]\n\
             etcd_timeout_sec: 1\n{more}\n",
            health.display()
        );
        fs::write(desk.path("config.yaml"), text).unwrap();
        desk
    }

    /// The same, under windows at night in Berlin and a cooldown of half an hour.
    fn with_windows() -> Self {
        Self::new(
            "min_reboot_interval_sec: 1800\n\
             windows: {timezone: Europe/Berlin, allow: [\"Mon-Thu 22:00-01:00\"]}",
        )
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.env_remove("NO_COLOR").env_remove("COLUMNS").env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
        command.arg("plan").args(arguments).arg("--config").arg(self.path("config.yaml"));
        command
    }

    /// What it prints, and with what it ends.
    fn plan(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    }
}
