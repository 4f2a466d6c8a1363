//! A kernel's release, such as `6.1.0-18-amd64`, read as its distributions write it: a version and a flavour.
//!
//! | | written | flavour |
//! |---|---|---|
//! | Debian | `6.1.0-18-amd64`, `6.1.0-18-cloud-amd64`, `6.12.41+deb13-amd64` | `amd64`, `cloud-amd64` |
//! | Ubuntu | `6.8.0-45-generic`, `6.8.0-1018-aws` | `generic`, `aws` |
//! | RHEL, Fedora | `5.14.0-427.13.1.el9_4.x86_64+rt`, `6.8.5-301.fc40.x86_64` | `x86_64+rt`, `x86_64` |
//! | SUSE | `6.4.0-150600.23.7-default` | `default` |
//! | Arch | `6.7.4-arch1-1`, `6.6.16-1-lts`, `6.7.4-zen1-1-zen` | `arch`, `lts`, `zen-zen` |

use std::cmp::Ordering;

/// What names the distribution's own release within a version, and no flavour: `el9_4` and `el9_5` are of one kind.
/// `deb` and `bpo` are Debian's later point releases and backports, `amzn` is Amazon's.
const DISTRIBUTIONS: [&str; 5] = ["amzn", "bpo", "deb", "el", "fc"];

/// A real-time kernel of RHEL 8, which has its patch's number in the middle: `rt7.307`. It is a flavour.
const REAL_TIME: &str = "rt";

/// What a release says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Release {
    upstream: Vec<u64>,
    stage: Stage,
    package: Vec<Part>,
    flavour: String,
}

/// How far the upstream version was. In Debian's `linux-version` (`DebianLinux.pm`), too, `-trunk` and `-rc` come
/// before what has neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Trunk,
    Candidate(u64),
    Final,
}

/// A run of the package's own version. As in rpm's comparison, a word comes before a number, and what goes on comes
/// after what ends: `362.el9` is older than `362.8.1.el9_3`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Word(String),
    Number(u64),
}

impl Release {
    /// Reads a release; `None` where it does not begin with a version.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (base, rest) = split_at_separator(text);
        let mut upstream = base.split('.').map(|run| run.parse().ok()).collect::<Option<Vec<u64>>>()?;
        if upstream.len() < 2 {
            return None;
        }
        // 6.8 and 6.8.0 are the same.
        while upstream.last() == Some(&0) {
            upstream.pop();
        }
        let mut reader = Reader { stage: Stage::Final, package: Vec::new(), flavour: Vec::new() };
        reader.read(rest);
        let flavour = reader.flavour.join("-");
        Some(Self { upstream, stage: reader.stage, package: reader.package, flavour })
    }

    /// What kind of kernel this is. Only kernels of one flavour can be compared.
    pub(crate) fn flavour(&self) -> &str {
        &self.flavour
    }

    /// Which of two kernels of one flavour is newer.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        let key = |release: &Self| (release.upstream.clone(), release.stage, release.package.clone());
        key(self).cmp(&key(other))
    }
}

struct Reader {
    stage: Stage,
    package: Vec<Part>,
    flavour: Vec<String>,
}

impl Reader {
    /// Reads what follows the upstream version, its separator in front.
    fn read(&mut self, mut rest: &str) {
        if let Some(tagged) = rest.strip_prefix('+') {
            let (tag, behind) = tagged.split_at(tagged.find('-').unwrap_or(tagged.len()));
            if !self.distribution(tag) {
                // Raspberry Pi OS, and kernels built from a changed tree: `6.6.20+rpt-rpi-v8`, `6.8.0+`.
                return self.flavour.push(rest.to_owned());
            }
            rest = behind;
        }
        let mut segments = rest.split(['-', '~']).filter(|segment| !segment.is_empty()).peekable();
        while let Some(segment) = segments.next() {
            let release_follows = segments.peek().is_some_and(|next| starts_with_digit(next));
            if !self.segment(segment, release_follows) {
                self.flavour.push(segment.to_owned());
                break;
            }
        }
        // Once the flavour has begun, nothing belongs to the version any more: `amd64`, `generic-64k`.
        self.flavour.extend(segments.map(str::to_owned));
    }

