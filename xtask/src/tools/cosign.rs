//! cosign, which Debian has since trixie: the very build that `xtask/pinned/cosign.debs` names, and what a cosign is that tells
//! no version.

use std::path::{Path, PathBuf};

use super::pinned::{place, without_older};
use super::plan::{Plan, Proof};
use crate::failure::Failure;
use crate::step::Step;
use crate::system::{Manager, System};
use crate::version::Version;
use crate::workspace::Workspace;

/// The builds that are taken.
pub(super) const PINNED: &str = include_str!("../../pinned/cosign.debs");

/// The keys that Debian signs with; `xtask/pinned/trixie.sources` names this file.
const KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// How Debian calls the processor of this machine.
const PROCESSOR: &str = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };

/// Whether this machine has Debian's keys, which Debian's kin lack.
pub(super) fn has_keys() -> bool {
    Path::new(KEYS).exists()
}

/// The program itself runs on older systems than trixie. apt proves the package by the archive's signature, with lists of its own
/// beside those of the system, and we by the checksum. For the first it needs Debian's keys, which are a package everywhere.
pub(super) fn of_trixie(workspace: &Workspace, system: System, has_keys: bool) -> Plan {
    let dir = workspace.tools.join("trixie");
    let sources = workspace.root.join("xtask/pinned/trixie.sources");
    let apt = |command: &str| {
        let options = [
            ("Etc::SourceParts", "-".into()),
            ("Etc::SourceList", sources.clone()),
            ("State", dir.join("state")),
            ("Cache", dir.join("cache")),
        ];
        let options = options.map(|(name, value)| format!("--option=Dir::{name}={}", value.display()));
        Step::of("apt-get --quiet=2").args(options).args(command.split_whitespace()).dir(&dir)
    };
    let as_root = |line: &str| system.rights.as_root(line);
    let keys = as_root(&Manager::Apt.install("debian-archive-keyring", false)).filter(|_| !has_keys);
    let refresh = keys.as_ref().and_then(|_| as_root(Manager::Apt.refresh()?));
    let mut steps: Vec<_> = keys.into_iter().collect();
    steps.extend([
        Step::of("mkdir -p state/lists/partial cache/archives/partial").dir(&dir),
        apt("update"),
        without_older("cosign_*.deb").dir(&dir),
        apt("download cosign"),
    ]);
    let unpack = "dpkg-deb --extract cosign_*.deb .";
    Plan {
        steps,
        proof: Some(Proof {
            dir: dir.clone(),
            prove: is_pinned,
            place: place(
                "cosign",
                unpack,
                "usr/bin/cosign",
                &workspace.root.join("xtask/pinned/cosign.debs"),
            )
            .dir(&dir),
        }),
        dir: Some(dir),
        refresh,
        warning: " from Debian's package archive, of a pinned checksum, unpacked and not installed",
    }
}

/// Whether the package that was got is the one that is pinned.
fn is_pinned(dir: &Path) -> Result<(), Failure> {
    let got = package(dir)?;
    let told = Step::new("sha256sum").args([&got]).dir(dir).ask()?;
    let sum = told.split_whitespace().next().unwrap_or_default();
    let file = got.file_name().unwrap_or_default().to_string_lossy();
    judge(PINNED, PROCESSOR, &file, sum).map_err(Failure::Verdict)
}

/// The package that was downloaded, the only one there.
fn package(dir: &Path) -> Result<PathBuf, Failure> {
    let entries = std::fs::read_dir(dir).map_err(|source| Failure::File { path: dir.into(), source })?;
    let is_it = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("cosign_") && name.ends_with(".deb")
    };
    let found = entries.filter_map(Result::ok).map(|entry| entry.path()).find(is_it);
    found.ok_or_else(|| Failure::Verdict(format!("{}: apt-get left no cosign_*.deb there", dir.display())))
}

fn judge(pinned: &str, processor: &str, file: &str, sum: &str) -> Result<(), String> {
    let mut lines = pinned.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let expected = lines.find_map(|words| match words[..] {
        [name, version, sum] if name == processor => Some((version.to_owned(), sum.to_owned())),
        _ => None,
    });
    let Some((version, expected)) = expected else {
        return Err(format!("xtask/pinned/cosign.debs names no build for {processor}"));
    };
    if sum == expected {
        return Ok(());
    }
    Err(format!(
        "Debian's archive has another build than the one that is pinned:\n    expected {expected} of {version}, by \
         xtask/pinned/cosign.debs\n    found    {sum} of {file}\n    once somebody has looked at what changed, note the new \
         builds there"
    ))
}

