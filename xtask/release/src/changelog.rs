//! CHANGELOG.md in the formats of the distributions.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use xtask::Failure;

use crate::build::PROGRAM;
use crate::version::PackageVersion;

/// How wide Debian's changelogs are.
const WIDTH: usize = 80;

/// The section of what comes next.
const UNRELEASED: &str = "Unreleased";

/// What users notice of one version.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    /// As the package has it.
    version: String,
    /// Without what tells of the build.
    number: String,
    time: Timestamp,
    changes: Vec<String>,
}

impl Entry {
    fn of(version: &PackageVersion, time: Timestamp) -> Self {
        Self { version: version.full(), number: version.number().to_owned(), time, changes: Vec::new() }
    }
}

/// The changelog, newest first.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Changelog(Vec<Entry>);

impl Changelog {
    /// Reads it in the manner of Keep a Changelog. What is unreleased belongs to the version that is packed, of now.
    pub(crate) fn read(text: &str, version: &PackageVersion, now: Timestamp) -> Result<Self, Failure> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut in_change = false;
        for (index, line) in text.lines().enumerate() {
            let wrong = |why: &str| Failure::Verdict(format!("CHANGELOG.md:{}: {why}", index + 1));
            if let Some(heading) = line.strip_prefix("## ") {
                entries.push(
                    entry(heading, version, now)
                        .ok_or_else(|| wrong("expected `## [Unreleased]` or `## [1.2.3] - 2026-11-25`"))?,
                );
                in_change = false;
            } else if let Some(entry) = entries.last_mut() {
                if let Some(change) = line.strip_prefix("- ") {
                    entry.changes.push(plain(change));
                    in_change = true;
                } else if let Some(more) = line.strip_prefix("  ").filter(|_| in_change) {
                    if let Some(change) = entry.changes.last_mut() {
                        *change = format!("{change} {}", plain(more.trim()));
                    }
                } else if line.is_empty() || line.starts_with('#') {
                    in_change = false;
                } else if !line.starts_with('[') {
                    return Err(wrong("expected a change, `- …`, or a heading"));
                }
            }
        }
        entries.retain(|entry| !entry.changes.is_empty());
        match entries.first_mut() {
            Some(first) if first.number == version.number() => {
                first.version = version.full();
                first.time = now;
            }
            _ => {
                return Err(Failure::Verdict(format!(
                    "CHANGELOG.md: its first section with changes is neither Unreleased nor of {}",
                    version.upstream()
                )));
            }
        }
        part(&mut entries);
        Ok(Self(entries))
    }

    /// As deb-changelog(5) has it.
    pub(crate) fn debian(&self, maintainer: &str) -> String {
        let entry = |Entry { version, time, changes, .. }: &Entry| {
            let changes: String = changes.iter().map(|change| wrapped(change)).collect();
            let time = time.to_zoned(TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S +0000");
            format!("{PROGRAM} ({version}) unstable; urgency=medium\n\n{changes}\n -- {maintainer}  {time}\n")
        };
        self.0.iter().map(entry).collect::<Vec<_>>().join("\n")
    }

    /// As nfpm reads it for RPM; JSON is YAML, too.
    pub(crate) fn rpm(&self, maintainer: &str) -> String {
        let entry = |Entry { version, time, changes, .. }: &Entry| {
            let changes: Vec<_> = changes.iter().map(|change| json!({"note": change})).collect();
            json!({"semver": version, "date": time.to_string(), "packager": maintainer, "changes": changes})
        };
        format!("{:#}\n", json!(self.0.iter().map(entry).collect::<Vec<_>>()))
    }
}

/// What would be packed as a version that was released, though it came later.
pub(crate) fn after_release(text: &str, version: &str) -> Option<String> {
    let has_changes = |(name, rest): (&str, &str)| name == UNRELEASED && rest.contains("\n- ");
    (sections(text).into_iter().any(has_changes) && has_section(text, version)).then(|| {
        format!("CHANGELOG.md: Unreleased has changes, and {version} is released: set the next version in Cargo.toml")
    })
}

/// Whether a version is released, by what the changelog says.
pub(crate) fn has_section(text: &str, version: &str) -> bool {
    sections(text).iter().any(|(name, _)| *name == version)
}

/// Every section: its name, and what follows.
fn sections(text: &str) -> Vec<(&str, &str)> {
    let heads = text
        .match_indices("## [")
        .filter(|(at, _)| text[..*at].chars().next_back().is_none_or(|c| c == '\n'));
    let at: Vec<_> = heads.map(|(at, head)| (at, at + head.len())).collect();
    let ends = at.iter().skip(1).map(|(next, _)| *next).chain([text.len()]);
    at.iter().zip(ends).filter_map(|((_, from), to)| text[*from..to].split_once(']')).collect()
}

fn entry(heading: &str, version: &PackageVersion, now: Timestamp) -> Option<Entry> {
    let (name, rest) = heading.strip_prefix('[')?.split_once(']')?;
    if name == UNRELEASED {
        return Some(Entry::of(version, now));
    }
    // One that was taken back says so behind its day.
    let date: Date = rest.strip_prefix(" - ")?.split(' ').next()?.parse().ok()?;
    let time = date.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some(Entry::of(&PackageVersion::released(name)?, time))
}

/// Of two versions of one day, Debian wants the newer to have the later time, and days are all that is told.
fn part(entries: &mut [Entry]) {
    for at in 1..entries.len() {
        let before = entries[at - 1].time - SignedDuration::from_secs(1);
        entries[at].time = entries[at].time.min(before);
    }
}

