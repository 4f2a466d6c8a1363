//! From a file to settings.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
    sync::Arc,
};

use jiff::tz::TimeZone;
use miette::NamedSource;

use crate::{
    elements,
    fault::{Fault, Faults},
    read::Section,
    settings::Settings,
    sink::Sink,
    tree::Span,
    yaml,
};

/// A thousand times what a configuration needs.
const MAX_BYTES: u64 = 4 << 20;

/// What a configuration may refer to and does not say itself.
#[derive(Debug, Clone)]
pub struct LoadContext {
    /// The system's host name, which `node_name: "@hostname"` stands for.
    pub hostname: String,
    /// The system's time zone, whose civil time the windows mean without a `timezone` of their own.
    pub zone: TimeZone,
}

/// A configuration that keeps all rules, and what its operator should know of it nevertheless.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// The warnings, in the order of the file.
    pub warnings: Vec<Fault>,
}

/// Loads the configuration from the file at `path`.
///
/// # Errors
///
/// All that is wrong with it, at once. A file that cannot be read is a fault as well.
pub fn load(path: &Path, context: &LoadContext) -> Result<Loaded, Faults> {
    let name = path.display().to_string();
    let bytes = read(path).map_err(|error| {
        let fault = Fault::error("config::unreadable", format!("cannot read {name}: {error}"));
        Faults(vec![match error.kind() {
            io::ErrorKind::NotFound => {
                fault.advise("create the file, or name another one with --config FILE")
            }
            io::ErrorKind::PermissionDenied => fault.advise("run as a user who may read it"),
            _ => fault.advise("name a YAML file"),
        }])
    })?;
    match String::from_utf8(bytes) {
        Ok(text) => parse(&name, text, context),
        Err(error) => Err(Faults(vec![not_utf8(&name, &error)])),
    }
}

/// Parses the text of the configuration; `name` is what the faults call it.
///
/// The files that it names are looked at all the same.
///
/// # Errors
///
/// All that is wrong with it, at once.
pub fn parse(name: &str, text: String, context: &LoadContext) -> Result<Loaded, Faults> {
    let sink = Sink::new(Arc::new(NamedSource::new(name, text)));
    let settings =
        yaml::tree(&sink).and_then(|tree| Section::root(&sink, &tree, |root| elements::read(root, context)));
    let (faults, refused) = sink.finish();
    match settings {
        Ok(settings) if !refused => Ok(Loaded { settings, warnings: faults }),
        _ => Err(Faults(faults)),
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other(format!("more than {} MiB", MAX_BYTES >> 20)));
    }
    Ok(bytes)
}

fn not_utf8(name: &str, error: &std::string::FromUtf8Error) -> Fault {
    let start = error.utf8_error().valid_up_to();
    // What is not UTF-8 becomes one replacement character of three bytes.
    let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
    Fault::error("config::not_utf8", "configuration is not UTF-8")
        .at(Span { start, end: start + '\u{fffd}'.len_utf8() }, "up to here it is")
        .advise("save the file as UTF-8")
        .within(&Arc::new(NamedSource::new(name, text)))
}
