//! The version of a package, as each format writes it.

use cargo_metadata::semver::Version;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use xtask::Failure;

use crate::changelog::has_section;
use crate::source::Source;

/// The version of the program that is in this checkout.
pub(crate) const OURS: &str = env!("CARGO_PKG_VERSION");

/// What the version ends in of what is not committed.
const DIRTY: &str = "~dirty";

/// What begins, in a version, that which tells a snapshot from its release: before it, and after every earlier one.
const SNAPSHOT: &str = "~git";

/// How often this version was packed anew without a change of the program.
const RELEASE: u8 = 1;

/// A version that the program in the package answers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PackageVersion {
    upstream: String,
}

impl PackageVersion {
    /// The version that was asked for, or that of `Cargo.toml`; where that is not released by what the changelog says, what is
    /// packed is a snapshot on the way to it. A package may not claim a version that its program does not know of; only what
    /// comes before the release, `-rc.1`, or tells of the build, `+20261125`, is free.
    pub(crate) fn choose(asked: Option<&str>, source: &Source, changelog: &str) -> Result<Self, Failure> {
        let dirty = !source.changed.is_empty();
        if let Some(asked) = asked {
            return Self::of(OURS, asked, dirty);
        }
        let mut this = Self::of(OURS, OURS, false)?;
        if !has_section(changelog, OURS) {
            this.upstream.push_str(&snapshot(source));
        }
        if dirty {
            this.upstream.push_str(DIRTY);
        }
        Ok(this)
    }

    /// A version that was released.
    pub(crate) fn released(version: &str) -> Option<Self> {
        Self::of(version, version, false).ok()
    }

    /// The version in the name of a package's file: `0.2.0-rc.1-1`.
    pub(crate) fn of_file(name: &str) -> Option<Self> {
        let upstream = name.strip_suffix(&format!("-{RELEASE}"))?.replace('-', "~");
        let is_one = upstream.starts_with(|c: char| c.is_ascii_digit())
            && upstream.chars().all(|c| c.is_ascii_alphanumeric() || ".~+".contains(c));
        is_one.then_some(Self { upstream })
    }

    fn of(ours: &str, asked: &str, dirty: bool) -> Result<Self, Failure> {
        let wrong = |why: String| Failure::Usage(format!("version `{asked}`: {why}"));
        let version = Version::parse(asked).map_err(|error| wrong(error.to_string()))?;
        let number = format!("{}.{}.{}", version.major, version.minor, version.patch);
        if asked != ours && number != ours {
            return Err(wrong(format!(
                "the program says that it is {ours}; set the version in Cargo.toml, or ask for {ours}-rc.1 or the like"
            )));
        }
        if version.pre.contains('-') || version.build.contains('-') {
            return Err(wrong("a package's version has no further hyphen; write a full stop".into()));
        }
        let mut upstream = number;
        for (sign, part) in [("~", version.pre.as_str()), ("+", version.build.as_str())] {
            if !part.is_empty() {
                upstream.push_str(sign);
                upstream.push_str(part);
            }
        }
        if dirty {
            upstream.push_str(DIRTY);
        }
        Ok(Self { upstream })
    }

    /// The version of the program: `0.2.0~rc.1`. Of both formats, a tilde sorts before the end.
    pub(crate) fn upstream(&self) -> &str {
        &self.upstream
    }

    /// Whether it is of a commit on the way to a release.
    pub(crate) fn is_snapshot(&self) -> bool {
        self.upstream.contains(SNAPSHOT)
    }

    /// Whether it is of what was not committed.
    pub(crate) fn is_dirty(&self) -> bool {
        self.upstream.ends_with(DIRTY)
    }

    /// The same without what tells of the build: of `0.2.0~rc.1+20261125~dirty`, it is `0.2.0~rc.1`.
    pub(crate) fn number(&self) -> &str {
        let upstream = self.upstream.split('+').next().unwrap_or_default();
        upstream.strip_suffix(DIRTY).unwrap_or(upstream)
    }

    /// The version of the package: `0.2.0~rc.1-1`.
    pub(crate) fn full(&self) -> String {
        format!("{}-{RELEASE}", self.upstream)
    }

    /// The same in names of files: `0.2.0-rc.1-1`. Where releases are published, a tilde is not always let stand.
    pub(crate) fn in_file(&self) -> String {
        self.full().replace('~', "-")
    }
}

fn snapshot(source: &Source) -> String {
    let time = Timestamp::from_second(source.time).unwrap_or_default().to_zoned(TimeZone::UTC);
    format!("{SNAPSHOT}{}.{}", time.strftime("%Y%m%d%H%M%S"), source.commit)
}

#[cfg(test)]
mod tests {
    use xtask::Step;

    use super::*;

    fn source(time: i64, changed: &[&str]) -> Source {
        let changed = changed.iter().map(ToString::to_string).collect();
        Source { commit: "0123456789ab".into(), time, changed }
    }

