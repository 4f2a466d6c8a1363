//! Loads the configuration for a command, and tells what is wrong with it.

use std::path::Path;

use crb_config::{
    EtcdFiles, Faults, FileFault, FileProblem, LoadContext, Loaded, Severity, load_inspecting, render,
};
use crb_decide::ExitCode;
use crb_store::etcd::{SettingsError, Validity, examine};
use jiff::Timestamp;

use crate::compose::tls_settings;
use crate::output;
use crate::system::{self, System};

/// The configuration at `path`; its faults are printed. A certificate that cannot be used today is no fault: a daemon
/// takes the one that comes after it, and a clock may be wrong.
pub(crate) fn read(path: &Path, system: &System) -> Result<Loaded, ExitCode> {
    read_with(Severity::Warning, path, system)
}

/// The same, and a certificate that cannot be used today is a fault.
pub(crate) fn read_strictly(path: &Path, system: &System) -> Result<Loaded, ExitCode> {
    read_with(Severity::Error, path, system)
}

fn read_with(dates: Severity, path: &Path, system: &System) -> Result<Loaded, ExitCode> {
    load_with(dates, path, &system.hostname).map_err(|faults| {
        output::complaint(&render(faults.iter(), system.letters, system.colour_err(), system.width));
        ExitCode::InvalidConfiguration
    })
}

/// The configuration at `path`, for a daemon that runs.
pub(crate) fn load(path: &Path, hostname: &str) -> Result<Loaded, Faults> {
    load_with(Severity::Warning, path, hostname)
}

fn load_with(dates: Severity, path: &Path, hostname: &str) -> Result<Loaded, Faults> {
    let context = LoadContext { hostname: hostname.to_owned(), zone: system::zone() };
    let now = system::clock()();
    load_inspecting(path, &context, &|files| inspect(files, dates, now))
}

/// What is wrong with the content of files.
fn inspect(files: &EtcdFiles<'_>, dates: Severity, now: Timestamp) -> Vec<FileFault> {
    let (faults, validity) = match files {
        EtcdFiles::Tls(tls) => examine(Some(&tls_settings(tls)), None),
        EtcdFiles::Password(file) => examine(None, Some(file)),
    };
    let mut told: Vec<FileFault> = faults.into_iter().filter_map(fault).collect();
    if let (EtcdFiles::Tls(tls), Some(problem)) = (files, validity.and_then(|validity| at(now, validity))) {
        told.push(FileFault { file: tls.cert_file.clone(), problem, severity: dates });
    }
    told
}

fn fault(error: SettingsError) -> Option<FileFault> {
    let (file, problem) = match error {
        SettingsError::Exposed { file } => (file, FileProblem::Exposed),
        SettingsError::Content { file, reason } => (file, FileProblem::Unusable(reason)),
        SettingsError::Unreadable { file, source } => {
            (file, FileProblem::Unusable(format!("cannot be read: {source}")))
        }
        // These are no faults of a file.
        SettingsError::NoEndpoints | SettingsError::Endpoint { .. } => return None,
    };
    Some(FileFault { file, problem, severity: Severity::Error })
}

/// Why a certificate cannot be used at a time.
fn at(now: Timestamp, Validity { from, until }: Validity) -> Option<FileProblem> {
    if now > until {
        Some(FileProblem::Expired { on: until })
    } else if now < from {
        Some(FileProblem::NotYetValid { from })
    } else {
        None
    }
}
