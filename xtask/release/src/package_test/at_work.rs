//! What packages ask of systemd while it is at work. It is not at work here: a stand-in for `systemctl` notes what it is asked.
//! What comes of it is shown by machines that boot (`cargo xtask e2e`).

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use xtask::{Failure, Step};

use super::Pair;
use super::life::{Life, UNIT, lend};
use super::{deb, rpm};
use crate::build::PROGRAM;
use crate::directory::make;
use crate::files;
use crate::nfpm::Format;

/// Where the stand-in notes what it is asked.
const ASKED: &str = "/var/log/asked";

const SYSTEMCTL: &str = "#!/bin/sh\necho \"systemctl $*\" >> /var/log/asked\n";

/// Whether a service may be started is asked of this on Debian. Everything may, so that what is not done was not wanted.
const POLICY: &str = "#!/bin/sh\necho \"policy-rc.d $*\" >> /var/log/asked\n";

/// Puts the stand-in in place; before the root is looked at for the first time.
pub(super) fn stand_in(directory: &Path) -> Result<(), Failure> {
    make(&directory.join("run/systemd/system"))?;
    for (path, text) in [("usr/bin/systemctl", SYSTEMCTL), ("usr/sbin/policy-rc.d", POLICY)] {
        let path = directory.join(path);
        files::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
            .map_err(|source| Failure::File { path, source })?;
    }
    Ok(())
}

/// Installs, removes and upgrades, and reads what was asked of systemd.
pub(super) fn live(life: &mut Life<'_>, pair: &Pair) -> Result<(), Failure> {
    life.stage("installation while systemd is at work");
    let step = install(life, &pair.newer)?;
    life.work(&step)?;
    judge(life, None);

    life.stage("removal while systemd is at work");
    let (step, verb) = match life.format {
        Format::Deb => (deb::apt(life, &["remove", PROGRAM]), "stop"),
        Format::Rpm => (rpm::rpm(life, &["--erase", PROGRAM]), "disable --now"),
    };
    life.work(&step)?;
    judge(life, Some(verb));

    life.stage("upgrade while systemd is at work");
    let step = install(life, &pair.older)?;
    life.work(&step)?;
    // After a removal without a purge, Debian takes this for an upgrade, and asks for a restart of what does not run.
    asked(life);
    let step = install(life, &pair.newer)?;
    life.work(&step)?;
    judge(life, Some("try-restart"));
    Ok(())
}

fn install(life: &Life<'_>, package: &Path) -> Result<Step, Failure> {
    Ok(match life.format {
        Format::Deb => deb::apt(life, &["install", &lend(life.root, package)?]),
        Format::Rpm => rpm::rpm(life, &["--upgrade"]).args([package]),
    })
}

/// What was asked since the last time.
fn asked(life: &Life<'_>) -> Vec<String> {
    let file = life.root.path(ASKED);
    let text = fs::read_to_string(&file).unwrap_or_default();
    // Nothing was asked if it is not there; and what cannot be removed would be told once more, which shows.
    drop(fs::remove_file(file));
    text.lines().map(Into::into).collect()
}

fn judge(life: &mut Life<'_>, wanted: Option<&str>) {
    for fault in misled(&asked(life), wanted) {
        life.fault(fault);
    }
}

/// Systemd must have been told to read its units again, and to do just what is wanted with ours.
fn misled(asked: &[String], wanted: Option<&str>) -> Vec<String> {
    let mut faults = Vec::new();
    let orders: Vec<_> = asked.iter().filter(|line| line.starts_with("systemctl ")).collect();
    if !orders.iter().any(|line| line.contains("daemon-reload")) {
        faults.push("systemd was not told to read its units again".into());
    }
    let is_wanted = |line: &str| wanted.is_some_and(|verb| line.contains(&format!(" {verb} {UNIT}")));
    let of_ours: Vec<_> = orders.iter().filter(|line| line.contains(UNIT)).collect();
    if let Some(verb) = wanted.filter(|_| !of_ours.iter().any(|line| is_wanted(line))) {
        faults.push(format!("systemd was not asked to {verb} {UNIT}, but: {asked:?}"));
    }
    // To ask whether it is enabled or at work changes nothing.
    let only_asks =
        |line: &str| [" is-enabled ", " is-active ", " show "].iter().any(|verb| line.contains(verb));
    let others = of_ours.iter().filter(|line| !is_wanted(line) && !only_asks(line));
    faults.extend(others.map(|line| format!("this was not to be asked of systemd: {line}")));
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(asked: &[&str], wanted: Option<&str>) -> Vec<String> {
        misled(&asked.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>(), wanted)
    }

    #[test]
    fn an_installation_reads_the_units_and_does_nothing_else() {
        assert_eq!(faults(&["systemctl --system daemon-reload"], None), Vec::<String>::new());
        assert_eq!(
            faults(&["systemctl daemon-reload", "systemctl start clusterrebootd.service"], None),
            ["this was not to be asked of systemd: systemctl start clusterrebootd.service"]
        );
        assert_eq!(faults(&[], None), ["systemd was not told to read its units again"]);
    }

    #[test]
    fn an_upgrade_starts_anew_what_runs_and_starts_nothing_else() {
        let wanted = Some("try-restart");
        let good = ["systemctl daemon-reload", "systemctl --system try-restart clusterrebootd.service"];
        assert_eq!(faults(&good, wanted), Vec::<String>::new());
        let bad = ["systemctl daemon-reload", "systemctl restart clusterrebootd.service"];
        let told = faults(&bad, wanted);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].starts_with("systemd was not asked to try-restart"), "{told:?}");
    }
}
