//! What is known to be wrong with a release of etcd.

/// Whether a member may answer reads with old data after it, or another one, was paused
/// (<https://github.com/etcd-io/etcd/issues/20418>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaleReads {
    /// It does not.
    Mended,
    /// It may.
    Possible {
        /// The first release of its line, or else of a later one, that does not.
        mended_by: &'static str,
    },
    /// Its version does not tell: it is none of a release.
    Unknown,
}

/// The first release of each line that does not, oldest line first. All later lines began after them.
const MENDED: [([u32; 3], &str); 3] = [([3, 4, 42], "3.4.42"), ([3, 5, 28], "3.5.28"), ([3, 6, 9], "3.6.9")];

impl StaleReads {
    /// What is known of the release `version`, such as `3.5.17`.
    pub fn of(version: &str) -> Self {
        let Some(release) = parsed(version) else { return Self::Unknown };
        match MENDED.iter().find(|(mended, _)| release[..2] <= mended[..2]) {
            Some((mended, mended_by)) if release < *mended => Self::Possible { mended_by },
            Some(_) | None => Self::Mended,
        }
    }
}

/// The three numbers of a release. What is built between releases says more, and is none.
fn parsed(version: &str) -> Option<[u32; 3]> {
    let number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?;
    let numbers: Option<Vec<u32>> = version.split('.').map(number).collect();
    numbers?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_its_own_border() {
        let possible = |mended_by| StaleReads::Possible { mended_by };
        let table = [
            ("2.3.8", possible("3.4.42")),
            ("3.3.27", possible("3.4.42")),
            ("3.4.0", possible("3.4.42")),
            ("3.4.23", possible("3.4.42")),
            ("3.4.41", possible("3.4.42")),
            ("3.4.42", StaleReads::Mended),
            ("3.4.100", StaleReads::Mended),
            ("3.5.0", possible("3.5.28")),
            ("3.5.9", possible("3.5.28")),
            ("3.5.27", possible("3.5.28")),
            ("3.5.28", StaleReads::Mended),
            ("3.6.0", possible("3.6.9")),
            ("3.6.8", possible("3.6.9")),
            ("3.6.9", StaleReads::Mended),
            ("3.6.10", StaleReads::Mended),
            ("3.7.0", StaleReads::Mended),
            ("3.10.0", StaleReads::Mended),
            ("4.0.0", StaleReads::Mended),
        ];
        for (version, expected) in table {
            assert_eq!(StaleReads::of(version), expected, "{version}");
        }
    }

    #[test]
    fn what_is_no_release_is_not_known() {
        let odd = [
            "",
            "3",
            "3.6",
            "3.6.9.1",
            "3.6.0-rc.1",
            "3.6.9+git",
            "v3.6.9",
            "3.6.9 ",
            "3.+6.9",
            "3..9",
            "3.6.x",
            "3.6.99999999999",
            "not_decided",
        ];
        for version in odd {
            assert_eq!(StaleReads::of(version), StaleReads::Unknown, "{version:?}");
        }
    }
}
