//! What libraries and our own crates tell through `tracing`, as lines of the same log.

use std::fmt::{self, Write as _};
use std::io::Write;
use std::sync::Arc;

use crb_decide::NodeName;
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record as SpanRecord};
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};

use crate::emitter::Clock;
use crate::level::Level;
use crate::lines::Lines;
use crate::record::{Fields, Record};

/// A subscriber that writes `tracing` events to the log: our own from the log's level on, those of
/// dependencies from `warn` on. Spans are left out, so that nothing is kept of them either.
pub struct Diagnostics<W> {
    node: NodeName,
    clock: Clock,
    lines: Arc<Lines<W>>,
}

impl<W: Write + Send> Diagnostics<W> {
    /// Diagnostics of `node`, stamped by `clock`, among `lines`.
    pub fn new(node: NodeName, clock: Clock, lines: Arc<Lines<W>>) -> Self {
        Self { node, clock, lines }
    }
}

impl<W: Write + Send + 'static> Subscriber for Diagnostics<W> {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        // Never `always`: the log's level may move while the daemon runs.
        if is_spoken(metadata) { Interest::sometimes() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        is_spoken(metadata) && self.lines.is_written(level(*metadata.level()))
    }

    fn event(&self, event: &tracing::Event<'_>) {
        let mut words = Words::default();
        event.record(&mut words);
        self.lines.write(&Record {
            ts: (self.clock)(),
            level: level(*event.metadata().level()),
            node: self.node.as_str().to_owned(),
            component: event.metadata().target(),
            event: "diagnostic",
            message: words.message,
            fields: words.fields,
        });
    }

    // No span is of interest, so there is but one for all who insist on having one.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &SpanRecord<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn is_spoken(metadata: &Metadata<'_>) -> bool {
    metadata.is_event() && (is_ours(metadata.target()) || *metadata.level() <= tracing::Level::WARN)
}

fn is_ours(target: &str) -> bool {
    let krate = target.split("::").next().unwrap_or_default();
    krate == "clusterrebootd" || krate.starts_with("crb_")
}

fn level(level: tracing::Level) -> Level {
    match level {
        tracing::Level::ERROR => Level::Error,
        tracing::Level::WARN => Level::Warn,
        tracing::Level::INFO => Level::Info,
        _ => Level::Debug,
    }
}

/// The fields of a `tracing` event.
#[derive(Default)]
struct Words {
    message: Option<String>,
    fields: Fields,
}

impl Words {
    fn take(&mut self, field: &Field, value: impl Into<Value>) {
        match (field.name(), value.into()) {
            ("message", Value::String(message)) => self.message = Some(message),
            (name, value) => self.fields.push(name, value),
        }
    }
}

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = String::new();
        // Writing to a string does not fail; a value that cannot show itself is shown as far as it got.
        let _ = write!(text, "{value:?}");
        self.take(field, text);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.take(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.take(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.take(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.take(field, value);
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::format::Format;
    use crate::samples::{at, node};

    fn written(threshold: Level, speak: impl FnOnce(&Lines<Vec<u8>>)) -> String {
        let lines = Arc::new(Lines::new(vec![], Format::Json, threshold));
        let diagnostics = Diagnostics::new(node("node-a"), Arc::new(|| at(0)), Arc::clone(&lines));
        tracing::subscriber::with_default(diagnostics, || speak(&lines));
        let lines = Arc::into_inner(lines).expect("the subscriber is gone");
        String::from_utf8(lines.into_writer()).unwrap()
    }

    #[test]
    fn a_diagnostic_is_a_line_like_any_other() {
        let log = written(Level::Info, |_| {
            tracing::warn!(target: "tonic::transport", endpoint = "a:2379", tries = 3, "not {}", "reached");
            let error = std::io::Error::other("broken");
            tracing::error!(target: "crb_store::etcd", error = &error as &dyn std::error::Error, ok = false);
        });
        expect![[r#"
            {"ts":"2023-11-14T22:13:20.000Z","level":"warn","node":"node-a","component":"tonic::transport","event":"diagnostic","message":"not reached","fields":{"endpoint":"a:2379","tries":3}}
            {"ts":"2023-11-14T22:13:20.000Z","level":"error","node":"node-a","component":"crb_store::etcd","event":"diagnostic","fields":{"error":"broken","ok":false}}
        "#]].assert_eq(&log);
    }

    #[test]
    fn ours_are_heard_from_the_level_on_and_others_from_warn_on() {
        use tracing::Level as L;
        let heard = |threshold| {
            let log = written(threshold, |_| {
                tracing::event!(target: "h2::codec", L::WARN, "h2 warn");
                tracing::event!(target: "h2::codec", L::INFO, "h2 info");
                tracing::event!(target: "crb_lock", L::INFO, "our info");
                tracing::event!(target: "clusterrebootd::run", L::DEBUG, "our debug");
                tracing::event!(target: "crb_lockpick", L::TRACE, "trace");
                tracing::event!(target: "clusterrebootdx", L::INFO, "not ours");
                let _span = tracing::error_span!("a span").entered();
            });
            let message = |line: &str| {
                let line: Value = serde_json::from_str(line).unwrap();
                line["message"].as_str().unwrap().to_owned()
            };
            log.lines().map(message).collect::<Vec<_>>()
        };
        assert_eq!(heard(Level::Debug), ["h2 warn", "our info", "our debug", "trace"]);
        assert_eq!(heard(Level::Info), ["h2 warn", "our info"]);
        assert_eq!(heard(Level::Warn), ["h2 warn"]);
        assert_eq!(heard(Level::Error), [""; 0]);
    }

    #[test]
    fn the_level_may_move_while_the_daemon_runs() {
        let log = written(Level::Warn, |lines| {
            let speak = || tracing::info!(target: "crb_lock", "heard?");
            speak();
            lines.set_threshold(Level::Info);
            speak();
        });
        assert_eq!(log.lines().count(), 1, "{log}");
    }
}
