//! The crates that a binary was built of, by what `cargo auditable` noted in it, with what cargo knows of each.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand, Package};
use serde::Deserialize;
use xtask::{Failure, Workspace};

use crate::files;

/// Far more than any list of crates needs; a limit for what is unpacked.
const LARGEST_LIST: usize = 8 << 20;

/// One crate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Crate {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Whether its code may be in the binary; else it only took part in the build.
    pub(crate) in_binary: bool,
    /// Whether it comes from crates.io; else it is ours.
    pub(crate) published: bool,
    /// Those that it was built with, by their places in the list.
    pub(crate) dependencies: Vec<usize>,
}

/// What cargo knows of a crate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// An SPDX expression.
    pub(crate) licence: String,
    pub(crate) description: Option<String>,
    pub(crate) repository: Option<String>,
    /// The SHA-256 of its archive at crates.io.
    pub(crate) checksum: Option<String>,
    /// Where its sources are.
    pub(crate) dir: PathBuf,
}

/// What `cargo auditable` writes.
#[derive(Deserialize)]
struct Noted {
    packages: Vec<NotedPackage>,
}

#[derive(Deserialize)]
struct NotedPackage {
    name: String,
    version: String,
    source: String,
    #[serde(default)]
    kind: NotedKind,
    #[serde(default)]
    dependencies: Vec<usize>,
}

#[derive(Default, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum NotedKind {
    Build,
    #[default]
    Runtime,
}

/// All that is known of the crates of the workspace, by name and version.
#[derive(Debug)]
pub(crate) struct Catalogue(BTreeMap<(String, String), Known>);

/// The list that stands in a binary, or why none can be read there.
pub(crate) fn of_binary(binary: &[u8]) -> Result<Vec<Crate>, String> {
    let noted = auditable_info::json_from_slice(binary, LARGEST_LIST)
        .map_err(|error| format!("it does not tell the crates that it was built of: {error}"))?;
    let noted: Noted = serde_json::from_str(&noted)
        .map_err(|error| format!("the list of its crates is not understood: {error}"))?;
    Ok(noted
        .packages
        .into_iter()
        .map(|NotedPackage { name, version, source, kind, dependencies }| Crate {
            name,
            version,
            in_binary: kind == NotedKind::Runtime,
            published: source == "crates.io",
            dependencies,
        })
        .collect())
}

impl Catalogue {
    /// Asks cargo, and reads Cargo.lock, in a checkout.
    pub(crate) fn of(workspace: &Workspace, source: &Path) -> Result<Self, Failure> {
        let told = workspace.cargo("metadata --format-version 1 --locked").dir(source).capture()?;
        let metadata = MetadataCommand::parse(String::from_utf8_lossy(&told)).map_err(|error| {
            Failure::Verdict(format!("what cargo tells of the workspace is not understood: {error}"))
        })?;
        let lock = files::read_text(&source.join("Cargo.lock"))?;
        Ok(Self::new(metadata, &checksums(&lock)))
    }

    fn new(metadata: Metadata, checksums: &BTreeMap<(String, String), String>) -> Self {
        let known = |package: Package| {
            let key = (package.name.to_string(), package.version.to_string());
            let known = Known {
                // Of old, alternatives were parted by a slash.
                licence: package.license.unwrap_or_default().replace('/', " OR "),
                description: package
                    .description
                    .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")),
                repository: package.repository,
                checksum: checksums.get(&key).cloned(),
                dir: package.manifest_path.parent().map(Into::into).unwrap_or_default(),
            };
            (key, known)
        };
        Self(metadata.packages.into_iter().map(known).collect())
    }

    /// What is known of a crate.
    pub(crate) fn get(&self, name: &str, version: &str) -> Result<&Known, Failure> {
        self.0.get(&(name.to_owned(), version.to_owned())).ok_or_else(|| {
            Failure::Verdict(format!(
                "the binary was built of {name} {version}, which this workspace does not know; build it of this checkout"
            ))
        })
    }
}

#[cfg(test)]
impl Catalogue {
    /// The newest version of a crate that the workspace uses.
    pub(crate) fn version(&self, name: &str) -> &str {
        let mut versions = self.0.keys().filter(|(this, _)| this == name);
        versions.next_back().map(|(_, version)| version.as_str()).unwrap()
    }
}

/// The checksum of each crate in Cargo.lock, by name and version.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let value = |block: &str, key: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "))?;
        Some(line.trim_matches('"').to_owned())
    };
    lock.split("[[package]]")
        .filter_map(|block| {
            Some(((value(block, "name")?, value(block, "version")?), value(block, "checksum")?))
        })
        .collect()
}

/// The crates of a binary in a file.
pub(crate) fn of_file(path: &Path) -> Result<Vec<Crate>, Failure> {
    of_binary(&files::read(path)?).map_err(|why| Failure::Verdict(format!("{}: {why}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_lock_file() {
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nchecksum = \"abc\"\n\n\
                    [[package]]\nname = \"ours\"\nversion = \"0.1.0\"\ndependencies = [\n \"a\",\n]\n";
        let expected = BTreeMap::from([(("a".to_owned(), "1.0.0".to_owned()), "abc".to_owned())]);
        assert_eq!(checksums(lock), expected);
    }

    #[test]
    fn a_program_that_tells_no_crates_says_so() {
        let told = of_binary(b"\x7fELF and no more").expect_err("there is no list");
        assert!(told.starts_with("it does not tell the crates that it was built of: "), "{told}");
    }
}
