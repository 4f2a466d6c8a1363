//! A package's life where rpm manages packages: installed, installed again, upgraded and erased. The rpm of this machine works on a
//! root; the package's scripts run inside.

use std::path::Path;

use xtask::{Failure, Step};

use super::Pair;
use super::life::{Life, OWN, STATE, STATE_DIRECTORY, UNTIL_BOOT};
use super::older::TEMPLATE;
use crate::build::PROGRAM;

/// Lives through all of it.
pub(super) fn live(life: &mut Life<'_>, pair: &Pair) -> Result<(), Failure> {
    life.stage("installation");
    work(life, &["--install"], &pair.newer)?;
    let conffiles = conffiles(life)?;
    life.is_installed(&conffiles)?;
    is_verified(life)?;
    let installed = life.tree()?;

    life.stage("installation over itself");
    work(life, &["--upgrade", "--replacepkgs"], &pair.newer)?;
    life.is_as_installed(&installed)?;

    life.stage("removal");
    erase(life)?;
    life.is_as_before(by_systemd(life.systemd))?;

    life.stage("upgrade of what nobody edited");
    work(life, &["--install"], &pair.older)?;
    life.template_is_older(true);
    work(life, &["--upgrade"], &pair.newer)?;
    life.template_is_older(false);
    life.is_upgraded();
    is_verified(life)?;
    erase(life)?;
    life.is_as_before(by_systemd(life.systemd))?;

    life.stage("upgrade of what was edited");
    let edited = life.upgrades_what_was_edited(
        |life| work(life, &["--install"], &pair.older),
        |life| work(life, &["--upgrade"], &pair.newer),
        ".rpmnew",
    )?;

    life.stage("removal of what was edited");
    erase(life)?;
    let saved = format!("{TEMPLATE}.rpmsave");
    life.is_kept(&saved, &edited);
    let new = format!("{TEMPLATE}.rpmnew");
    let theirs =
        ["/etc/clusterrebootd/", "/etc/clusterrebootd/config.d/", OWN, STATE, STATE_DIRECTORY, &saved, &new];
    life.is_as_before(&[&theirs[..], by_systemd(life.systemd)].concat())
}

/// What stays of the package of its own accord: rpm knows no purge.
fn by_systemd(systemd: bool) -> &'static [&'static str] {
    if systemd { &[UNTIL_BOOT, STATE_DIRECTORY] } else { &[] }
}

/// rpm, on a root.
pub(super) fn rpm(life: &Life<'_>, words: &[&str]) -> Step {
    let step = life.root.beside("rpm").args(["--dbpath", "/var/lib/rpm", "--root"]);
    step.args([&life.root.directory]).args(words.iter().copied())
}

/// Without what it says of an edited template: where the new one was put, and where the old one.
pub(super) fn without_notices(said: &str) -> String {
    let created = format!("warning: {TEMPLATE} created as {TEMPLATE}.rpmnew");
    said.replace(&created, "").replace(&format!("warning: {TEMPLATE} saved as {TEMPLATE}.rpmsave"), "")
}

fn work(life: &mut Life<'_>, words: &[&str], package: &Path) -> Result<(), Failure> {
    life.work_and_tell(&rpm(life, words).args([package]), without_notices)
}

fn erase(life: &mut Life<'_>) -> Result<(), Failure> {
    work(life, &["--erase"], Path::new(PROGRAM))?;
    life.is_away("/usr/bin/clusterrebootd");
    Ok(())
}

/// rpm's own look at what it has installed.
fn is_verified(life: &mut Life<'_>) -> Result<(), Failure> {
    let (status, said) = rpm(life, &["--verify", PROGRAM]).answer()?;
    let differs: Vec<_> = said.lines().filter(|line| !line.starts_with("rpm: ")).collect();
    life.expect(status.success() && differs.is_empty(), || {
        format!("rpm finds it changed: {}", differs.join("\n"))
    });
    Ok(())
}

/// The files that rpm takes for the operator's.
fn conffiles(life: &Life<'_>) -> Result<Vec<String>, Failure> {
    let told = rpm(life, &["--query", "--configfiles", PROGRAM]).ask()?;
    Ok(told.lines().filter(|line| line.starts_with('/')).map(Into::into).collect())
}
