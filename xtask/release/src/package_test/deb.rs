//! A package's life on Debian: installed, installed again, upgraded, removed and purged, by apt.

use xtask::{Failure, Step};

use super::Pair;
use super::life::{Life, UNTIL_BOOT, lend};
use super::older::TEMPLATE;
use crate::build::PROGRAM;

/// The package in both versions, as paths inside the root.
struct Lent {
    older: String,
    newer: String,
}

/// Lives through all of it.
pub(super) fn live(life: &mut Life<'_>, pair: &Pair) -> Result<(), Failure> {
    let lent = Lent { older: lend(life.root, &pair.older)?, newer: lend(life.root, &pair.newer)? };

    life.stage("installation");
    install(life, &lent.newer)?;
    let conffiles = conffiles(life)?;
    life.is_installed(&conffiles)?;
    let installed = life.tree()?;

    life.stage("installation over itself");
    life.work(&apt(life, &["install", "--reinstall", &lent.newer]))?;
    life.is_as_installed(&installed)?;

    life.stage("removal");
    life.work(&apt(life, &["remove", PROGRAM]))?;
    life.is_away("/usr/bin/clusterrebootd");
    life.stands(TEMPLATE);

    life.stage("purge");
    purge(life)?;

    life.stage("upgrade of what nobody edited");
    install(life, &lent.older)?;
    life.template_is_older(true);
    install(life, &lent.newer)?;
    life.template_is_older(false);
    life.is_upgraded();
    life.is_installed(&conffiles)?;
    purge(life)?;

    life.stage("upgrade of what was edited");
    let edited = life.upgrades_what_was_edited(
        |life| install(life, &lent.older),
        |life| install(life, &lent.newer),
        ".dpkg-dist",
    )?;

    life.stage("removal of what was edited");
    life.work(&apt(life, &["remove", PROGRAM]))?;
    life.is_kept(TEMPLATE, &edited);

    if life.systemd {
        life.stage("installation after the removal");
        install(life, &lent.newer)?;
        life.is_kept(TEMPLATE, &edited);
        life.is_enabled()?;
    }

    life.stage("purge of what was edited");
    purge(life)
}

/// Without a question; what an operator has changed is kept, for that is the answer that dpkg proposes.
fn install(life: &mut Life<'_>, package: &str) -> Result<(), Failure> {
    life.work(&apt(life, &["install", package]))
}

/// Nothing may be left but what has to outlive even that.
fn purge(life: &mut Life<'_>) -> Result<(), Failure> {
    life.work(&apt(life, &["purge", PROGRAM]))?;
    life.ask(&["dpkg-query", "--show", PROGRAM], 1, "no packages found")?;
    life.is_as_before(if life.systemd { &[UNTIL_BOOT] } else { &[] })
}

pub(super) fn apt(life: &Life<'_>, words: &[&str]) -> Step {
    // A terminal of its own for dpkg would need /dev/pts.
    let options =
        ["apt-get", "--yes", "--option=Dpkg::Use-Pty=0", "--option=Dpkg::Options::=--force-confdef"];
    life.root.inside(options.into_iter().chain(words.iter().copied()))
}

/// The files that dpkg takes for the operator's.
fn conffiles(life: &mut Life<'_>) -> Result<Vec<String>, Failure> {
    let told = life.ask(&["dpkg-query", "--show", "--showformat=${Conffiles}", PROGRAM], 0, "")?;
    Ok(told.lines().filter_map(|line| line.split_whitespace().next()).map(Into::into).collect())
}
