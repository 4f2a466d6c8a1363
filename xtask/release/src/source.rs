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
