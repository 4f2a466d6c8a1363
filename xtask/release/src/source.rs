//! What is packed: a commit, when it was made, and whether the checkout is the commit.

use std::path::Path;

use xtask::{Failure, Step};

/// The state of the checkout.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// The commit, abbreviated.
    pub(crate) commit: String,
    /// When it was made, in seconds since 1970: the time of everything that is packed.
    pub(crate) time: i64,
    /// Files that are not as the commit has them, or not in it, as git tells them.
    pub(crate) changed: Vec<String>,
}

impl Source {
    /// Asks git.
    pub(crate) fn of(checkout: &Path) -> Result<Self, Failure> {
        let git = |line| Step::of(line).dir(checkout).ask();
        let time = git("git log -1 --format=%ct")?;
        let time = time
            .parse()
            .map_err(|_| Failure::Verdict(format!("git tells no time of the commit, but `{time}`")))?;
        let changed =
            git("git status --porcelain")?.lines().map(|line| line.trim_start().to_owned()).collect();
        Ok(Self { commit: git("git rev-parse --short=12 HEAD")?, time, changed })
    }

    /// What `version` shows, which every build is told, so that it need not look and finds the same everywhere. What was
    /// changed since and not committed is not passed off as the commit; files that git does not know are no part of the build.
    pub(crate) fn name(&self) -> String {
        let is_changed = self.changed.iter().any(|line| !line.starts_with("??"));
        format!("{}{}", self.commit, if is_changed { "-changed" } else { "" })
    }

    /// Whether a program was built of it, changes or none as they are here.
    pub(crate) fn is_told_by(&self, program: &[u8]) -> bool {
        tells(program, &self.name())
    }

    /// Refuses what differs from the commit, since nobody could build it again, unless that was asked for.
    pub(crate) fn check(&self, allow_dirty: bool) -> Result<(), Failure> {
        let Self { commit, changed, .. } = self;
        if changed.is_empty() {
            return Ok(());
        }
        let told = format!("the checkout is not commit {commit}:\n  {}", changed.join("\n  "));
        if allow_dirty {
            eprintln!(
                "warning: {told}\nwarning: the packages are called ~dirty, and come before the release of this version"
            );
            return Ok(());
        }
        Err(Failure::Verdict(format!(
            "{told}\nNobody could build these packages again. Commit first; or, to try something out, --allow-dirty"
        )))
    }
}

/// Whether a program tells a commit, and not that it was changed since.
pub(crate) fn tells(program: &[u8], commit: &str) -> bool {
    let changed = b"-changed";
    let found = program.windows(commit.len()).enumerate().filter(|(_, window)| *window == commit.as_bytes());
    let mut after = found.map(|(at, _)| &program[at + commit.len()..]).peekable();
    after.peek().is_some() && !after.any(|rest| rest.starts_with(changed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_is_not_passed_off_as_the_commit() {
        let cases: [(&[&str], &str); 4] = [
            (&[], "0123456789ab"),
            (&["?? notes"], "0123456789ab"),
            (&["M Cargo.toml"], "0123456789ab-changed"),
            (&["?? notes", "A new.rs"], "0123456789ab-changed"),
        ];
        for (changed, name) in cases {
            let changed = changed.iter().map(ToString::to_string).collect();
            let source = Source { commit: "0123456789ab".into(), time: 1_700_000_000, changed };
            assert_eq!(source.name(), name);
            assert!(source.is_told_by(format!("..{name}..").as_bytes()));
            assert!(!source.is_told_by(b"..0123456789ac.."));
        }
    }

    #[test]
    fn a_program_of_another_commit_or_of_changes_is_known() {
        let cases = [
            ("..0123456789ab..", true),
            ("..0123456789ab-changed..", false),
            ("0123456789ab..0123456789ab-changed", false),
            ("..0123456789ac..", false),
            ("", false),
        ];
        for (program, told) in cases {
            assert_eq!(tells(program.as_bytes(), "0123456789ab"), told, "{program}");
        }
    }
}
