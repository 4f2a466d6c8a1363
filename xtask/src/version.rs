//! Versions as programs print them.

use std::fmt;

/// Major, minor and patch; what is not printed counts as 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

impl Version {
    /// The first dotted number of a text such as `etcd Version: 3.4.23`.
    pub fn parse(text: &str) -> Option<Self> {
        text.split(|c: char| !(c.is_ascii_digit() || c == '.')).find_map(|number| {
            let mut parts = number.split('.').map(str::parse);
            let (major, minor) = (parts.next()?.ok()?, parts.next()?.ok()?);
            let patch = parts.next().and_then(Result::ok).unwrap_or(0);
            Some(Self(major, minor, patch))
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{}.{}", self.0, self.1, self.2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_first_dotted_number_that_a_program_prints() {
        let cases = [
            ("etcd Version: 3.4.23\nGit SHA: Not provided\nGo Version: go1.19.8", Some(Version(3, 4, 23))),
            ("etcdctl version: 3.5.16\nAPI version: 3.5", Some(Version(3, 5, 16))),
            ("libprotoc 3.21.12", Some(Version(3, 21, 12))),
            ("libprotoc 31.1", Some(Version(31, 1, 0))),
            ("cargo-nextest 0.9.143 (60fa45f63 2026-08-04)", Some(Version(0, 9, 143))),
            ("v2 of 3.4.", Some(Version(3, 4, 0))),
            ("no version. at all", None),
            ("", None),
        ];
        for (text, version) in cases {
            assert_eq!(Version::parse(text), version, "{text}");
        }
    }

    #[test]
    fn ten_is_more_than_nine() {
        assert!(Version(3, 10, 0) > Version(3, 9, 12));
        assert!(Version(0, 9, 100) > Version(0, 9, 99));
    }
}
