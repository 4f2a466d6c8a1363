//! A package's life under dnf, which has to find all that it depends on: without a repository, there is nothing but the package.

use std::path::Path;

use xtask::Failure;

use super::Pair;
use super::life::{Life, OWN, STATE, STATE_DIRECTORY};
use super::older::TEMPLATE;
use crate::build::PROGRAM;

/// Installs, upgrades and removes.
pub(super) fn live(life: &mut Life<'_>, pair: &Pair) -> Result<(), Failure> {
    life.stage("installation by dnf");
    work(life, "install", &pair.newer)?;
    life.is_installed(&[TEMPLATE.into()])?;
    work(life, "remove", Path::new(PROGRAM))?;
    life.is_as_before(&[])?;

    life.stage("upgrade by dnf");
    let edited = life.upgrades_what_was_edited(
        |life| work(life, "install", &pair.older),
        |life| work(life, "upgrade", &pair.newer),
        ".rpmnew",
    )?;

    life.stage("removal by dnf");
    work(life, "remove", Path::new(PROGRAM))?;
    let (saved, new) = (format!("{TEMPLATE}.rpmsave"), format!("{TEMPLATE}.rpmnew"));
    life.is_kept(&saved, &edited);
    let theirs = ["/etc/clusterrebootd/", "/etc/clusterrebootd/config.d/", OWN, STATE, STATE_DIRECTORY];
    life.is_as_before(&[&theirs[..], &[saved.as_str(), new.as_str()]].concat())
}

fn work(life: &mut Life<'_>, command: &str, package: &Path) -> Result<(), Failure> {
    let root = format!("--installroot={}", life.root.directory.display());
    // Neither the release of the root nor a signature has anything to do with what is tried.
    let options = [&root, "--releasever=1", "--disablerepo=*", "--assumeyes", "--nogpgcheck", command];
    let step = life.root.beside("dnf").args(options).args([package]);
    life.work_and_tell(&step, super::rpm::without_notices)
}
