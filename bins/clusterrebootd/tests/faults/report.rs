//! Cases side by side, a line for each, and a verdict on all.

use std::any::Any;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

/// What came of a case that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It came to what it must come to.
    Held,
    /// It could not be tried here.
    Skipped(String),
}

/// Runs every case whose name has `CRB_FAULTS` in it, so many at once, and panics with all that failed. What came of
/// each is printed, and written to the file that `CRB_FAULTS_REPORT` names, if any.
#[allow(clippy::disallowed_methods, reason = "how long a case takes is told")]
pub(crate) fn run<T: Sync>(
    at_once: usize,
    cases: &[T],
    name: impl Fn(&T) -> String + Sync,
    case: impl Fn(&T) -> Verdict + Sync,
) {
    let filter = std::env::var("CRB_FAULTS").unwrap_or_default();
    let chosen = cases.iter().filter(|case| name(case).contains(&filter));
    let waiting = Mutex::new(chosen);
    let report = Mutex::new(report_file());
    let failures = Mutex::new(String::new());
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some(this) = next() {
                    let (name, began) = (name(this), Instant::now());
                    let outcome = catch_unwind(AssertUnwindSafe(|| case(this)));
                    let verdict = match &outcome {
                        Ok(Verdict::Held) => "held".to_owned(),
                        Ok(Verdict::Skipped(why)) => format!("SKIPPED: {why}"),
                        Err(_) => "FAILED".to_owned(),
                    };
                    let line = format!("{name:<28} {:>6.1} s  {verdict}", began.elapsed().as_secs_f32());
                    println!("{line}");
                    if let Some(file) = &mut *report.lock().unwrap_or_else(PoisonError::into_inner) {
                        writeln!(file, "{line}").expect("the report");
                    }
                    if let Err(panic) = outcome {
                        let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
                        // Writing to a string cannot fail.
                        let _ = write!(failures, "\n== {name}: {}\n", said(&*panic));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    assert!(failures.is_empty(), "{failures}");
}

#[allow(clippy::disallowed_methods, reason = "this file owns what the environment says of the cases")]
fn report_file() -> Option<File> {
    let path = std::env::var_os("CRB_FAULTS_REPORT")?;
    Some(File::options().create(true).append(true).open(path).expect("the report"))
}

fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked without a word")
}
