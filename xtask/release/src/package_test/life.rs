//! What is looked at in a root, whichever package manager works there.

use std::fs;
use std::path::Path;

use xtask::{Failure, Step};

use super::journal::Faults;
use super::older::{DROPPED, LINE, TEMPLATE};
use super::roots::{self, Root};
use super::said::complaints;
use super::tree::Tree;
use crate::build::PROGRAM;
use crate::files;
use crate::nfpm::Format;
use crate::verify::contents::{self, Contents, Entry};
use crate::version::PackageVersion;

/// The unit.
pub(super) const UNIT: &str = "clusterrebootd.service";

/// What an operator adds.
pub(super) const OWN: &str = "/etc/clusterrebootd/config.d/10-own.yaml";

/// What a daemon has left.
pub(super) const STATE: &str = "/var/lib/clusterrebootd/witness";

/// What is made on a system that has systemd, by tmpfiles.d.
const RUNTIME: &str = "/run/clusterrebootd/";
pub(super) const STATE_DIRECTORY: &str = "/var/lib/clusterrebootd/";

/// Where Debian's scripts note what was enabled, until the purge.
const NOTED: &str = "/var/lib/systemd/deb-systemd-helper-";

/// A package's life in one root.
pub(super) struct Life<'a> {
    pub(super) root: &'a Root,
    pub(super) format: Format,
    /// The version of the package that is tried.
    pub(super) version: &'a PackageVersion,
    pub(super) systemd: bool,
    pub(super) faults: &'a mut Faults,
    /// The root before anything was installed.
    pub(super) before: Tree,
    /// What is being looked at, for whoever reads the faults.
    pub(super) stage: String,
}

