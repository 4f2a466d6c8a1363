//! A metric with its labels: the compiler holds kind and number of labels together.

use std::marker::PhantomData;

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::PrometheusRecorder;

/// What a metric is to Prometheus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MetricKind {
    /// Only ever rises.
    Counter,
    /// Rises and falls.
    Gauge,
    /// Counts values by size.
    Histogram,
}

impl MetricKind {
    /// The name, as in a `# TYPE` line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// What there is to know of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetricInfo {
    /// The whole name.
    pub name: &'static str,
    /// What it is to Prometheus.
    pub kind: MetricKind,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// What it is counted in, where it is not a plain number.
    pub unit: Option<&'static str>,
    /// What it tells.
    pub help: &'static str,
}

/// The kinds as types.
pub(super) trait Kind {
    const KIND: MetricKind;
}

impl Kind for Counter {
    const KIND: MetricKind = MetricKind::Counter;
}

impl Kind for Gauge {
    const KIND: MetricKind = MetricKind::Gauge;
}

impl Kind for Histogram {
    const KIND: MetricKind = MetricKind::Histogram;
}

/// A gauge whose series are there only as long as there is something to say. The recorder forgets no series, so
/// these are written beside it.
pub(super) struct Passing;

impl Kind for Passing {
    const KIND: MetricKind = MetricKind::Gauge;
}

/// A metric of kind `K` with `N` labels.
pub(super) struct Family<K, const N: usize> {
    name: &'static str,
    labels: [&'static str; N],
    unit: Option<&'static str>,
    help: &'static str,
    kind: PhantomData<fn() -> K>,
}

static METADATA: Metadata<'static> = Metadata::new("crb_observe", Level::INFO, None);

impl<K, const N: usize> Family<K, N> {
    pub(super) const fn new(name: &'static str, labels: [&'static str; N], help: &'static str) -> Self {
        Self { name, labels, unit: None, help, kind: PhantomData }
    }

    pub(super) const fn in_seconds(self) -> Self {
        Self { unit: Some("seconds"), ..self }
    }

    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    fn key(&self, values: [&str; N]) -> Key {
        let label = |(name, value): (&'static str, &str)| Label::new(name, value.to_owned());
        Key::from_parts(self.name, self.labels.into_iter().zip(values).map(label).collect::<Vec<_>>())
    }
}

impl<K: Kind, const N: usize> Family<K, N> {
    pub(super) const fn info(&'static self) -> MetricInfo {
        MetricInfo { name: self.name, kind: K::KIND, labels: &self.labels, unit: self.unit, help: self.help }
    }
}

impl<const N: usize> Family<Counter, N> {
    /// Counts one more.
    pub(super) fn count(&self, recorder: &PrometheusRecorder, values: [&str; N]) {
        recorder.register_counter(&self.key(values), &METADATA).increment(1);
    }

    /// Counts so many more.
    pub(super) fn count_many(&self, recorder: &PrometheusRecorder, values: [&str; N], more: u64) {
        recorder.register_counter(&self.key(values), &METADATA).increment(more);
    }

    /// Shows a zero where nothing was counted yet.
    pub(super) fn at_zero(&self, recorder: &PrometheusRecorder, values: [&str; N]) {
        recorder.register_counter(&self.key(values), &METADATA).increment(0);
    }
}

impl<const N: usize> Family<Gauge, N> {
    pub(super) fn set(&self, recorder: &PrometheusRecorder, values: [&str; N], to: f64) {
        recorder.register_gauge(&self.key(values), &METADATA).set(to);
    }
}

impl<const N: usize> Family<Passing, N> {
    /// The series that there are now, as Prometheus text; nothing at all, if there are none. Values of labels are
    /// plain words.
    pub(super) fn render<'a>(&self, series: impl Iterator<Item = ([&'a str; N], f64)>) -> String {
        let sample = |(values, value): ([&str; N], f64)| {
            let pairs = self.labels.iter().zip(values);
            let labels: Vec<String> = pairs.map(|(name, value)| format!("{name}=\"{value}\"")).collect();
            let labels = if N == 0 { String::new() } else { format!("{{{}}}", labels.join(",")) };
            format!("{}{labels} {value}\n", self.name)
        };
        let samples: String = series.map(sample).collect();
        if samples.is_empty() {
            return samples;
        }
        let Self { name, help, .. } = self;
        format!("# HELP {name} {help}\n# TYPE {name} gauge\n{samples}\n")
    }
}

impl<const N: usize> Family<Histogram, N> {
    pub(super) fn record(&self, recorder: &PrometheusRecorder, values: [&str; N], value: f64) {
        recorder.register_histogram(&self.key(values), &METADATA).record(value);
    }
}