    /// Takes a segment if it belongs to the version; one release of the package does, and a tag before it.
    fn segment(&mut self, segment: &str, release_follows: bool) -> bool {
        if segment == "trunk" {
            self.stage = Stage::Trunk;
        } else if let Some(number) = numbered(segment, "rc") {
            self.stage = Stage::Candidate(number);
        } else if self.package.iter().any(|part| matches!(part, Part::Number(_)))
            && !starts_with_digit(segment)
        {
            return false;
        } else if starts_with_digit(segment) {
            self.fields(segment);
        } else if let Some((word, number)) = word_and_number(segment).filter(|_| release_follows) {
            // Arch names its patches before its package's release: `arch1-1`.
            self.flavour.push(word.to_owned());
            self.package.push(Part::Number(number));
        } else {
            return false;
        }
        true
    }

    /// Takes a package's release apart: `427.13.1.el9_4.x86_64+rt`.
    fn fields(&mut self, segment: &str) {
        for field in segment.split('.') {
            if let Ok(number) = field.parse() {
                self.package.push(Part::Number(number));
            } else if let Some(number) = numbered(field, "rc") {
                self.stage = Stage::Candidate(number);
            } else if let Some(number) = numbered(field, REAL_TIME) {
                self.package.push(Part::Number(number));
                self.flavour.push(REAL_TIME.to_owned());
            } else if !self.distribution(field) {
                self.flavour.push(field.to_owned());
            }
        }
    }

