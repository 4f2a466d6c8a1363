//! A node without an etcd, and the program on it.

use std::fs::{self, File, Permissions};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crb_testbed::Ran;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use tempfile::TempDir;

/// Every command that reads the configuration, as it is called.
pub(crate) const READERS: [&[&str]; 14] = [
    &["run"],
    &["run", "--once"],
    &["run", "--dry-run"],
    &["status"],
    &["simulate"],
    &["validate-config"],
    &["fleet"],
    &["accept-store", "--reason", "known"],
    &["history"],
    &["pause", "--reason", "works"],
    &["resume"],
    &["unlock", "node-a", "--reason", "dead"],
    &["forget", "node-a"],
    &["plan"],
];

/// The program, told nothing by the environment.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clusterrebootd"));
    command.env_remove("NO_COLOR").env_remove("COLUMNS").env_remove("CLUSTERREBOOTD_CONFIG");
    command.stdin(Stdio::null());
    command
}

pub(crate) fn run(arguments: &[&str]) -> Ran {
    Ran::of(program().args(arguments))
}

/// A node without an etcd: a directory with its configuration and scripts.
pub(crate) struct Bed(TempDir);

impl Bed {
    pub(crate) fn new() -> Self {
        let bed = Self(tempfile::tempdir().unwrap());
        bed.script("health", "[ ! -e ${0%/*}/sick ]");
        bed.script("detector", "[ ! -e ${0%/*}/broken ] || exit 127");
        bed
    }

    /// The same, configured for an etcd that is not there.
    pub(crate) fn without_etcd() -> Self {
        let bed = Self::new();
        bed.configure("etcd_endpoints: [127.0.0.1:1]\netcd_timeout_sec: 1\n");
        bed
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Puts files that its detectors, its health script and its kill switch look for.
    pub(crate) fn put(&self, names: &[&str]) {
        for name in names {
            fs::write(self.path(name), "").unwrap();
        }
    }

    /// Writes an executable file and gives its path.
    pub(crate) fn script(&self, name: &str, body: &str) -> String {
        let path = self.path(name);
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        path.display().to_string()
    }

    pub(crate) fn write(&self, text: &str) {
        fs::write(self.path("config.yaml"), text).unwrap();
    }

    /// Writes the configuration of `node-a`, and beside it what `more` says.
    pub(crate) fn configure(&self, more: &str) {
        let directory = self.0.path().display();
        self.write(&format!(
            "node_name: node-a\n\
             reboot_required_detectors:\n\
             \x20 - {{type: file, name: marker, path: {directory}/marker}}\n\
             \x20 - {{type: command, name: tool, cmd: [{directory}/detector], success_exit_codes: [1]}}\n\
             health_script: {directory}/health\n\
             kill_switch_file: {directory}/disable\n\
             backoff_min_sec: 1\n{more}"
        ));
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.args(arguments).arg("--config").arg(self.path("config.yaml"));
        command.env("LC_ALL", "C.UTF-8");
        command.env("RUNTIME_DIRECTORY", self.path("run")).env("STATE_DIRECTORY", self.path("state"));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&mut self.command(arguments))
    }

    /// What a terminal shows of it, both streams.
    pub(crate) fn on_a_terminal(&self, arguments: &[&str], environment: &[(&str, &str)]) -> String {
        let mut terminal = File::from(openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap());
        grantpt(&terminal).unwrap();
        unlockpt(&terminal).unwrap();
        let name = ptsname(&terminal, vec![]).unwrap().into_string().unwrap();
        let side = File::options().read(true).write(true).open(name).unwrap();
        let mut child = {
            let mut command = self.command(arguments);
            command.stdout(side.try_clone().unwrap()).stderr(side).envs(environment.iter().copied());
            command.spawn().unwrap()
        };
        let mut shown = vec![];
        // A terminal whose other side is closed ends with an error.
        terminal.read_to_end(&mut shown).ok();
        child.wait().unwrap();
        String::from_utf8(shown).unwrap()
    }
}
