//! The log: events as lines on a writer.

use std::io::Write;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::changes::Changes;
use crate::event::{Event, Sink};
use crate::format::Format;
use crate::level::Level;
use crate::project;
use crate::record::{Fields, Record};

/// Writes events as lines, from a level on.
///
/// What repeats an unchanged outcome is of level `debug`, whatever it was the first time. A line that
/// cannot be written is lost, and nothing else: the daemon has better things to do than to fail over it.
/// The next line that can be written is preceded by one that says how many were lost (`lines_lost`).
/// Over a writer that may stall, such as a pipe, put a [`Background`](crate::Background) between.
#[derive(Debug)]
pub struct Lines<W> {
    output: Mutex<Output<W>>,
    format: Format,
    threshold: AtomicU8,
    changes: Changes,
}

#[derive(Debug)]
struct Output<W> {
    writer: W,
    lost: u64,
}

impl<W: Write + Send> Lines<W> {
    /// Writes what is of `threshold` or above.
    pub fn new(writer: W, format: Format, threshold: Level) -> Self {
        Self {
            output: Mutex::new(Output { writer, lost: 0 }),
            format,
            threshold: AtomicU8::new(threshold as u8),
            changes: Changes::default(),
        }
    }

    /// The writer, with all that was written to it.
    pub fn into_writer(self) -> W {
        self.output.into_inner().unwrap_or_else(PoisonError::into_inner).writer
    }

    /// Writes what is of `threshold` or above from now on.
    pub fn set_threshold(&self, threshold: Level) {
        self.threshold.store(threshold as u8, Ordering::Relaxed);
    }

    /// Whether a record of this level would be written.
    pub fn is_written(&self, level: Level) -> bool {
        level as u8 >= self.threshold.load(Ordering::Relaxed)
    }

    /// Writes a record, if its level is high enough.
    pub fn write(&self, record: &Record) {
        if !self.is_written(record.level) {
            return;
        }
        let mut line = self.format.line(record);
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        if output.lost > 0 {
            line.insert_str(0, &self.format.line(&lost(record, output.lost)));
        }
        match output.writer.write_all(line.as_bytes()).and_then(|()| output.writer.flush()) {
            Ok(()) => output.lost = 0,
            Err(_) => output.lost += 1,
        }
    }
}

fn lost(next: &Record, lines: u64) -> Record {
    Record {
        ts: next.ts,
        level: Level::Warn,
        node: next.node.clone(),
        component: "log",
        event: "lines_lost",
        message: Some(format!("{lines} lines could not be written")),
        fields: Fields::default().with("lines", lines),
    }
}

impl<W: Write + Send> Sink for Lines<W> {
    fn take(&self, event: &Event) {
        let repeats = self.changes.is_repeat(event);
        if let Some(mut record) = project::record(event) {
            if repeats {
                record.level = Level::Debug;
            }
            self.write(&record);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use crb_decide::Reason;

    use super::*;
    use crate::samples::{event, outcome, store_failed};

    fn written(lines: Lines<Vec<u8>>) -> Vec<String> {
        String::from_utf8(lines.into_writer()).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn writes_from_the_threshold_on_and_follows_when_it_moves() {
        let lines = Lines::new(vec![], Format::Json, Level::Warn);
        lines.take(&event(outcome(Reason::NoRebootRequired)));
        lines.take(&event(outcome(store_failed())));
        lines.set_threshold(Level::Info);
        lines.take(&event(outcome(Reason::Ready)));

        let log = written(lines);
        assert_eq!(log.len(), 2, "{log:?}");
        assert!(
            log[0].contains(r#""level":"warn""#) && log[0].contains(r#""reason":"store_failed""#),
            "{log:?}"
        );
        assert!(log[1].contains(r#""level":"info""#) && log[1].contains(r#""status":"ready""#), "{log:?}");
    }

    #[test]
    fn a_repeat_is_a_matter_for_debug() {
        for (threshold, expected) in [(Level::Info, 1), (Level::Debug, 3)] {
            let lines = Lines::new(vec![], Format::Json, threshold);
            for _ in 0..3 {
                lines.take(&event(outcome(store_failed())));
            }
            let log = written(lines);
            assert_eq!(log.len(), expected, "{threshold}: {log:?}");
            assert!(log.iter().skip(1).all(|line| line.contains(r#""level":"debug""#)), "{log:?}");
        }
    }

    #[test]
    fn a_writer_that_fails_is_borne_and_what_was_lost_is_told_when_it_works_again() {
        #[derive(Default)]
        struct Flaky {
            failures: u32,
            written: Vec<u8>,
        }
        impl Write for Flaky {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                if self.failures == 0 {
                    return self.written.write(bytes);
                }
                self.failures -= 1;
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let lines = Lines::new(Flaky { failures: 2, ..Flaky::default() }, Format::Text, Level::Info);
        for reason in [Reason::NoRebootRequired, store_failed(), Reason::Ready, Reason::LockSkipped] {
            lines.take(&event(outcome(reason)));
        }
        let log = String::from_utf8(lines.into_writer().written).unwrap();
        let events: Vec<&str> = log.lines().filter_map(|line| line.split(' ').nth(4)).collect();
        assert_eq!(events, ["lines_lost:", "run_outcome:", "run_outcome:"], "{log}");
        assert!(log.contains("2 lines could not be written lines=2\n"), "{log}");
    }
}
