//! `cargo xtask bench layout`: which functions of the program that ships stand beside each other.
//!
//! The kernel maps a program by the page, and 64 KiB around each page that is touched. So what runs in a daemon, from its start
//! to its rest, stands together, and the rest of the program stays on the disk.

mod script;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crb_testbed::EtcdCluster;
use xtask::flags::{Linker, rustflags};
use xtask::{Failure, Step, Tool, Workspace, see_to, with_servers};

use crate::bed;
use crate::clock::rest;

/// The program, where it stands once `bins/clusterrebootd/build.rs` is to pass it on.
const SCRIPT: &str = "bins/clusterrebootd/layout.ld";

/// How the second half of the command is called.
pub(crate) const WATCH: &str = "watch";

/// How long the daemon is watched after its first pass: two passes more, and renewals of its lease.
const WATCHED: Duration = Duration::from_secs(150);

/// Builds the program with all its names, and with a map of it.
pub(crate) fn prepare(workspace: &Workspace) -> Result<Step, Failure> {
    if Linker::HOST != Linker::Lld {
        return Err(Failure::Verdict("the map of lld is needed, which Rust takes on x86-64 alone".into()));
    }
    let found = see_to(workspace, &[Tool::Protoc, Tool::Etcd, Tool::Etcdctl, Tool::Valgrind])?;
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let out = workspace.tools.with_file_name("layout");
    let map = out.join("map");
    let line = format!("rustc --release --locked --package clusterrebootd --target {triple} --target-dir");
    let build = workspace
        .cargo(&line)
        .args([&out])
        .args(["--".to_owned(), format!("-Clink-arg=-Wl,--no-demangle,-Map={}", map.display())])
        .env("CARGO_ENCODED_RUSTFLAGS", rustflags(Linker::HOST, &[]))
        .env("CARGO_PROFILE_RELEASE_STRIP", "none");
    build.run()?;
    let own =
        std::env::current_exe().map_err(|source| Failure::File { path: "the program".into(), source })?;
    let program = out.join(triple).join("release/clusterrebootd");
    Ok(with_servers(Step::new(own).args([WATCH]).args([program, map]), &found))
}

/// Watches a daemon, and writes the script.
pub(crate) fn watch(workspace: &Workspace, program: &Path, map: &Path) -> Result<(), Failure> {
    let profile = read(&profile(program)?)?;
    let text = script::script(&read(map)?, &profile)
        .ok_or_else(|| Failure::Verdict("nothing in the map is in the profile".into()))?;
    let path = workspace.root.join(SCRIPT);
    fs::write(&path, text).map_err(|source| Failure::File { path: path.clone(), source })?;
    eprintln!("written to {}", path.display());
    Ok(())
}

/// A profile of a daemon that starts and rests.
fn profile(program: &Path) -> Result<PathBuf, Failure> {
    let directory = program.with_file_name("watched");
    let (watched, profile) = (directory.join("clusterrebootd"), directory.join("profile"));
    // What it says of itself would stand in the daemon's log.
    let text = format!(
        "#!/bin/sh\nexec valgrind --quiet --tool=callgrind --demangle=no --callgrind-out-file='{}' --log-file=/dev/null '{}' \"$@\"\n",
        profile.display(),
        program.display()
    );
    fs::remove_dir_all(&directory).ok();
    fs::create_dir_all(&directory)
        .and_then(|()| fs::write(&watched, text))
        .and_then(|()| fs::set_permissions(&watched, Permissions::from_mode(0o755)))
        .map_err(|source| Failure::File { path: watched.clone(), source })?;
    let cluster = EtcdCluster::start_with_tls(1);
    let mut node = bed::node(&watched, &cluster, "fleet", "node-a");
    node.start();
    node.wait_for_outcome("no_action");
    rest(WATCHED);
    // What runs at its end is of no matter, and does not belong to the rest.
    Step::of("callgrind_control --dump").args([node.id().to_string()]).ask()?;
    // It is written beside the name that was given, with a number.
    Ok(profile.with_extension("1"))
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|source| Failure::File { path: path.into(), source })
}
