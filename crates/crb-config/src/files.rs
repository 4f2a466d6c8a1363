//! The files of a configuration: itself, and `config.d/*.yaml` beside it in the order of their names.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    io::{self, Read as _},
    os::unix::{ffi::OsStrExt as _, fs::FileTypeExt as _},
    path::Path,
};

use crate::{fault::Fault, source::Document, trust};

/// A thousand times what a configuration needs, all files together.
const MAX_BYTES: u64 = 4 << 20;

/// The directory beside it.
const FRAGMENTS: &str = "config.d";

/// What to do where there is no file, and where there is something else than could be read.
struct Remedies {
    absent: &'static str,
    other: &'static str,
}

const OF_CONFIGURATION: Remedies =
    Remedies { absent: "create the file, or name another one with --config FILE", other: "name a YAML file" };
const OF_DIRECTORY: Remedies =
    Remedies { absent: "create the directory", other: "make it a directory, or remove it" };
const OF_FRAGMENT: Remedies = Remedies {
    absent: "remove the link, or put its target there",
    other: "put a YAML file in its place, or remove it",
};

/// What was found of a configuration.
#[derive(Default)]
pub(crate) struct Found {
    /// The files that could be read, each lying over those before it.
    pub(crate) documents: Vec<Document>,
    /// The documents that are not UTF-8, by their index, and how many bytes of each are.
    pub(crate) not_utf8: Vec<(usize, usize)>,
    /// What is wrong with files as a whole.
    pub(crate) faults: Vec<Fault>,
    bytes: u64,
}

/// Reads the configuration at `path` and what lies in `config.d` beside it.
pub(crate) fn read(path: &Path) -> Found {
    let mut found = Found::default();
    let configuration = open(path);
    found.take(path, configuration, &OF_CONFIGURATION);

    let directory = path.with_file_name(FRAGMENTS);
    match names(&directory) {
        Ok(names) => names.iter().for_each(|name| found.fragment(&directory.join(name))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return found,
        Err(error) => found.faults.push(unreadable(&directory, &error, &OF_DIRECTORY)),
    }
    found.check_trust(&directory, fs::metadata(&directory));
    found
}

/// The names in a directory, sorted, without those of hidden files.
fn names(directory: &Path) -> io::Result<Vec<OsString>> {
    let names: io::Result<Vec<_>> =
        fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.file_name())).collect();
    let mut names = names?;
    names.retain(|name| !name.as_bytes().starts_with(b"."));
    names.sort();
    Ok(names)
}

impl Found {
    /// These documents, with nothing wrong with their files.
    pub(crate) fn of(documents: Vec<Document>) -> Self {
        Self { documents, ..Self::default() }
    }

    fn fragment(&mut self, path: &Path) {
        match path.extension().map(OsStr::as_bytes) {
            Some(b"yaml") => {}
            Some(b"yml") => {
                let fault =
                    Fault::warning("config::fragment_ignored", format!("{} is not read", path.display()));
                let hint = format!("rename it to {}, or remove it", path.with_extension("yaml").display());
                return self.faults.push(fault.advise(hint));
            }
            _ => return,
        }
        let file = open(path);
        if let Ok(file) = &file {
            self.check_trust(path, file.metadata());
        }
        self.take(path, file, &OF_FRAGMENT);
    }

    /// Whoever writes a fragment says which commands run as the daemon's user.
    fn check_trust(&mut self, path: &Path, metadata: io::Result<fs::Metadata>) {
        let Some(distrust) = metadata.ok().as_ref().and_then(trust::of) else { return };
        self.faults.push(match distrust {
            trust::Distrust::Writable => distrust.fault("config::fragment_writable_by_others", path),
            trust::Distrust::Owned { .. } => distrust.fault("config::fragment_owned_by_other", path),
        });
    }

    /// Takes what stands in a file, as long as there is room for it.
    fn take(&mut self, path: &Path, file: io::Result<File>, remedies: &Remedies) {
        let room = MAX_BYTES - self.bytes;
        let bytes = match file.and_then(|file| first_bytes(file, room + 1)) {
            Ok(bytes) if bytes.len() as u64 > room => return self.faults.push(too_large(path)),
            Ok(bytes) => bytes,
            Err(error) => return self.faults.push(unreadable(path, &error, remedies)),
        };
        self.bytes += bytes.len() as u64;
        let text = String::from_utf8(bytes).unwrap_or_else(|error| {
            self.not_utf8.push((self.documents.len(), error.utf8_error().valid_up_to()));
            // What is not UTF-8 becomes one replacement character.
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        });
        self.documents.push(Document { name: path.display().to_string(), text });
    }
}

/// Opens a file to be read, and nothing else: a pipe would wait for its other side, and a device need not end.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let kind = fs::metadata(path)?.file_type();
    if kind.is_file() {
        return File::open(path);
    }
    let what = match kind {
        kind if kind.is_dir() => "a directory",
        kind if kind.is_fifo() => "a pipe",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    };
    Err(io::Error::other(format!("it is {what}")))
}

fn first_bytes(file: File, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn too_large(path: &Path) -> Fault {
    let shown = path.display();
    let size = fs::metadata(path).map_or_else(|_| String::new(), |file| format!(" ({} bytes)", file.len()));
    let limit = format!("at most {} MiB are read, all files of a configuration together", MAX_BYTES >> 20);
    Fault::error("config::file_too_large", format!("{shown} is too large{size}: {limit}"))
        .advise("look whether this is the right file, and take out what is no configuration")
}

fn unreadable(path: &Path, error: &io::Error, remedies: &Remedies) -> Fault {
    let fault = Fault::error("config::unreadable", format!("cannot read {}: {error}", path.display()));
    match error.kind() {
        io::ErrorKind::NotFound => fault.advise(remedies.absent),
        io::ErrorKind::PermissionDenied => fault.advise("run as a user who may read it"),
        _ => fault.advise(remedies.other),
    }
}
