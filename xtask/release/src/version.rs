//! The version of a package, as each format writes it.

use cargo_metadata::semver::Version;
use xtask::Failure;

/// The version of the program that is in this checkout.
pub(crate) const OURS: &str = env!("CARGO_PKG_VERSION");

/// What the version ends in of what is not committed.
const DIRTY: &str = "~dirty";

/// How often this version was packed anew without a change of the program.
const RELEASE: u8 = 1;

/// A version that the program in the package answers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PackageVersion {
    upstream: String,
}

impl PackageVersion {
    /// The version that was asked for, or that of `Cargo.toml`. A package may not claim a version that its program
    /// does not know of; only what comes before the release, `-rc.1`, or tells of the build, `+20261125`, is free.
    pub(crate) fn choose(asked: Option<&str>, dirty: bool) -> Result<Self, Failure> {
        Self::of(OURS, asked.unwrap_or(OURS), dirty)
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

#[cfg(test)]
mod tests {
    use super::*;

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
