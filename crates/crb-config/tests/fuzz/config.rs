//! What must hold of a configuration, whatever is written: the fuzzer and the tests both call this.

use std::{collections::BTreeSet, fs, io, time::Duration};

use crb_config::{
    Document, Fault, Faults, Letters, LoadContext, Loaded, Settings, Severity, load, parse, parse_all, render,
};
use jiff::tz::TimeZone;
use tempfile::TempDir;

use crate::{windows, written::written};

/// Between the bytes of one file and those of the next: of all configurations, no YAML has it.
const BETWEEN_FILES: u8 = 0x1e;

const CONFIGURATION: &str = "config.yaml";

/// Columns to wrap at.
const WIDTH: usize = 80;

/// Takes bytes as a configuration and, behind each separator, a file of `config.d`.
pub(crate) fn answer(bytes: &[u8]) {
    let files: Vec<&[u8]> = bytes.split(|byte| *byte == BETWEEN_FILES).collect();
    let load = loader(&files);
    let first = load();
    // Colours change what is drawn, and nothing of what is said: once is enough.
    assert!(
        first
            .as_ref()
            .map_or_else(|faults| !render(faults, Letters::Unicode, true, WIDTH).is_empty(), |_| true)
    );
    match &first {
        Ok(loaded) => check_settings(loaded, files.len()),
        Err(faults) => {
            assert!(
                faults.iter().any(|fault| fault.severity() == Severity::Error),
                "refused without a reason"
            );
            faults.iter().for_each(check_fault);
        }
    }
    assert_eq!(told(&first), told(&load()), "told otherwise at the second time");
}

fn context() -> LoadContext {
    LoadContext { hostname: "web-1.example".to_owned(), zone: TimeZone::UTC }
}

/// Loads the files as often as it is called. Texts are parsed as they are; what is none can come from a file alone.
fn loader(files: &[&[u8]]) -> Box<dyn Fn() -> Result<Loaded, Faults>> {
    let document = |(index, file): (usize, &&[u8])| {
        let text = str::from_utf8(file).ok()?.to_owned();
        Some(Document { name: format!("{index}.yaml"), text })
    };
    let documents: Option<Vec<_>> = files.iter().enumerate().map(document).collect();
    if let Some(documents) = documents {
        return Box::new(move || parse_all(documents.clone(), &context()));
    }
    let directory = put(files).expect("there is room for a few small files");
    Box::new(move || load(&directory.path().join(CONFIGURATION), &context()))
}

/// Puts the first file into a directory, and the others beside it into `config.d`.
fn put(files: &[&[u8]]) -> io::Result<TempDir> {
    let directory = tempfile::tempdir()?;
    let fragments = directory.path().join("config.d");
    fs::create_dir(&fragments)?;
    for (index, file) in files.iter().enumerate() {
        let fragment = fragments.join(format!("{index:09}.yaml"));
        fs::write(if index == 0 { directory.path().join(CONFIGURATION) } else { fragment }, file)?;
    }
    Ok(directory)
}

/// All that a person is told, by which two answers can be compared.
fn told(answer: &Result<Loaded, Faults>) -> (String, String) {
    let (what, faults): (_, Vec<_>) = match answer {
        Ok(loaded) => (format!("{:?}", loaded.settings), loaded.warnings.iter().collect()),
        Err(faults) => (faults.to_string(), faults.iter().collect()),
    };
    let plain = render(faults.iter().copied(), Letters::Unicode, false, WIDTH);
    assert_eq!(plain.is_empty(), faults.is_empty());
    (what, plain)
}

fn check_fault(fault: &Fault) {
    assert!(fault.code().starts_with("config::"), "{fault:?}");
    assert!(fault.hint().is_some_and(|hint| !hint.is_empty()), "{fault} has no hint");
    if let Some((_, line, column)) = fault.position() {
        assert!(line > 0 && column > 0, "{fault} is at {line}:{column}");
    }
}

fn check_settings(loaded: &Loaded, files: usize) {
    assert_eq!(loaded.files.len(), files);
    for warning in &loaded.warnings {
        assert_eq!(warning.severity(), Severity::Warning, "{warning}");
        check_fault(warning);
    }
    let settings = &loaded.settings;
    check_rules(settings);
    windows::check(&settings.windows);

    let text = written(settings);
    let again = parse("written.yaml", text.clone(), &context());
    let again =
        again.unwrap_or_else(|faults| panic!("{text}\n{}", render(&faults, Letters::Unicode, false, WIDTH)));
    assert_eq!(&again.settings, settings, "{text}");
}

/// The rules of the reference, of what is given and of defaults alike.
fn check_rules(settings: &Settings) {
    let second = Duration::from_secs(1);
    let positive = [
        settings.check_interval,
        settings.backoff_min,
        settings.health.timeout,
        settings.health.publish_interval,
        settings.etcd.timeout,
        settings.lock.ttl,
        settings.reboot.timeout,
        settings.reboot.command_timeout,
    ];
    assert!(positive.iter().all(|duration| *duration >= second), "{settings:?}");
    assert!(settings.backoff_max >= settings.backoff_min, "{settings:?}");
    assert!(settings.lock.ttl > settings.health.timeout, "{settings:?}");
    assert!(settings.presence_ttl >= 10 * second, "{settings:?}");
    assert!(settings.max_concurrent_reboots >= 1, "{settings:?}");
    assert!(settings.history_keep.is_none_or(|keep| !keep.is_zero()), "{settings:?}");
    assert!(!settings.lock.key.trim_matches(['/', ' ']).is_empty(), "{settings:?}");
    assert!(!settings.etcd.endpoints.is_empty(), "{settings:?}");
    assert!(settings.etcd.endpoints.iter().all(|url| url.contains("://")), "{settings:?}");
    assert!(settings.health.script.is_absolute(), "{settings:?}");
    assert!(
        settings.reboot.command.first().is_some_and(|program| !program.trim().is_empty()),
        "{settings:?}"
    );
    let fraction = settings.policy.min_healthy_fraction;
    assert!(fraction.is_none_or(|fraction| fraction > 0.0 && fraction <= 1.0), "{settings:?}");
    let names: BTreeSet<_> = settings.detectors.iter().map(|detector| &detector.name).collect();
    assert!(!names.is_empty() && names.len() == settings.detectors.len(), "{settings:?}");
}
