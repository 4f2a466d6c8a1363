//! What a package must hold, and what it holds.

use std::collections::BTreeMap;

use crate::nfpm::Format;

/// The one list of what is in a package.
const EXPECTED: &str = include_str!("../../../../packaging/contents.txt");

/// A file or directory of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Permissions, in octal.
    pub(crate) mode: u32,
    pub(crate) owner: String,
    pub(crate) group: String,
    /// Whether the package manager keeps what the operator made of it.
    pub(crate) conffile: bool,
}

/// By absolute path; a directory's ends in a slash.
pub(crate) type Contents = BTreeMap<String, Entry>;

/// What a package of a format must hold.
pub(crate) fn expected(format: Format) -> Contents {
    EXPECTED.lines().filter_map(|line| entry(line, format)).collect()
}

fn entry(line: &str, format: Format) -> Option<(String, Entry)> {
    let mut words = line.split('#').next()?.split_whitespace();
    let formats = words.next()?;
    let mode = u32::from_str_radix(words.next()?, 8).ok()?;
    let path = words.next()?.to_owned();
    let conffile = words.next() == Some("conffile");
    let here = formats == "both" || formats == format.name();
    here.then(|| (path, Entry { mode, owner: "root".into(), group: "root".into(), conffile }))
}

/// What differs from what is expected. Directories above expected ones may be there.
pub(crate) fn faults(expected: &Contents, found: &Contents) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, entry) in expected {
        match found.get(path) {
            None => faults.push(format!("it lacks {path}")),
            Some(found) if found != entry => faults.push(format!("{path} is {found}, and should be {entry}")),
            Some(_) => {}
        }
    }
    let above = Entry { mode: 0o755, owner: "root".into(), group: "root".into(), conffile: false };
    for (path, entry) in found.iter().filter(|(path, _)| !expected.contains_key(*path)) {
        let is_above = path.ends_with('/') && expected.keys().any(|below| below.starts_with(path));
        if !is_above {
            faults.push(format!("it holds {path}, which is not expected"));
        } else if *entry != above {
            faults.push(format!("{path} is {entry}, and should be {above}"));
        }
    }
    faults
}

impl Entry {
    /// What stands for a configuration file that is named and not there: nothing that could be expected.
    pub(crate) fn absent() -> Self {
        Self { mode: 0, owner: "?".into(), group: "?".into(), conffile: true }
    }
}

impl std::fmt::Display for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { mode, owner, group, conffile } = self;
        write!(f, "{mode:04o} {owner}:{group}{}", if *conffile { " conffile" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(lines: &str) -> Contents {
        lines.lines().filter_map(|line| entry(line, Format::Deb)).collect()
    }

    const WHOLE: &str = "both 0755 /usr/bin/a\ndeb 0640 /etc/a/b.yaml conffile\nrpm 0644 /etc/rpm";

    #[test]
    fn what_differs_is_told_by_its_path() {
        let cases = [
            (WHOLE, ""),
            (
                "both 0755 /usr/\nboth 0755 /usr/bin/\nboth 0755 /usr/bin/a\nboth 0640 /etc/a/b.yaml conffile",
                "",
            ),
            ("both 0755 /usr/bin/a", "it lacks /etc/a/b.yaml"),
            (
                "both 4755 /usr/bin/a\nboth 0640 /etc/a/b.yaml conffile",
                "/usr/bin/a is 4755 root:root, and should be 0755 root:root",
            ),
            (
                "both 0755 /usr/bin/a\nboth 0640 /etc/a/b.yaml",
                "/etc/a/b.yaml is 0640 root:root, and should be 0640 root:root conffile",
            ),
            (
                "both 0777 /etc/\nboth 0755 /usr/bin/a\nboth 0640 /etc/a/b.yaml conffile",
                "/etc/ is 0777 root:root, and should be 0755 root:root",
            ),
            (
                "both 0755 /usr/bin/a\nboth 0640 /etc/a/b.yaml conffile\nboth 0644 /etc/c",
                "it holds /etc/c, which is not expected",
            ),
        ];
        for (found, told) in cases {
            assert_eq!(faults(&contents(WHOLE), &contents(found)).join("\n"), told, "{found}");
        }
    }

    #[test]
    fn every_line_of_the_list_is_understood() {
        let lines = EXPECTED.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in lines {
            let of = |format| entry(line, format).is_some();
            assert!(of(Format::Deb) || of(Format::Rpm), "{line}");
        }
    }
}
