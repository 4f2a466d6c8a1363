//! Whether a build can be made where it is to be made.

use std::path::Path;

use xtask::Failure;

use super::Site;

/// What PATH and the flags of compilers, which rename paths, have a use of their own for.
const OF_FLAGS: &str = "=:";

/// What nfpm takes for a pattern of names.
pub(crate) const OF_PATTERNS: &str = r"*?[]{}\";

/// Refuses a place whose path would get into flags or patterns and be taken for another, before anything is built there: C flags are
/// split at blanks, and of other characters the build would come to other bytes.
pub(super) fn look(site: &Site) -> Result<(), Failure> {
    let places = [
        (&site.source, "the checkout", "move it"),
        (&site.out, "the target directory", "set CARGO_TARGET_DIR to another"),
        (&site.cargo_home, "cargo's home", "set CARGO_HOME to another"),
    ];
    for (path, what, remedy) in places {
        if let Some(bad) =
            first(path, |c| c.is_whitespace() || format!("{OF_FLAGS}{OF_PATTERNS}").contains(c))
        {
            return Err(Failure::Verdict(format!(
                "{what} is at `{}`, and no package can be built with {bad:?} in that path; {remedy}",
                path.display()
            )));
        }
    }
    Ok(())
}

/// The first such character of a path.
pub(crate) fn first(path: &Path, is_bad: impl Fn(char) -> bool) -> Option<char> {
    path.to_string_lossy().chars().find(|&c| is_bad(c))
}

#[cfg(test)]
mod tests {
    use xtask::Workspace;

    use super::*;

    #[test]
    fn nothing_is_built_where_its_path_would_be_taken_for_something_else() {
        let good = Site::of(&Workspace::at("/home/ann/repo-1.0_ä+~@"));
        assert!(look(&good).is_ok());
        let cases = [
            (
                Site { source: "/home/ann/my repo".into(), ..good.clone() },
                "the checkout is at `/home/ann/my repo`, and no package can be built with ' ' in that path; move it",
            ),
            (
                Site { out: "/build/a=b/static".into(), ..good.clone() },
                "the target directory is at `/build/a=b/static`, and no package can be built with '=' in that path; set \
                 CARGO_TARGET_DIR to another",
            ),
            (
                Site { cargo_home: "/home/[ann]/.cargo".into(), ..good },
                "cargo's home is at `/home/[ann]/.cargo`, and no package can be built with '[' in that path; set CARGO_HOME to \
                 another",
            ),
        ];
        for (site, told) in cases {
            assert_eq!(look(&site).expect_err("it is refused").to_string(), told);
        }
    }
}
