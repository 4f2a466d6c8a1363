//! An older version of a package, to upgrade from: the same program, packed anew with a lower version, with another template of
//! the configuration and with a file that the newer version does not have.

use std::path::{Path, PathBuf};

use xtask::{Failure, Step, Workspace};

use crate::build::{Binary, PROGRAM};
use crate::directory::{make, remove};
use crate::files;
use crate::nfpm::{self, CONFIG, Format, Package};
use crate::targets::Libc;
use crate::version::PackageVersion;

/// Lower than any that is released.
const VERSION: &str = "0.0.1";

/// What the newer version does not have.
pub(super) const DROPPED: &str = "/usr/share/clusterrebootd/of-the-older-version";

/// The template of the configuration.
pub(super) const TEMPLATE: &str = "/etc/clusterrebootd/config.yaml";

/// A line that the older template has and the newer has not.
pub(super) const LINE: &str = "# Of the older version.";

/// Unpacks a package into an empty directory.
pub(super) fn unpack(format: Format, file: &Path, into: &Path) -> Result<(), Failure> {
    remove(into)?;
    make(into)?;
    let line = match format {
        Format::Deb => r#"dpkg-deb --extract "$1" "$2""#,
        Format::Rpm => r#"rpm2archive --nocompression - < "$1" | tar --extract --directory "$2""#,
    };
    Step::of("sh -euc").args([line, "unpack"]).args([file, into]).ask().map(drop)
}

/// Packs the older version of a package into a folder; its file.
pub(super) fn pack(
    workspace: &Workspace,
    package: &Package,
    file: &Path,
    folder: &Path,
) -> Result<PathBuf, Failure> {
    let (inside, made) = (folder.join("unpacked"), folder.join("made"));
    unpack(package.format, file, &inside)?;
    remove(&made)?;
    make(&made)?;

    let config = files::read_text(&workspace.root.join(CONFIG))?;
    for (name, path) in made_files(&config) {
        let from = inside.join(path.trim_start_matches('/'));
        // Not every format has every one.
        if from.exists() {
            files::write(&made.join(name), files::read(&from)?)?;
        }
    }
    let template = files::read_text(&inside.join(TEMPLATE.trim_start_matches('/')))?;
    files::write(&made.join("config.yaml"), format!("{template}\n{LINE}\n"))?;
    files::write(&made.join("nfpm.yaml"), older(&config, &made))?;

    let version = PackageVersion::released(VERSION)
        .ok_or_else(|| Failure::Verdict(format!("{VERSION} is no version")))?;
    let package = Package { version, ..package.clone() };
    let binary = Binary {
        arch: package.arch,
        triple: package.arch.triple(Libc::Gnu),
        path: inside.join("usr/bin").join(PROGRAM),
    };
    let config = made.join("nfpm.yaml");
    nfpm::step(workspace, &workspace.root, &package, &binary, (&made, &config, folder), 0).ask()?;
    remove(&inside)?;
    Ok(folder.join(package.file()))
}

/// What stands in a package and not in the repository: its name when it is made, and its path in the package.
fn made_files(config: &str) -> Vec<(String, String)> {
    let words: Vec<_> = config.lines().map(|line| line.trim().trim_start_matches("- ")).collect();
    let pair = |pair: &[&str]| {
        let name = pair[0].strip_prefix("src: ${MADE}/")?;
        Some((name.to_owned(), pair[1].strip_prefix("dst: ")?.to_owned()))
    };
    words.windows(2).filter_map(pair).collect()
}

/// The configuration of the older version's package.
fn older(config: &str, made: &Path) -> String {
    let template = made.join("config.yaml").display().to_string();
    let dropped = format!("contents:\n  - {{src: {template}, dst: {DROPPED}}}\n");
    config
        .replace("src: packaging/config.yaml", &format!("src: {template}"))
        .replace("\ncontents:\n", &format!("\n{dropped}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_version_differs_in_its_template_and_in_one_file() {
        let workspace = Workspace::find().expect("the repository");
        let config = files::read_text(&workspace.root.join(CONFIG)).expect("it is there");
        let older = older(&config, Path::new("/made"));
        assert!(
            older.contains("src: /made/config.yaml\n    dst: /etc/clusterrebootd/config.yaml"),
            "{older}"
        );
        assert!(older.contains(&format!("{{src: /made/config.yaml, dst: {DROPPED}}}")), "{older}");
        assert_eq!(older.lines().count(), config.lines().count() + 1);
    }

    #[test]
    fn what_was_made_for_a_package_is_found_in_it_again() {
        let config = "contents:\n  - src: ${MADE}/THIRD-PARTY.gz\n    dst: /usr/share/doc/THIRD-PARTY.gz\n  \
                      - src: LICENSE\n    dst: /usr/share/licenses/LICENSE\n";
        assert_eq!(
            made_files(config),
            [("THIRD-PARTY.gz".to_owned(), "/usr/share/doc/THIRD-PARTY.gz".to_owned())]
        );
    }
}
