//! From files to settings.

use std::{path::Path, rc::Rc, sync::Arc};

use jiff::tz::TimeZone;

use crate::{
    elements,
    fault::{Fault, Faults, Severity},
    files::{self, Found},
    inspect::Inspect,
    merge,
    read::{Section, all},
    settings::Settings,
    sink::{Read, Sink},
    source::{Document, Sources},
    tree::{Node, Span},
    yaml,
};

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
    /// The warnings, in the order of the files.
    pub warnings: Vec<Fault>,
    /// The names of the files that it was read from: the configuration itself, then those laid over it.
    pub files: Vec<String>,
}

/// Loads the configuration from the file at `path`, with the files `config.d/*.yaml` beside it laid over it in
/// the order of their names.
///
/// # Errors
///
/// All that is wrong with it, at once. A file that cannot be read is a fault as well, and so is one of
/// `config.d` that another user could have written.
pub fn load(path: &Path, context: &LoadContext) -> Result<Loaded, Faults> {
    load_inspecting(path, context, &|_| vec![])
}

/// The same, and asks `inspect` what is wrong with the content of the files that secure the way to etcd.
///
/// # Errors
///
/// All that is wrong with the configuration and with those files, at once.
pub fn load_inspecting(path: &Path, context: &LoadContext, inspect: &Inspect<'_>) -> Result<Loaded, Faults> {
    settings(files::read(path), context, inspect)
}

/// Parses the text of a configuration; `name` is what the faults call it.
///
/// The files that it names are looked at all the same.
///
/// # Errors
///
/// All that is wrong with it, at once.
pub fn parse(name: &str, text: String, context: &LoadContext) -> Result<Loaded, Faults> {
    parse_all(vec![Document { name: name.to_owned(), text }], context)
}

/// Parses the texts of a configuration, each laid over those before it: maps are merged key by key, while lists
/// and single values replace what was there.
///
/// # Errors
///
/// All that is wrong with it, at once.
pub fn parse_all(documents: Vec<Document>, context: &LoadContext) -> Result<Loaded, Faults> {
    settings(Found::of(documents), context, &|_| vec![])
}

fn settings(found: Found, context: &LoadContext, inspect: &Inspect<'_>) -> Result<Loaded, Faults> {
    let Found { documents, not_utf8, faults, .. } = found;
    let sources = Arc::new(Sources::new(documents));
    let sink = Sink::new(Arc::clone(&sources));
    // Where a file is missing, whatever else is missing may stand in it: the others are only parsed.
    let whole = all(faults.into_iter().map(|fault| match fault.severity() {
        Severity::Error => Err(sink.refuse(fault)),
        Severity::Warning => {
            sink.tell(fault);
            Ok(())
        }
    }));
    let trees = all(sources.files().enumerate().map(|(index, file)| {
        match not_utf8.iter().find(|(document, _)| *document == index) {
            Some((_, valid)) => Err(sink.refuse(not_utf8_at(file.start + valid))),
            None => yaml::tree(&sink, file),
        }
    }));
    let settings = whole.and(trees).and_then(|trees| read(&sink, trees, context, inspect));
    let (faults, refused) = sink.finish();
    match settings {
        Ok(settings) if !refused => {
            Ok(Loaded { settings, warnings: faults, files: sources.names().map(str::to_owned).collect() })
        }
        _ => Err(Faults(faults)),
    }
}

fn read(sink: &Sink, trees: Vec<Rc<Node>>, context: &LoadContext, inspect: &Inspect<'_>) -> Read<Settings> {
    let tree = merge::fold(sink, trees)?;
    Section::root(sink, &tree, |root| elements::read(root, context, inspect))
}

fn not_utf8_at(start: usize) -> Fault {
    Fault::error("config::not_utf8", "configuration is not UTF-8")
        .at(Span { start, end: start + '\u{fffd}'.len_utf8() }, "up to here it is")
        .advise("save the file as UTF-8")
}
