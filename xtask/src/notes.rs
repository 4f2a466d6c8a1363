//! `cargo xtask notes`: what the changelog tells of one version, as the text of its release.

use std::ffi::OsString;
use std::fs;

use xtask::{Failure, Workspace, maintainer};

/// Of all crates of the workspace, this one included.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Asked<'a> {
    version: &'a str,
    /// Where links within the repository lead to, seen from elsewhere.
    base: Option<&'a str>,
    /// Whether the version is about to be released, by a tag of its own.
    release: bool,
}

/// Prints the notes of a version, or those of `Cargo.toml` if none is given; fails where there are none.
pub(crate) fn run(workspace: &Workspace, args: &[OsString]) -> Result<(), Failure> {
    let args: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
    let words: Vec<&str> = args.iter().map(AsRef::as_ref).collect();
    let asked = asked(&words, VERSION)?;
    let path = workspace.root.join("CHANGELOG.md");
    let changelog = fs::read_to_string(&path).map_err(|source| Failure::File { path, source })?;
    let notes = notes(&changelog, asked.version).map_err(Failure::Verdict)?;
    if asked.release {
        is_answered_for(asked.version, &maintainer::of(&workspace.root)?)?;
    }
    println!("{}", asked.base.map_or_else(|| notes.clone(), |base| with_links_to(base, &notes)));
    Ok(())
}

/// A tag has to be the one of `Cargo.toml`, for its packages are of that version.
fn asked<'a>(args: &[&'a str], ours: &'a str) -> Result<Asked<'a>, Failure> {
    let (args, base) = match args {
        [rest @ .., "--links", base] => (rest, Some(*base)),
        all => (all, None),
    };
    let version = match args {
        [] => ours,
        ["--tag", tag] if tag.strip_prefix('v') == Some(ours) => ours,
        ["--tag", tag] => {
            return Err(Failure::Verdict(format!(
                "the tag {tag} is not that of Cargo.toml, whose version is {ours}: its tag is v{ours}"
            )));
        }
        [version] if !version.starts_with('-') => version,
        _ => return Err(Failure::Usage("`notes` takes a VERSION or --tag TAG, and --links URL".into())),
    };
    Ok(Asked { version, base, release: args.len() == 2 })
}

/// A release names somebody who answers for it; a candidate may be tried before.
fn is_answered_for(version: &str, maintainer: &str) -> Result<(), Failure> {
    match maintainer::fault(maintainer) {
        Some(fault) if version.contains('-') => {
            eprintln!("warning: {fault}");
            Ok(())
        }
        Some(fault) => Err(Failure::Verdict(fault)),
        None => Ok(()),
    }
}

/// A release is not read beside the files that the changelog links to.
fn with_links_to(base: &str, notes: &str) -> String {
    let mut parts = notes.split("](");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let target = part.split(')').next().unwrap_or_default();
        let within = !target.contains(':') && !target.starts_with('#');
        text.push_str("](");
        if within {
            text.push_str(base.trim_end_matches('/'));
            text.push('/');
        }
        text.push_str(part);
    }
    text
}

/// The section `## [VERSION] - DATE` of a changelog without its heading.
fn notes(changelog: &str, version: &str) -> Result<String, String> {
    let lines: Vec<&str> = changelog.lines().collect();
    let name = format!("[{version}]");
    let Some(at) = lines.iter().position(|line| title(line).is_some_and(|title| title.starts_with(&name)))
    else {
        return Err(format!(
            "CHANGELOG.md has no section \"## {name} - YYYY-MM-DD\": give what stands under Unreleased this heading"
        ));
    };
    let line = at + 1;
    let date = lines[at].rsplit_once(" - ").map(|(_, date)| date.trim_end_matches(YANKED).trim());
    if version != UNRELEASED && !date.is_some_and(is_a_date) {
        return Err(format!(
            "CHANGELOG.md:{line}: the heading lacks its day, as in \"## {name} - 2026-02-28\""
        ));
    }
    // Links by reference stand at the end of such a file and belong to no section.
    let section = lines.iter().skip(line).take_while(|line| title(line).is_none() && !line.starts_with('['));
    let text = section.copied().collect::<Vec<_>>().join("\n").trim().to_owned();
    if text.is_empty() {
        return Err(format!("CHANGELOG.md:{line}: nothing stands under {name}"));
    }
    Ok(text)
}

const UNRELEASED: &str = "Unreleased";

/// Stands behind the day of a version that nobody should install any more.
const YANKED: &str = "[YANKED]";

fn title(line: &str) -> Option<&str> {
    line.strip_prefix("## ")
}

