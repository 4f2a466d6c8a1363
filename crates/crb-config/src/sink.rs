//! Where faults are told, so that reading goes on and none is lost.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    sync::Arc,
};

use crate::{
    fault::{Fault, Severity},
    source::Sources,
    suggest,
    tree::{Map, Span},
};

/// Stands for a value that was refused. Only the sink makes it, so the reason has been told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Told(());

/// A value, or the knowledge that its fault has been told.
pub(crate) type Read<T> = Result<T, Told>;

/// Nobody reads more, and each takes a screen's worth of text.
const MAX_FAULTS: usize = 1_000;

/// Collects the faults of one configuration, whichever of its files they are in.
pub(crate) struct Sink {
    sources: Arc<Sources>,
    faults: RefCell<Vec<Fault>>,
    /// How many faults were told when there was no more room, and whether any of them is an error.
    left_out: Cell<(usize, bool)>,
    sections: RefCell<Vec<ReadSection>>,
}

/// What is left of a section that has been read: the keys it could have had, and those that nobody asked for.
struct ReadSection {
    path: String,
    known: Vec<&'static str>,
    unknown: Vec<(String, Span)>,
}

impl Sink {
    pub(crate) fn new(sources: Arc<Sources>) -> Self {
        Self { sources, faults: RefCell::default(), left_out: Cell::default(), sections: RefCell::default() }
    }

    /// The text that places are places of.
    pub(crate) fn text(&self) -> &str {
        self.sources.text()
    }

    /// Tells why a value is refused.
    pub(crate) fn refuse(&self, fault: Fault) -> Told {
        self.tell(fault);
        Told(())
    }

    /// Tells of a fault in whose stead there is no value to return.
    pub(crate) fn tell(&self, fault: Fault) {
        let mut faults = self.faults.borrow_mut();
        if faults.len() < MAX_FAULTS {
            faults.push(fault.within(&self.sources));
        } else {
            let (count, refused) = self.left_out.get();
            self.left_out.set((count + 1, refused || fault.severity() == Severity::Error));
        }
    }

    /// Remembers which keys of a section were asked for. The others are told at the end, when all sections
    /// are known and a key in the wrong one can be sent to the right one.
    pub(crate) fn close(&self, path: &str, mut known: Vec<&'static str>, map: Option<&Map>) {
        known.dedup();
        let given = map.map_or(&[][..], |map| &map.entries);
        let unknown = given.iter().filter(|entry| !known.contains(&entry.key.as_str()));
        let unknown = unknown.map(|entry| (entry.key.clone(), entry.key_span)).collect();
        self.sections.borrow_mut().push(ReadSection { path: path.to_owned(), known, unknown });
    }

    /// All faults in the order of the files, and whether any of them is an error.
    pub(crate) fn finish(self) -> (Vec<Fault>, bool) {
        self.tell_unknown_keys();
        let mut faults = self.faults.into_inner();
        faults.sort_by_key(Fault::offset);
        let (count, refused) = self.left_out.get();
        if count > 0 {
            let fault = if refused { Fault::error } else { Fault::warning };
            let fault = fault("config::too_many_faults", format!("{count} more faults are not shown"));
            faults.push(fault.advise("mend these first"));
        }
        let refused = faults.iter().any(|fault| fault.severity() == Severity::Error);
        (faults, refused)
    }

    fn tell_unknown_keys(&self) {
        let sections = self.sections.borrow();
        let homes = homes(&sections);
        for section in &*sections {
            for (key, span) in &section.unknown {
                // To look for what was meant takes time, which is lost on what is not shown.
                let near = if self.faults.borrow().len() < MAX_FAULTS {
                    suggest::nearest(key, section.known.iter().copied())
                } else {
                    None
                };
                let hint = match (homes.get(key.as_str()).copied().flatten(), near) {
                    _ if key.starts_with(char::is_whitespace) => {
                        "indent with plain blanks: these are of another kind".to_owned()
                    }
                    (Some(""), _) => format!("`{key}` belongs to the outermost level"),
                    (Some(home), _) => format!("`{key}` belongs under `{home}`"),
                    (None, Some(near)) => format!("did you mean `{near}`?"),
                    (None, None) if section.path.is_empty() => "remove it".to_owned(),
                    (None, None) => format!("the keys here are {}", suggest::list(&section.known, "and")),
                };
                let place = if section.path.is_empty() {
                    String::new()
                } else {
                    format!(" under `{}`", section.path)
                };
                let fault = Fault::error("config::unknown_key", format!("unknown key `{key}`{place}"));
                self.tell(fault.at(*span, "nothing reads this").advise(hint));
            }
        }
    }
}

/// For each key the only section that has it, if there is just one. The items of a list are the same section.
fn homes(sections: &[ReadSection]) -> HashMap<&str, Option<&str>> {
    let mut homes = HashMap::new();
    for section in sections {
        let path = section.path.split('[').next().unwrap_or_default();
        for key in &section.known {
            let home = homes.entry(*key).or_insert(Some(path));
            *home = home.filter(|home| *home == path);
        }
    }
    homes
}
