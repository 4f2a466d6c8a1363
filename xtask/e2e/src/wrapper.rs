//! Before the scenarios: tools, and servers that end with us whatever happens.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use xtask::{Failure, Found, Step, Tool, Workspace, see_to, with_servers};

use crate::USAGE;
use crate::options::Options;
use crate::scenarios;

/// What is needed beside Rust.
const NEEDED: [Tool; 5] = [Tool::Etcd, Tool::Etcdctl, Tool::Mke2fs, Tool::Mmdebstrap, Tool::Qemu];

/// The architecture of the machines, and of their maker, which runs programs of theirs as it fills their disk.
const ARCH: &str = "x86_64";

/// Sees to all that is needed, and becomes the program that runs the scenarios.
pub(crate) fn run(args: Vec<OsString>) -> Result<(), Failure> {
    let options = Options::of(args.clone())?;
    if options.help {
        print!("{USAGE}");
        return Ok(());
    }
    if options.list {
        for scenario in scenarios::ALL {
            println!("{:<22} {}", scenario.name, scenario.about);
        }
        return Ok(());
    }
    if !scenarios::ALL.iter().any(|scenario| options.chooses(scenario.name, scenario.in_ci)) {
        return Err(Failure::Usage("no scenario has that in its name; `--list` lists them".into()));
    }
    if std::env::consts::ARCH != ARCH {
        let told = format!(
            "the machines are of {ARCH}, and so is whoever makes them; this is {}",
            std::env::consts::ARCH
        );
        return Err(Failure::Verdict(told));
    }
    let workspace = Workspace::find()?;
    let found = see_to(&workspace, &NEEDED)?;
    let directory = workspace.tools.with_file_name("e2e").join("bin");
    let guarded = found.into_iter().map(|found| guarded(&directory, found)).collect::<Result<Vec<_>, _>>()?;
    let own =
        std::env::current_exe().map_err(|source| Failure::File { path: "our own program".into(), source })?;
    let step = Step::new(own).args(["scenarios"]).args(args);
    Err(with_servers(step, &guarded).become_it())
}

/// A server through a script that asks the kernel to end it when whoever started it ends, however that comes.
fn guarded(directory: &Path, found: Found) -> Result<Found, Failure> {
    if !matches!(found.tool, Tool::Etcd | Tool::Etcdctl) {
        return Ok(found);
    }
    let path: PathBuf = directory.join(found.tool.program());
    let text = format!("#!/bin/sh\nexec setpriv --pdeathsig KILL -- '{}' \"$@\"\n", found.path.display());
    let failure = |source| Failure::File { path: path.clone(), source };
    fs::create_dir_all(directory).map_err(failure)?;
    fs::write(&path, text).map_err(failure)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).map_err(failure)?;
    Ok(Found { path, ..found })
}