fn is_a_date(text: &str) -> bool {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([4, 2, 2]) && parts.iter().all(|part| digits(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGELOG: &str = "# Changelog\n\nAll of it.\n\n## [Unreleased]\n\n## [0.2.0] - 2026-03-01\n\n### Added\n\n\
                             - More.\n\n## [0.2.0-rc.1] - 2026-02-20\n\n- A try.\n\n## [0.1.1]\n\n- No day.\n\n\
                             ## [0.1.0] - 2026-01-31 [YANKED]\n\n- The first.\n\n[0.1.0]: https://example.org/0.1.0\n";

    #[test]
    fn are_the_section_of_one_version_and_nothing_of_its_neighbours() {
        let cases =
            [("0.2.0", "### Added\n\n- More."), ("0.2.0-rc.1", "- A try."), ("0.1.0", "- The first.")];
        for (version, text) in cases {
            assert_eq!(notes(CHANGELOG, version).as_deref(), Ok(text), "{version}");
        }
    }

    #[test]
    fn a_version_without_notes_is_an_error_that_says_what_to_write() {
        let cases = [
            ("0.3.0", "CHANGELOG.md has no section \"## [0.3.0] - YYYY-MM-DD\""),
            ("0.2", "CHANGELOG.md has no section \"## [0.2] - YYYY-MM-DD\""),
            ("0.1.1", "CHANGELOG.md:17: the heading lacks its day"),
            ("Unreleased", "CHANGELOG.md:5: nothing stands under [Unreleased]"),
        ];
        for (version, start) in cases {
            let error = notes(CHANGELOG, version).expect_err("there are none");
            assert!(error.starts_with(start), "{version}: {error}");
        }
    }

    #[test]
    fn a_day_is_four_digits_two_and_two() {
        let cases = [("2026-01-31", true), ("2026-1-31", false), ("31-01-2026", false), ("soon", false)];
        for (text, is) in cases {
            assert_eq!(is_a_date(text), is, "{text}");
        }
    }

    #[test]
    fn a_tag_must_be_that_of_the_workspace() {
        let cases: [(&[&str], Result<&str, u8>); 9] = [
            (&[], Ok("0.2.0")),
            (&["0.1.0"], Ok("0.1.0")),
            (&["--tag", "v0.2.0"], Ok("0.2.0")),
            (&["--tag", "0.2.0"], Err(1)),
            (&["--tag", "v0.2.1"], Err(1)),
            (&["--tag"], Err(64)),
            (&["--links"], Err(64)),
            (&["--tga", "v0.2.0"], Err(64)),
            (&["0.1.0", "0.2.0"], Err(64)),
        ];
        for (args, expected) in cases {
            let asked = asked(args, "0.2.0").map_err(|failure| failure.exit_code());
            let release = args.first() == Some(&"--tag");
            assert_eq!(asked, expected.map(|version| Asked { version, base: None, release }), "{args:?}");
        }
        let linked = asked(&["--tag", "v0.2.0", "--links", "https://x"], "0.2.0").expect("well formed");
        assert_eq!(linked, Asked { version: "0.2.0", base: Some("https://x"), release: true });
    }

    #[test]
    fn nothing_is_released_that_nobody_answers_for() {
        let cases = [
            ("0.2.0", "Ann <ann@a.example>", false),
            ("0.2.0-rc.1", "Ann <ann@a.example>", true),
            ("0.2.0", "Ann <ann@debian.org>", true),
        ];
        for (version, maintainer, good) in cases {
            assert_eq!(is_answered_for(version, maintainer).is_ok(), good, "{version} {maintainer}");
        }
    }

    #[test]
    fn links_within_the_repository_are_led_there_and_no_others() {
        let cases = [
            ("[a](docs/a.md), [b](b.md#c).", "[a](https://x/t/docs/a.md), [b](https://x/t/b.md#c)."),
            ("[a](https://example.org/a) [b](#b)", "[a](https://example.org/a) [b](#b)"),
            ("no link [at] (all)", "no link [at] (all)"),
        ];
        for (notes, expected) in cases {
            for base in ["https://x/t", "https://x/t/"] {
                assert_eq!(with_links_to(base, notes), expected);
            }
        }
    }

    #[test]
    fn the_changelog_of_this_repository_can_be_read() {
        let workspace = Workspace::find().expect("the repository");
        let changelog = fs::read_to_string(workspace.root.join("CHANGELOG.md")).expect("the changelog");
        let unreleased = changelog.lines().any(|line| line == "## [Unreleased]");
        assert!(unreleased, "what comes next has its place");
        if let Err(error) = notes(&changelog, UNRELEASED) {
            assert!(error.ends_with("nothing stands under [Unreleased]"), "{error}");
        }
    }
}