impl Life<'_> {
    pub(super) fn stage(&mut self, stage: &str) {
        stage.clone_into(&mut self.stage);
        println!("    {stage}");
    }

    pub(super) fn fault(&mut self, fault: impl AsRef<str>) {
        self.faults.push(format!("{}: {}", self.stage, fault.as_ref()));
    }

    pub(super) fn expect(&mut self, good: bool, otherwise: impl FnOnce() -> String) {
        if !good {
            self.fault(otherwise());
        }
    }

    pub(super) fn tree(&self) -> Result<Tree, Failure> {
        Tree::of(&self.root.directory)
    }

    /// Has a package manager work. What it complains of is a fault; if it fails, nothing that follows could tell anything.
    pub(super) fn work(&mut self, step: &Step) -> Result<(), Failure> {
        self.work_and_tell(step, str::to_owned)
    }

    /// The same, where some of what it says is to be overlooked.
    pub(super) fn work_and_tell(
        &mut self,
        step: &Step,
        relevant: impl FnOnce(&str) -> String,
    ) -> Result<(), Failure> {
        let (status, said) = step.answer()?;
        if !status.success() {
            let line = roots::within(step);
            return Err(Failure::Verdict(format!(
                "{}: `{line}` ended with {status} and said:\n{said}",
                self.stage
            )));
        }
        for complaint in complaints(&relevant(&said)) {
            self.fault(format!("it says: {complaint}"));
        }
        Ok(())
    }

    /// Asks the installed program, or another; what it said.
    pub(super) fn ask(&mut self, words: &[&str], code: i32, says: &str) -> Result<String, Failure> {
        let (status, said) = self.root.inside(words.iter().copied()).answer()?;
        let good = status.code() == Some(code) && said.contains(says);
        self.expect(good, || {
            format!(
                "`{}` was to end with code {code} and to say `{says}`; it ended with {status} and said:\n{said}",
                words.join(" ")
            )
        });
        Ok(said)
    }

    /// The package must be installed as its list says, and nothing else changed, enabled or started.
    pub(super) fn is_installed(&mut self, conffiles: &[String]) -> Result<(), Failure> {
        let after = self.tree()?;
        for fault in unlisted(self.format, &self.before, &after, conffiles, self.systemd) {
            self.fault(fault);
        }
        for path in after.enablement(UNIT) {
            self.fault(format!("the unit was enabled: {path}"));
        }
        self.serves()
    }

    /// The program and what belongs to it must do their work.
    pub(super) fn serves(&mut self) -> Result<(), Failure> {
        let version = self.version.upstream().split(['~', '+']).next().unwrap_or_default().to_owned();
        self.ask(&[PROGRAM, "version"], 0, &version)?;
        self.ask(&[PROGRAM, "validate-config"], 2, TEMPLATE)?;
        let told = self.ask(&[PROGRAM, "schema"], 0, "\"$schema\"")?;
        let kept = files::read_text(&self.root.path("/usr/share/clusterrebootd/config.schema.json"))?;
        let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
        let good = json(&told).is_some() && json(&told) == json(&kept);
        self.expect(good, || "the schema is no JSON, or is not the one that the program tells".into());
        let load = ". /usr/share/bash-completion/completions/clusterrebootd && complete -p clusterrebootd";
        self.ask(&["bash", "-euc", load], 0, "complete")?;
        for page in ["man8/clusterrebootd.8", "man5/clusterrebootd.yaml.5"] {
            self.ask(&["zcat", &format!("/usr/share/man/{page}.gz")], 0, ".TH")?;
        }
        if self.systemd {
            let unit = "/usr/lib/systemd/system/clusterrebootd.service";
            let said = self.ask(&["systemd-analyze", "verify", "--man=no", unit], 0, "")?;
            self.expect(said.is_empty(), || format!("systemd says of the unit: {said}"));
        }
        Ok(())
    }

    /// An operator edits and enables what `install` installs, and `upgrade` brings the newer version. All of theirs stays, the
    /// new template stands beside the edited one, which has another `ending`, and the newer version does its work; the edited
    /// template.
    pub(super) fn upgrades_what_was_edited(
        &mut self,
        install: impl FnOnce(&mut Self) -> Result<(), Failure>,
        upgrade: impl FnOnce(&mut Self) -> Result<(), Failure>,
        ending: &str,
    ) -> Result<String, Failure> {
        install(self)?;
        let edited = self.live_in()?;
        if self.systemd {
            self.work(&self.root.inside(["systemctl", "--quiet", "enable", UNIT]))?;
        }
        upgrade(self)?;
        self.is_kept(TEMPLATE, &edited);
        let beside = self.root.path(&format!("{TEMPLATE}{ending}"));
        let good = files::read_text(&beside).is_ok_and(|text| !text.contains(LINE));
        self.expect(good, || "the new template does not stand beside the edited one".into());
        self.is_upgraded();
        self.serves()?;
        if self.systemd {
            self.is_enabled()?;
        }
        Ok(edited)
    }

    /// What an operator and a daemon leave: an edited template, a file of their own, something remembered.
    pub(super) fn live_in(&mut self) -> Result<String, Failure> {
        let template = self.root.path(TEMPLATE);
        let edited = format!("{}\n# Edited by an operator.\n", files::read_text(&template)?);
        files::write(&template, &edited)?;
        files::write(&self.root.path(OWN), "dry_run: false\n")?;
        crate::directory::make(&self.root.path(STATE_DIRECTORY))?;
        files::write(&self.root.path(STATE), "42\n")?;
        Ok(edited)
    }

    /// All of that must still be there.
    pub(super) fn is_kept(&mut self, template: &str, edited: &str) {
        let kept = fs::read_to_string(self.root.path(template)).unwrap_or_default();
        self.expect(kept == edited, || format!("{template} is not as the operator has left it"));
        self.stands(OWN);
        self.stands(STATE);
    }

    pub(super) fn stands(&mut self, path: &str) {
        let there = self.root.path(path).exists();
        self.expect(there, || format!("{path} is not there"));
    }

    pub(super) fn is_away(&mut self, path: &str) {
        let there = self.root.path(path).exists();
        self.expect(!there, || format!("{path} is still there"));
    }

    /// The template must be that of the older version, or not.
    pub(super) fn template_is_older(&mut self, older: bool) {
        let text = fs::read_to_string(self.root.path(TEMPLATE)).unwrap_or_default();
        self.expect(!text.is_empty() && text.contains(LINE) == older, || {
            format!("{TEMPLATE} is not that of the {} version", if older { "older" } else { "newer" })
        });
    }

    /// What only the older version had must be gone.
    pub(super) fn is_upgraded(&mut self) {
        self.is_away(DROPPED);
    }

    pub(super) fn is_enabled(&mut self) -> Result<(), Failure> {
        let enabled = self.tree()?.enablement(UNIT).count();
        self.expect(enabled == 1, || "the unit is not enabled".into());
        Ok(())
    }

    /// An installation must be as it was, but for the scripts' notes, which are written anew.
    pub(super) fn is_as_installed(&mut self, installed: &Tree) -> Result<(), Failure> {
        for fault in self.tree()?.differences(installed).iter().filter(|line| !line.starts_with(NOTED)) {
            self.fault(fault);
        }
        Ok(())
    }

    /// The root must be as it was, but for what is kept on purpose.
    pub(super) fn is_as_before(&mut self, but_for: &[&str]) -> Result<(), Failure> {
        let differences = self.tree()?.differences(&self.before);
        let mut but_for = but_for.to_vec();
        let above = above(self.format);
        but_for.extend(above.iter().map(String::as_str));
        for fault in without(differences, &but_for) {
            self.fault(fault);
        }
        Ok(())
    }
}

