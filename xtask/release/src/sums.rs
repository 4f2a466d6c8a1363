//! SHA256SUMS and SHA512SUMS: the checksums of everything in a directory, as `sha256sum --check` reads them.

use std::path::Path;

use xtask::Failure;

use crate::digest::{sha256, sha512};
use crate::files;

/// A list of checksums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sums {
    Sha256,
    Sha512,
}

impl Sums {
    pub(crate) const ALL: [Self; 2] = [Self::Sha256, Self::Sha512];

    /// The name of the file.
    pub(crate) const fn file(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA256SUMS",
            Self::Sha512 => "SHA512SUMS",
        }
    }

    /// How many hexadecimal digits a checksum has.
    pub(crate) const fn digits(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Sha512 => 128,
        }
    }

    /// The checksum of some content.
    pub(crate) fn of(self, content: &[u8]) -> String {
        match self {
            Self::Sha256 => sha256(content),
            Self::Sha512 => sha512(content),
        }
    }

    /// Writes the checksums of these files of a directory, sorted by their names.
    pub(crate) fn write(self, dir: &Path, names: &[String]) -> Result<(), Failure> {
        let mut names = names.to_vec();
        names.sort();
        let line = |name: &String| Ok(format!("{}  {name}\n", self.of(&files::read(&dir.join(name))?)));
        let text = names.iter().map(line).collect::<Result<String, Failure>>()?;
        files::write(&dir.join(self.file()), text)
    }
}
