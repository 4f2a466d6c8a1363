//! What stands in the files that secure the way to etcd. Whoever speaks TLS can tell it, and is asked; here it becomes
//! faults with places.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::{
    fault::{Fault, Severity},
    read::Slot,
    settings::TlsSettings,
    sink::{Read, Told},
};

/// Files that belong together, each of which could be read.
#[derive(Debug, Clone, Copy)]
pub enum EtcdFiles<'a> {
    /// Those of `etcd_tls`.
    Tls(&'a TlsSettings),
    /// That of `etcd_auth`.
    Password(&'a Path),
}

/// Tells what is wrong with the content of files, or with who may read them.
pub type Inspect<'a> = dyn Fn(&EtcdFiles<'_>) -> Vec<FileFault> + 'a;

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFault {
    /// The file.
    pub file: PathBuf,
    /// What it is.
    pub problem: FileProblem,
    /// Whether the configuration can be used nevertheless.
    pub severity: Severity,
}

/// What can be wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileProblem {
    /// It holds a secret that other users may read, or may replace.
    Exposed,
    /// It does not hold what it should: the words say what follows its name, such as "is not PEM".
    Unusable(String),
    /// Its certificate cannot be used any more.
    Expired {
        /// Its last second.
        on: Timestamp,
    },
    /// Its certificate cannot be used yet.
    NotYetValid {
        /// Its first second.
        from: Timestamp,
    },
}

impl FileFault {
    fn fault(&self) -> Fault {
        let shown = self.file.display();
        let (code, message, hint) = match &self.problem {
            FileProblem::Exposed => (
                "config::secret_exposed",
                format!("{shown} can be read or written by other users"),
                format!("run `chmod g-w,o= {shown}`, and change what it holds if they may have read it"),
            ),
            FileProblem::Unusable(reason) => (
                "config::etcd_file_unusable",
                format!("{shown} {reason}"),
                "put the right file there, or write the path of another".to_owned(),
            ),
            FileProblem::Expired { on } => (
                "config::certificate_expired",
                format!("the certificate in {shown} expired on {on}"),
                "put a new one there, with its key: a daemon that runs takes it by itself".to_owned(),
            ),
            FileProblem::NotYetValid { from } => (
                "config::certificate_not_yet_valid",
                format!("the certificate in {shown} is valid only from {from} on"),
                "see whether the clock of this machine is right".to_owned(),
            ),
        };
        let fault = match self.severity {
            Severity::Error => Fault::error(code, message),
            Severity::Warning => Fault::warning(code, message),
        };
        fault.advise(hint)
    }
}

/// Tells `faults`, each where its file is named in `slots`.
pub(crate) fn tell(faults: Vec<FileFault>, slots: &[Slot<'_>]) -> Read<()> {
    let mut told: Option<Told> = None;
    for fault in faults {
        let names =
            |slot: &&Slot<'_>| slot.text().is_ok_and(|text| text.map(Path::new) == Some(&*fault.file));
        // The last one, should two keys name one file: it is the key's, which has the stricter rules.
        let Some(slot) = slots.iter().rev().find(names).or(slots.last()) else { continue };
        match fault.severity {
            Severity::Error => told = Some(slot.refuse(fault.fault(), "")),
            Severity::Warning => slot.tell(fault.fault(), ""),
        }
    }
    told.map_or(Ok(()), Err)
}