    #[test]
    fn what_is_not_released_bears_its_commit_and_no_number_of_a_release() {
        let released = format!("## [Unreleased]\n\n## [{OURS}] - 2026-11-25\n\n- All.\n");
        let unreleased = "## [Unreleased]\n\n- All.\n";
        let rc = format!("{OURS}-rc.1");
        let cases: [(Option<&str>, &str, &[&str], String); 6] = [
            (None, &released, &[], format!("{OURS}-1")),
            (None, &released, &["?? x"], format!("{OURS}~dirty-1")),
            (None, unreleased, &[], format!("{OURS}~git20270115080000.0123456789ab-1")),
            (None, unreleased, &["?? x"], format!("{OURS}~git20270115080000.0123456789ab~dirty-1")),
            (Some(OURS), unreleased, &[], format!("{OURS}-1")),
            (Some(&rc), unreleased, &[], format!("{OURS}~rc.1-1")),
        ];
        for (asked, changelog, changed, full) in cases {
            let source = source(1_800_000_000, changed);
            let version = PackageVersion::choose(asked, &source, changelog).expect("a version");
            assert_eq!(version.full(), full);
            assert_eq!(version.is_snapshot(), full.contains("git"), "{full}");
            assert_eq!(PackageVersion::of_file(&version.in_file()), Some(version));
        }
    }

    #[test]
    fn a_snapshot_is_replaced_by_later_ones_and_by_its_release() {
        let at = |time| PackageVersion::choose(None, &source(time, &[]), "").expect("a version").full();
        let order = ["0.0.1-1".to_owned(), at(1_800_000_000), at(1_800_000_001), format!("{OURS}-1")];
        xtask::see_to(&crate::fixture::workspace(), &[xtask::Tool::Rpm]).expect("it can be got");
        for pair in order.windows(2) {
            let dpkg = Step::of("dpkg --compare-versions").args([&pair[0], "lt", &pair[1]]);
            dpkg.ask().expect("Debian sorts the second one behind the first");
            let script = format!("%{{lua:print(rpm.vercmp('{}', '{}'))}}", pair[0], pair[1]);
            assert_eq!(Step::of("rpm --eval").args([script]).ask().expect("it compares"), "-1", "{pair:?}");
        }
    }

    #[test]
    fn what_comes_before_a_release_sorts_before_it() {
        let cases = [
            ("0.2.0", "0.2.0", false, "0.2.0-1"),
            ("0.2.0", "0.2.0", true, "0.2.0~dirty-1"),
            ("0.2.0", "0.2.0-rc.1", false, "0.2.0~rc.1-1"),
            ("0.2.0-rc.1", "0.2.0-rc.1", true, "0.2.0~rc.1~dirty-1"),
            ("0.2.0", "0.2.0+20261125", false, "0.2.0+20261125-1"),
        ];
        for (ours, asked, dirty, full) in cases {
            assert_eq!(PackageVersion::of(ours, asked, dirty).expect("a version").full(), full);
        }
    }

    #[test]
    fn its_number_tells_nothing_of_the_build() {
        let cases = [
            ("0.2.0", false, "0.2.0"),
            ("0.2.0", true, "0.2.0"),
            ("0.2.0+20261125", true, "0.2.0"),
            ("0.2.0-rc.1+a", true, "0.2.0~rc.1"),
        ];
        for (asked, dirty, number) in cases {
            assert_eq!(PackageVersion::of("0.2.0", asked, dirty).expect("a version").number(), number);
        }
    }

    #[test]
    fn a_file_is_named_without_a_tilde_and_its_name_is_understood() {
        for (full, name) in [("0.2.0-1", "0.2.0-1"), ("0.2.0~rc.1~dirty-1", "0.2.0-rc.1-dirty-1")] {
            let version = PackageVersion::of_file(name).expect("a version");
            assert_eq!((version.full().as_str(), version.in_file().as_str()), (full, name));
            assert_eq!(version.is_dirty(), name.contains("dirty"));
        }
        for name in ["0.2.0", "0.2.0-2", "rc-1", "0.2/0-1"] {
            assert_eq!(PackageVersion::of_file(name), None, "{name}");
        }
    }

    #[test]
    fn a_package_claims_no_version_that_its_program_does_not_know() {
        let cases = [
            (
                "0.3.0",
                "version `0.3.0`: the program says that it is 0.2.0; set the version in Cargo.toml, or ask for \
                 0.2.0-rc.1 or the like",
            ),
            (
                "0.2.0-rc-1",
                "version `0.2.0-rc-1`: a package's version has no further hyphen; write a full stop",
            ),
            ("0.2", "version `0.2`: unexpected end of input while parsing minor version number"),
        ];
        for (asked, told) in cases {
            let failure = PackageVersion::of("0.2.0", asked, false).expect_err("refused");
            assert_eq!((failure.to_string().as_str(), failure.exit_code()), (told, 64));
        }
    }
}
