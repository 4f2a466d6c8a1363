//! What `CHANGELOG.md` has to look like for packages to be made of it: `cargo xtask package` reads all of it, for the
//! changelogs of the distributions, and would refuse it only when the tag is spent.

/// The section of what comes next.
pub(crate) const UNRELEASED: &str = "Unreleased";

/// Stands behind the day of a version that nobody should install any more.
pub(crate) const YANKED: &str = "[YANKED]";

/// All that cannot be packed, each with its line.
pub(crate) fn faults(changelog: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let (mut in_section, mut in_change) = (false, false);
    for (line, number) in changelog.lines().zip(1..) {
        let mut fault = |why: &str| faults.push(format!("CHANGELOG.md:{number}: {why}"));
        if let Some(title) = line.strip_prefix("## ") {
            (in_section, in_change) = (true, false);
            if !is_a_heading(title) {
                fault("expected `## [Unreleased]` or `## [1.2.3] - 2026-11-25`");
            }
        } else if line.starts_with("- ") {
            in_change = true;
        } else if line.is_empty() || line.starts_with('#') {
            in_change = false;
        } else if in_section && !line.starts_with('[') && !(in_change && line.starts_with("  ")) {
            fault("expected a change, `- …`, or a heading");
        }
    }
    faults
}

/// Why the version cannot be released: the changes that come first are not its own, or some are of no version yet.
pub(crate) fn unfit(changelog: &str, version: &str) -> Option<String> {
    let text = format!("\n{changelog}");
    let sections = text.split("\n## [").skip(1).filter_map(|section| section.split_once(']'));
    let with_changes: Vec<_> =
        sections.filter(|(_, rest)| rest.contains("\n- ")).map(|(name, _)| name).collect();
    if with_changes.contains(&UNRELEASED) {
        return Some(format!("CHANGELOG.md: changes stand under {UNRELEASED}, and not under {version}"));
    }
    (with_changes.first() != Some(&version))
        .then(|| format!("CHANGELOG.md: its first section with changes is not that of {version}"))
}

fn is_a_heading(title: &str) -> bool {
    let Some((name, rest)) = title.strip_prefix('[').and_then(|title| title.split_once(']')) else {
        return false;
    };
    name == UNRELEASED || (is_a_version(name) && rest.strip_prefix(" - ").is_some_and(begins_with_a_day))
}

fn begins_with_a_day(text: &str) -> bool {
    is_a_day(text.strip_suffix(YANKED).map_or(text, str::trim_end))
}

/// A day of the calendar, as in `2026-02-28`.
pub(crate) fn is_a_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    if ![year.len(), month.len(), day.len()].eq(&[4, 2, 2]) || !parts.iter().all(|part| is_digits(part)) {
        return false;
    }
    let [Ok(year), Ok(month), Ok(day)] = [year, month, day].map(str::parse::<u32>) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=last).contains(&day)
}