/// Without the signs of links and code.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once('[') {
        let parts = link.split_once("](").and_then(|(label, target)| Some((label, target.split_once(')')?)));
        plain.push_str(before);
        match parts {
            Some((label, (_, after))) if !label.contains('[') => {
                plain.push_str(label);
                rest = after;
            }
            _ => {
                plain.push('[');
                rest = link;
            }
        }
    }
    plain.push_str(rest);
    plain.replace('`', "")
}

/// A change as an item of a Debian changelog.
fn wrapped(change: &str) -> String {
    let mut text = String::new();
    let mut line = "  *".to_owned();
    for word in change.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line = String::from("   ");
        }
        line.push(' ');
        line.push_str(word);
    }
    text + &line + "\n"
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    const TEXT: &str = "\
# Changelog

All that is noticed.

## [Unreleased]

### Added

- `plan` tells [what a roll-out comes to](docs/plan.md), by the daemon's own decisions, and on a virtual clock,
  in a line that is long.
- An array[0] of things.

## [0.1.0] - 2026-03-01 [YANKED]

- The daemon.

[0.1.0]: https://clusterrebootd.example
";

    fn changelog(text: &str) -> Result<Changelog, Failure> {
        let version = PackageVersion::of_file("0.2.0-rc.1-1").expect("a version");
        Changelog::read(text, &version, Timestamp::from_second(1_800_000_000).expect("a time"))
    }

    #[test]
    fn debian_has_it_as_deb_changelog_says() {
        let told = changelog(TEXT).expect("well formed").debian("Ann <ann@clusterrebootd.example>");
        expect![[r"
            clusterrebootd (0.2.0~rc.1-1) unstable; urgency=medium

              * plan tells what a roll-out comes to, by the daemon's own decisions, and on a
                virtual clock, in a line that is long.
              * An array[0] of things.

             -- Ann <ann@clusterrebootd.example>  Fri, 15 Jan 2027 08:00:00 +0000

            clusterrebootd (0.1.0-1) unstable; urgency=medium

              * The daemon.

             -- Ann <ann@clusterrebootd.example>  Sun, 01 Mar 2026 00:00:00 +0000
        "]]
        .assert_eq(&told);
    }

    #[test]
    fn rpm_has_it_as_nfpm_reads_it() {
        let told = changelog(TEXT).expect("well formed").rpm("Ann");
        let read: serde_json::Value = serde_json::from_str(&told).expect("JSON");
        assert_eq!(read[1]["semver"], "0.1.0-1");
        assert_eq!(read[1]["date"], "2026-03-01T00:00:00Z");
        assert_eq!(read[0]["changes"][1]["note"], "An array[0] of things.");
    }

    #[test]
    fn what_is_packed_is_of_its_commit_and_older_ones_of_one_day_are_ever_earlier() {
        let text = "## [0.2.0-rc.1] - 2027-01-15\n\n- More.\n\n## [0.1.2] - 2027-01-15\n\n- Two.\n\n\
                    ## [0.1.1] - 2027-01-15\n\n- One.\n\n## [0.1.0] - 2026-03-01\n\n- The daemon.\n";
        let times: Vec<_> =
            changelog(text).expect("well formed").0.iter().map(|it| it.time.to_string()).collect();
        assert_eq!(
            times,
            ["2027-01-15T08:00:00Z", "2027-01-15T00:00:00Z", "2027-01-14T23:59:59Z", "2026-03-01T00:00:00Z"]
        );
    }

    #[test]
    fn what_was_just_released_can_be_packed_again_as_another_build() {
        let text = "## [Unreleased]\n\n## [0.2.0] - 2026-03-01\n\n- More.\n";
        let cases = ["0.2.0-1", "0.2.0-dirty-1", "0.2.0+20261125-1", "0.2.0+20261125-dirty-1"];
        for name in cases {
            let version = PackageVersion::of_file(name).expect("a version");
            let read = Changelog::read(text, &version, Timestamp::UNIX_EPOCH).expect("it has its section");
            assert_eq!(read.0[0].version, version.full());
        }
    }

    #[test]
    fn what_came_after_a_release_is_not_passed_off_as_it() {
        let released = "## [0.2.0] - 2026-03-01\n\n- More.\n";
        let cases = [
            ("## [Unreleased]\n\n### Added\n\n- Later.\n\n", "0.2.0", true),
            ("## [Unreleased]\n\n- Later.\n\n", "0.3.0", false),
            ("## [Unreleased]\n\n", "0.2.0", false),
            ("", "0.2.0", false),
        ];
        for (unreleased, version, refused) in cases {
            let told = after_release(&format!("{unreleased}{released}"), version);
            let expected = "CHANGELOG.md: Unreleased has changes, and 0.2.0 is released: set the next version in Cargo.toml";
            assert_eq!(told.as_deref(), refused.then_some(expected), "{unreleased}{version}");
        }
    }

    #[test]
    fn what_is_not_understood_is_told_with_its_line() {
        let cases = [
            ("## 0.1.0\n", "CHANGELOG.md:1: expected `## [Unreleased]` or `## [1.2.3] - 2026-11-25`"),
            (
                "## [0.1.0] - soon\n",
                "CHANGELOG.md:1: expected `## [Unreleased]` or `## [1.2.3] - 2026-11-25`",
            ),
            ("## [Unreleased]\n\nProse.\n", "CHANGELOG.md:3: expected a change, `- …`, or a heading"),
            (
                "## [Unreleased]\n\n## [0.1.0] - 2026-03-01\n\n- The daemon.\n",
                "CHANGELOG.md: its first section with changes is neither Unreleased nor of 0.2.0~rc.1",
            ),
        ];
        for (text, told) in cases {
            assert_eq!(changelog(text).expect_err("not understood").to_string(), told);
        }
    }
}
