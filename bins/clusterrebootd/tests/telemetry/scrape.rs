//! What a scraper gets.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;

const PREFIX: &str = "clusterrebootd_";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// One answer to `GET /metrics`.
#[derive(Debug)]
pub(crate) struct Scrape {
    /// The kind of every metric, by its name without the prefix.
    pub(crate) kinds: BTreeMap<String, Kind>,
    pub(crate) samples: Vec<Sample>,
}

#[derive(Debug)]
pub(crate) struct Sample {
    /// The name without the prefix, and for a histogram without its suffix.
    pub(crate) name: String,
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) value: f64,
}

impl Scrape {
    /// Asks the listener at `address`.
    pub(crate) fn of(address: &str) -> Self {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        Self::parse(body)
    }

    fn parse(body: &str) -> Self {
        let mut scrape = Self { kinds: BTreeMap::new(), samples: vec![] };
        for line in body.lines().filter(|line| !line.is_empty() && !line.starts_with("# HELP ")) {
            if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').unwrap();
                scrape.kinds.insert(without_prefix(name).to_owned(), Kind::parse(kind));
            } else {
                let sample = scrape.sample(line);
                scrape.samples.push(sample);
            }
        }
        scrape
    }

    fn sample(&self, line: &str) -> Sample {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let label = |label: &str| {
            let (name, value) = label.split_once('=').unwrap();
            (name.to_owned(), value.trim_matches('"').to_owned())
        };
        let labels = labels.trim_end_matches('}').split(',').filter(|label| !label.is_empty()).map(label);
        let name = without_prefix(name);
        let of_histogram = ["_sum", "_count", "_bucket"].iter().find_map(|part| name.strip_suffix(part));
        let family = of_histogram.filter(|family| self.kinds.get(*family) == Some(&Kind::Histogram));
        Sample {
            name: family.unwrap_or(name).to_owned(),
            labels: labels.filter(|(name, _)| name != "le").collect(),
            value: value.parse().unwrap(),
        }
    }

    /// The largest sample of `name` whose labels have these values, in their order; of all, if none are named.
    pub(crate) fn value(&self, name: &str, values: &[&str]) -> Option<f64> {
        let is_meant = |sample: &&Sample| {
            sample.name == name
                && (values.is_empty() || sample.labels.iter().map(|(_, value)| value).eq(values))
        };
        self.samples.iter().filter(is_meant).map(|sample| sample.value).reduce(f64::max)
    }
}

impl Kind {
    fn parse(text: &str) -> Self {
        match text {
            "counter" => Self::Counter,
            "gauge" => Self::Gauge,
            "histogram" => Self::Histogram,
            other => panic!("{other} is no kind that we have"),
        }
    }
}

fn without_prefix(name: &str) -> &str {
    name.strip_prefix(PREFIX).unwrap_or_else(|| panic!("{name} is none of ours"))
}