/// As Semantic Versioning has it, but for hyphens within its parts: names of packages have none to spare.
fn is_a_version(text: &str) -> bool {
    let (rest, build) = text.split_once('+').map_or((text, None), |(rest, build)| (rest, Some(build)));
    let (number, pre) = rest.split_once('-').map_or((rest, None), |(number, pre)| (number, Some(pre)));
    let is_number = |part: &str| is_digits(part) && (part == "0" || !part.starts_with('0'));
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    number.split('.').count() == 3
        && number.split('.').all(|part| is_number(part) && part.parse::<u64>().is_ok())
        && pre.is_none_or(|pre| {
            pre.split('.').all(|part| is_word(part) && (!is_digits(part) || is_number(part)))
        })
        && build.is_none_or(|build| build.split('.').all(is_word))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_packed_is_told_with_its_line() {
        let heading = "expected `## [Unreleased]` or `## [1.2.3] - 2026-11-25`";
        let prose = "expected a change, `- …`, or a heading";
        let cases: [(&str, &[(u8, &str)]); 12] = [
            ("# Changelog\n\nProse above.\n\n## [Unreleased]\n\n### Added\n\n- A.\n  More.\n", &[]),
            ("## [0.1.0] - 2026-03-01 [YANKED]\n\n- A.\n\n[0.1.0]: https://a.example\n", &[]),
            ("## [0.1.0-rc.1] - 2028-02-29\n", &[]),
            ("## 0.1.0 - 2026-03-01\n", &[(1, heading)]),
            ("## [0.1.0]\n", &[(1, heading)]),
            ("## [0.1.0] - 2026-99-99\n", &[(1, heading)]),
            ("## [0.1.0] - 2026-03-01 or so\n", &[(1, heading)]),
            ("## [0.1] - 2026-03-01\n", &[(1, heading)]),
            ("## [Unreleased]\n\nProse.\n\n- A.\n", &[(3, prose)]),
            ("## [Unreleased]\n\n- A.\nwrapped\n", &[(4, prose)]),
            ("## [Unreleased]\n\n- A.\n\n  A second paragraph.\n", &[(5, prose)]),
            ("## [0.1.0] - soon\n\nProse.\n", &[(1, heading), (3, prose)]),
        ];
        for (text, expected) in cases {
            let expected: Vec<_> =
                expected.iter().map(|(line, why)| format!("CHANGELOG.md:{line}: {why}")).collect();
            assert_eq!(faults(text), expected, "{text}");
        }
    }

    #[test]
    fn a_version_is_released_with_the_changes_that_come_first_and_none_is_left_over() {
        let (ours, earlier) = ("## [0.2.0] - 2026-03-01\n\n- B.\n\n", "## [0.1.0] - 2026-01-31\n\n- A.\n\n");
        let left_over = "CHANGELOG.md: changes stand under Unreleased, and not under 0.2.0";
        let not_first = "CHANGELOG.md: its first section with changes is not that of 0.2.0";
        let cases = [
            (format!("## [Unreleased]\n\n{ours}{earlier}"), None),
            (format!("## [Unreleased]\n\n- C.\n\n{ours}{earlier}"), Some(left_over)),
            (format!("{earlier}{ours}"), Some(not_first)),
            (format!("## [0.2.0] - 2026-03-01\n\n### Added\n\n{earlier}"), Some(not_first)),
            (String::new(), Some(not_first)),
        ];
        for (text, expected) in cases {
            assert_eq!(unfit(&text, "0.2.0").as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_day_is_one_of_the_calendar() {
        let days = ["2026-01-31", "2026-02-28", "2028-02-29", "2000-02-29", "2026-11-30", "2026-12-31"];
        let others = [
            "2026-1-31",
            "31-01-2026",
            "soon",
            "2026-99-99",
            "2026-02-29",
            "2100-02-29",
            "2026-04-31",
            "2026-00-10",
            "2026-13-01",
            "2026-01-00",
            "2026-01-32",
            "2026-01-+1",
            "2026-01-01-01",
            "",
        ];
        let found: Vec<_> = days.into_iter().chain(others).filter(|text| is_a_day(text)).collect();
        assert_eq!(found, days);
    }

    #[test]
    fn a_version_is_one_that_a_package_can_have() {
        let versions = ["0.1.0", "10.20.30", "1.0.0-rc.1", "1.0.0+20261125", "1.0.0-rc.1+b.7", "1.0.0-0a"];
        let others = [
            "1.0",
            "1.0.0.0",
            "01.0.0",
            "1.0.x",
            "1.0.0-",
            "1.0.0-rc..1",
            "1.0.0-rc-1",
            "1.0.0+a-b",
            "1.0.0-01",
            "1.0.0+",
            "v1.0.0",
            "1.0.99999999999999999999",
            "",
        ];
        let found: Vec<_> = versions.into_iter().chain(others).filter(|text| is_a_version(text)).collect();
        assert_eq!(found, versions);
    }
}
