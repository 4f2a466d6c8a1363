//! Compares two directories file by file, and says where files differ.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use xtask::Failure;

use crate::{elf, files};

/// How many bytes are shown of each file where they begin to differ.
const SHOWN: usize = 48;

/// What came of a comparison.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Comparison {
    /// How many files were compared.
    pub(super) files: usize,
    /// One line or more for every file that differs or is in one directory alone.
    pub(super) differences: Vec<String>,
}

/// Compares every file below two directories.
pub(super) fn directories(one: &Path, other: &Path) -> Result<Comparison, Failure> {
    let (ones, others) = (below(one)?, below(other)?);
    let mut differences = Vec::new();
    for name in ones.union(&others) {
        let shown = name.display();
        match (ones.contains(name), others.contains(name)) {
            (true, true) => differences.extend(file(name, &one.join(name), &other.join(name))?),
            (true, false) => differences.push(format!("  {shown}: only the first build made it")),
            _ => differences.push(format!("  {shown}: only the second build made it")),
        }
    }
    let files = ones.union(&others).count();
    if files == 0 {
        // Two builds of nothing would always be the same.
        differences.push("  neither build made anything".into());
    }
    Ok(Comparison { files, differences })
}

/// Every file below a directory, by its path from there.
fn below(directory: &Path) -> Result<BTreeSet<PathBuf>, Failure> {
    let mut found = BTreeSet::new();
    let mut left = vec![directory.to_owned()];
    while let Some(next) = left.pop() {
        for path in files::list(&next)? {
            if path.is_dir() {
                left.push(path);
            } else {
                found.insert(path.strip_prefix(directory).unwrap_or(&path).to_owned());
            }
        }
    }
    Ok(found)
}

fn file(name: &Path, one: &Path, other: &Path) -> Result<Option<String>, Failure> {
    let (one, other) = (files::read(one)?, files::read(other)?);
    Ok(place(&one, &other).map(|at| told(name, &one, &other, at)))
}

/// Where two files begin to differ.
fn place(one: &[u8], other: &[u8]) -> Option<usize> {
    let common = one.iter().zip(other).position(|(one, other)| one != other);
    common.or_else(|| (one.len() != other.len()).then(|| one.len().min(other.len())))
}

fn told(name: &Path, one: &[u8], other: &[u8], at: usize) -> String {
    let section = elf::section(one, at).map(|name| format!(" in section {name}")).unwrap_or_default();
    let from = at.saturating_sub(SHOWN / 2);
    let shown =
        |bytes: &[u8]| bytes[from.min(bytes.len())..bytes.len().min(from + SHOWN)].escape_ascii().to_string();
    format!(
        "  {}: {} and {} bytes, the first difference at byte {at}{section}\n    first:  {}\n    second: {}",
        name.display(),
        one.len(),
        other.len(),
        shown(one),
        shown(other)
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a directory");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("it has one")).expect("a directory");
            fs::write(path, text).expect("a file");
        }
        folder
    }

    fn compared(one: &[(&str, &str)], other: &[(&str, &str)]) -> Comparison {
        directories(folder(one).path(), folder(other).path()).expect("both can be read")
    }

    #[test]
    fn the_same_files_are_the_same() {
        let files = [("a", "one"), ("b/c", "two")];
        assert_eq!(compared(&files, &files), Comparison { files: 2, differences: vec![] });
    }

    #[test]
    fn whatever_differs_is_named_with_its_place() {
        let one = [("gone", ""), ("same", "x"), ("sub/text", "built in /here/it"), ("cut", "abc")];
        let other = [("new", ""), ("same", "x"), ("sub/text", "built in /there/it"), ("cut", "ab")];
        assert_eq!(
            compared(&one, &other).differences,
            [
                "  cut: 3 and 2 bytes, the first difference at byte 2\n    first:  abc\n    second: ab",
                "  gone: only the first build made it",
                "  new: only the second build made it",
                "  sub/text: 17 and 18 bytes, the first difference at byte 10\n    first:  built in /here/it\n    \
                 second: built in /there/it",
            ]
        );
    }

    #[test]
    fn two_builds_of_nothing_are_no_proof() {
        assert_eq!(compared(&[], &[]).differences, ["  neither build made anything"]);
    }
}