    /// Takes a tag of the distribution's release: `el9_4`, and `el9uek` with a flavour behind it.
    fn distribution(&mut self, field: &str) -> bool {
        let Some(name) = DISTRIBUTIONS.into_iter().find(|name| {
            field.strip_prefix(name).is_some_and(|rest| rest.is_empty() || starts_with_digit(rest))
        }) else {
            return false;
        };
        let rest = &field[name.len()..];
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(rest.len());
        let (numbers, flavour) = rest.split_at(end);
        self.package.push(Part::Word(name.to_owned()));
        self.package.extend(numbers.split('_').filter_map(|run| run.parse().ok()).map(Part::Number));
        if !flavour.is_empty() {
            self.flavour.push(flavour.to_owned());
        }
        true
    }
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

/// The upstream version, and the rest from its separator on.
fn split_at_separator(text: &str) -> (&str, &str) {
    text.split_at(text.find(['-', '+', '~']).unwrap_or(text.len()))
}

/// The number behind `word`.
fn numbered(text: &str, word: &str) -> Option<u64> {
    text.strip_prefix(word)?.parse().ok()
}

fn word_and_number(text: &str) -> Option<(&str, u64)> {
    let (word, number) = text.split_at(text.find(|c: char| c.is_ascii_digit())?);
    Some((word, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(text: &str) -> Release {
        Release::parse(text).unwrap_or_else(|| panic!("{text} does not read"))
    }

    #[test]
    fn of_one_flavour_the_later_is_newer() {
        // Older, newer, and the flavour of both.
        let table = [
            ("6.1.0-9-amd64", "6.1.0-10-amd64", "amd64"),
            ("6.1.0-18-cloud-amd64", "6.1.0-21-cloud-amd64", "cloud-amd64"),
            ("6.1.0-18-rt-amd64", "6.1.0-21-rt-amd64", "rt-amd64"),
            ("6.12.38+deb13-amd64", "6.12.41+deb13-amd64", "amd64"),
            ("6.1.0-37-amd64", "6.12.41+deb13-amd64", "amd64"),
            ("6.12.9+bpo-amd64", "6.12.41+deb13-amd64", "amd64"),
            ("5.10.0-0.deb10.16-amd64", "5.10.0-0.deb10.24-amd64", "amd64"),
            ("5.10.0-0.deb10.16-amd64", "5.10.0-16-amd64", "amd64"),
            ("4.19.0-0.bpo.5-amd64", "4.19.0-0.bpo.19-amd64", "amd64"),
            ("6.12-rc6-amd64", "6.12-rc7-amd64", "amd64"),
            ("6.12-rc6-amd64", "6.12.3-amd64", "amd64"),
            ("6.1.0-trunk-amd64", "6.1.0-1-amd64", "amd64"),
            ("5.15.0-91-generic", "5.15.0-101-generic", "generic"),
            ("6.8.0-9-generic-64k", "6.8.0-45-generic-64k", "generic-64k"),
            ("6.8.0-1009-aws", "6.8.0-1018-aws", "aws"),
            ("3.10.0-957.el7.x86_64", "3.10.0-1160.el7.x86_64", "x86_64"),
            ("5.14.0-362.el9.x86_64", "5.14.0-362.8.1.el9_3.x86_64", "x86_64"),
            ("5.14.0-362.8.1.el9_3.x86_64", "5.14.0-427.13.1.el9_4.x86_64", "x86_64"),
            ("5.14.0-427.13.1.el9_4.x86_64+rt", "5.14.0-427.16.1.el9_4.x86_64+rt", "x86_64+rt"),
            ("4.18.0-513.5.1.rt7.307.el8_9.x86_64", "4.18.0-513.9.1.rt7.311.el8_9.x86_64", "rt-x86_64"),
            ("5.15.0-200.131.27.el9uek.x86_64", "5.15.0-205.149.5.1.el9uek.x86_64", "uek-x86_64"),
            ("6.8.5-201.fc39.x86_64", "6.8.5-301.fc40.x86_64", "x86_64"),
            ("6.8.0-0.rc4.36.fc40.x86_64", "6.8.0-63.fc40.x86_64", "x86_64"),
            ("6.1.79-99.164.amzn2023.x86_64", "6.1.79-99.167.amzn2023.x86_64", "x86_64"),
            ("5.14.21-150500.55.7-default", "5.14.21-150500.55.44-default", "default"),
            ("5.14.21-150500.55.44-default", "6.4.0-150600.21-default", "default"),
            ("6.8.0-rc4-1-default", "6.8.0-1-default", "default"),
            ("6.7.4-arch1-1", "6.7.4-arch1-2", "arch"),
            ("6.7.4-arch2-1", "6.7.10-arch1-1", "arch"),
            ("6.6.9-1-lts", "6.6.16-1-lts", "lts"),
            ("6.7.4-zen1-1-zen", "6.7.5-zen1-1-zen", "zen-zen"),
            ("6.5.11-7-pve", "6.5.13-1-pve", "pve"),
            ("6.6.20+rpt-rpi-v8", "6.6.51+rpt-rpi-v8", "+rpt-rpi-v8"),
            ("6.8", "6.8.1", ""),
            ("6.9.12", "6.10.0", ""),
        ];
        for (older, newer, flavour) in table {
            let (old, new) = (release(older), release(newer));
            assert_eq!((old.flavour(), new.flavour()), (flavour, flavour), "{older} and {newer}");
            assert_eq!(old.compare(&new), Ordering::Less, "{older} and {newer}");
            assert_eq!(new.compare(&old), Ordering::Greater, "{older} and {newer}");
            assert_eq!(old.compare(&old), Ordering::Equal, "{older}");
        }
        assert_eq!(release("6.8").compare(&release("6.8.0")), Ordering::Equal);
    }

    #[test]
    fn what_is_of_another_flavour_is_told_apart() {
        let table = [
            ("6.1.0-18-amd64", "6.1.0-18-cloud-amd64"),
            ("6.1.0-18-amd64", "6.1.0-18-rt-amd64"),
            ("6.1.0-18-686", "6.1.0-18-686-pae"),
            ("6.1.0-18-amd64", "6.1.0-18-amd64.old"),
            ("6.8.0-45-generic", "6.8.0-45-lowlatency"),
            ("6.8.0-45-generic", "6.8.0-45-generic-64k"),
            ("5.14.0-427.13.1.el9_4.x86_64", "5.14.0-427.13.1.el9_4.x86_64+rt"),
            ("5.14.0-427.13.1.el9_4.x86_64", "5.14.0-427.13.1.el9_4.x86_64+debug"),
            ("5.15.0-200.131.27.el9uek.x86_64", "5.15.0-200.131.27.el9.x86_64"),
            ("6.4.0-150600.21-default", "6.4.0-150600.21-rt"),
            ("6.7.4-arch1-1", "6.6.16-1-lts"),
            ("6.7.4-arch1-1", "6.7.4-zen1-1-zen"),
            ("6.8.0", "6.8.0+"),
        ];
        for (one, other) in table {
            assert_ne!(release(one).flavour(), release(other).flavour(), "{one} and {other}");
        }
    }

    #[test]
    fn what_begins_with_no_version_is_no_release() {
        for text in
            ["", "6", "extra", "kabi-current", "linux-6.1", "6.x.1-amd64", "6..1", "-amd64", "0-rescue-4f2"]
        {
            assert_eq!(Release::parse(text), None, "{text:?}");
        }
    }
}