/// The version that it tells. Debian's tells that of Go alone; then it counts as the least that signs as we ask it to, if it
/// does so by its own account, and as 3 if it writes bundles without being asked, as cosign does from 3 on.
pub(super) fn version(said: &str, help: impl FnOnce() -> Result<String, Failure>) -> Result<Version, String> {
    let told = said.lines().find_map(|line| line.trim().strip_prefix("GitVersion:"));
    if let Some(version) = told.and_then(Version::parse) {
        return Ok(version);
    }
    let help = help().map_err(|failure| failure.to_string())?;
    let (_, rest) =
        help.split_once("--new-bundle-format").ok_or("it tells no version, and knows no bundles")?;
    let about = rest.split("--").next().unwrap_or_default();
    let is_given = ["=true", "(default true)"].iter().any(|sign| about.contains(sign));
    Ok(if is_given { Version(3, 0, 0) } else { Version(2, 4, 0) })
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
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

    #[test]
    fn another_build_than_the_pinned_one_is_refused_with_both_named() {
        let pinned = "# A remark.\namd64 2.5.0-2 aa\narm64 2.5.0-2+b1 bb\n";
        let cases = [
            ("amd64", "aa", Ok(())),
            ("arm64", "bb", Ok(())),
            (
                "arm64",
                "aa",
                Err(
                    "Debian's archive has another build than the one that is pinned:\n    expected bb of 2.5.0-2+b1, by \
                     xtask/pinned/cosign.debs\n    found    aa of cosign_2.5.0-3.deb\n    once somebody has looked at what \
                     changed, note the new builds there",
                ),
            ),
            ("riscv64", "aa", Err("xtask/pinned/cosign.debs names no build for riscv64")),
        ];
        for (processor, sum, verdict) in cases {
            let judged = judge(pinned, processor, "cosign_2.5.0-3.deb", sum);
            assert_eq!(judged, verdict.map_err(ToOwned::to_owned), "{processor} {sum}");
        }
        for processor in ["amd64", "arm64"] {
            let told = judge(PINNED, processor, "", "").expect_err("nothing has no checksum");
            assert!(told.starts_with("Debian's archive has another build"), "{told}");
        }
    }

    #[test]
    fn a_changed_package_is_not_unpacked() {
        let dir = std::env::temp_dir().join(format!("cosign-of-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a directory");
        let none = is_pinned(&dir).expect_err("there is none");
        std::fs::write(dir.join("cosign_2_amd64.deb"), "abc").expect("a file");
        let failure = is_pinned(&dir).expect_err("it is another");
        std::fs::remove_dir_all(&dir).expect("it is ours");
        assert!(none.to_string().ends_with("apt-get left no cosign_*.deb there"), "{none}");
        let found = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad of cosign_2_amd64.deb";
        assert!(failure.to_string().contains(found), "{failure}");
    }

    #[test]
    fn a_cosign_without_a_version_is_known_by_what_it_writes_unasked() {
        let debians = "GitVersion:    devel\nGoVersion:     go1.24.4";
        let cases = [
            ("GitVersion:    v2.5.3\nGoVersion:     go1.24.4", "", Ok(Version(2, 5, 3))),
            ("GitVersion:    v3.0.2\nGoVersion:     go1.25.0", "", Ok(Version(3, 0, 2))),
            (debians, "    --new-bundle-format=false:\n\toutput bundle", Ok(Version(2, 4, 0))),
            (debians, "    --new-bundle-format=true:\n\toutput bundle", Ok(Version(3, 0, 0))),
            (debians, "  --new-bundle-format   a bundle (default true)\n  --yes", Ok(Version(3, 0, 0))),
            (debians, "  --new-bundle-format   a bundle\n  --yes (default true)", Ok(Version(2, 4, 0))),
            (debians, "  --yes", Err("it tells no version, and knows no bundles")),
        ];
        for (said, help, expected) in cases {
            let version = version(said, || Ok(help.into()));
            assert_eq!(version, expected.map_err(ToOwned::to_owned), "{said} {help}");
        }
    }

    #[test]
    fn a_release_is_signed_by_a_cosign_that_verifies_as_ours_does() {
        let workflow = include_str!("../../../.github/workflows/release.yml");
        let named: Vec<_> = workflow.split("cosign-release: ").skip(1).map(Version::parse).collect();
        assert_eq!(named.len(), 2, "one signs and one verifies");
        for version in named.into_iter().map(|version| version.expect("a version")) {
            let tool = Tool::Cosign;
            assert!(
                version >= tool.least() && tool.below().is_some_and(|below| version < below),
                "{version}"
            );
        }
    }
}