/// What the daemon needs until the boot: whether the reboot command has run.
pub(super) const UNTIL_BOOT: &str = RUNTIME;

/// Directories above those of a package, which rpm makes where they are missing and leaves behind. Where rpm is at home, other
/// packages bring them.
fn above(format: Format) -> Vec<String> {
    if format == Format::Deb {
        return Vec::new();
    }
    let expected = contents::expected(format);
    let below =
        |path: &String| path.match_indices('/').map(|(at, _)| path[..=at].to_owned()).collect::<Vec<_>>();
    expected.keys().flat_map(below).filter(|path| !expected.contains_key(path)).collect()
}

fn without(differences: Vec<String>, but_for: &[&str]) -> Vec<String> {
    let is_kept =
        |line: &String| line.strip_suffix(" is left behind").is_some_and(|path| but_for.contains(&path));
    differences.into_iter().filter(|line| !is_kept(line)).collect()
}

/// What differs between an installed package and its list: files, permissions, owners, and what else was touched.
fn unlisted(format: Format, before: &Tree, after: &Tree, conffiles: &[String], systemd: bool) -> Vec<String> {
    let mut expected = contents::expected(format);
    if systemd {
        for path in [RUNTIME, STATE_DIRECTORY] {
            let entry = Entry { mode: 0o750, owner: "root".into(), group: "root".into(), conffile: false };
            expected.insert(path.into(), entry);
        }
    }
    let found = found(before, after, conffiles);
    let harmed = after.differences(before).into_iter().filter(|line| !line.ends_with(" is left behind"));
    contents::faults(&expected, &found).into_iter().chain(harmed).collect()
}

fn found(before: &Tree, after: &Tree, conffiles: &[String]) -> Contents {
    let name = |id: u32| if id == 0 { "root".to_owned() } else { id.to_string() };
    let fresh = after.new_since(before).filter(|(path, _)| !path.starts_with(NOTED));
    fresh
        .map(|(path, node)| {
            let (owner, group) = (name(node.uid), name(node.gid));
            let conffile = conffiles.contains(path);
            (path.clone(), Entry { mode: node.mode & 0o7777, owner, group, conffile })
        })
        .collect()
}

/// A file copied into a root, and its path there.
pub(super) fn lend(root: &Root, file: &Path) -> Result<String, Failure> {
    let inside = format!("/tmp/{}", files::name(file));
    files::write(&root.path(&inside), files::read(file)?)?;
    Ok(inside)
}

#[cfg(test)]
mod tests;
