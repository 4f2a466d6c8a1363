//! What the members of a cluster say of their work, and what it cost this machine.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Sub;
use std::time::Duration;

use crb_testbed::EtcdCluster;
use tokio::time::Instant;

/// All members together at one moment, counted from their start.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    at: Instant,
    cpu: Duration,
    /// This process, which is all the nodes.
    own_cpu: Duration,
    received: f64,
    sent: f64,
    proposals: f64,
    /// Calls that were answered, by method. What is one stream of many messages counts once, when it ends.
    handled: BTreeMap<String, f64>,
    /// The largest database among the members, in bytes.
    database: f64,
}

/// What went on between two moments.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) took: Duration,
    pub(crate) cpu: Duration,
    pub(crate) own_cpu: Duration,
    /// Bytes from clients.
    pub(crate) received: f64,
    /// Bytes to clients.
    pub(crate) sent: f64,
    /// Entries that the members agreed upon.
    pub(crate) proposals: f64,
    pub(crate) handled: BTreeMap<String, f64>,
    /// At the end, in bytes.
    pub(crate) database: f64,
}

impl Sample {
    /// Asks every member. One that does not answer counts nothing, which shows in a difference below zero.
    pub(crate) fn take(cluster: &EtcdCluster) -> Self {
        let members = 0..cluster.size();
        let texts: Vec<String> = members.clone().filter_map(|index| cluster.metrics(index)).collect();
        let sum = |name: &str| texts.iter().flat_map(|text| values(text, name)).map(|(_, value)| value).sum();
        let mut handled = BTreeMap::<String, f64>::new();
        for (labels, value) in texts.iter().flat_map(|text| values(text, "grpc_server_handled_total")) {
            if let Some(method) = label(labels, "grpc_method").filter(|_| value > 0.0) {
                *handled.entry(method.to_owned()).or_default() += value;
            }
        }
        let database = texts.iter().flat_map(|text| values(text, "etcd_mvcc_db_total_size_in_bytes"));
        Self {
            at: Instant::now(),
            cpu: members.map(|index| cpu_of(&cluster.member(index).to_string())).sum(),
            own_cpu: cpu_of("self"),
            received: sum("etcd_network_client_grpc_received_bytes_total"),
            sent: sum("etcd_network_client_grpc_sent_bytes_total"),
            // Every member applies each of them.
            proposals: texts
                .iter()
                .flat_map(|text| values(text, "etcd_server_proposals_committed_total"))
                .map(|(_, value)| value)
                .fold(0.0, f64::max),
            handled,
            database: database.map(|(_, value)| value).fold(0.0, f64::max),
        }
    }
}

impl Sub<&Sample> for &Sample {
    type Output = Work;

    fn sub(self, before: &Sample) -> Work {
        let handled = self.handled.iter().map(|(method, now)| {
            (method.clone(), now - before.handled.get(method).copied().unwrap_or_default())
        });
        Work {
            took: self.at - before.at,
            cpu: self.cpu.saturating_sub(before.cpu),
            own_cpu: self.own_cpu.saturating_sub(before.own_cpu),
            received: self.received - before.received,
            sent: self.sent - before.sent,
            proposals: self.proposals - before.proposals,
            handled: handled.filter(|(_, count)| *count > 0.0).collect(),
            database: self.database,
        }
    }
}

/// The values of a metric in what is told to Prometheus, each with its labels as they are written.
fn values<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
    text.lines().filter_map(move |line| {
        let (series, value) = line.strip_prefix(name)?.rsplit_once(' ')?;
        let is_whole_name = series.is_empty() || series.starts_with('{');
        Some((series, value.parse().ok()?)).filter(|_| is_whole_name)
    })
}

fn label<'a>(labels: &'a str, name: &str) -> Option<&'a str> {
    labels
        .split(['{', ','])
        .find_map(|label| label.strip_prefix(name)?.strip_prefix("=\"")?.split('"').next())
}

/// The processor time of a process, in user and in kernel mode.
fn cpu_of(process: &str) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // Its name may have blanks; what follows has none. User time is then the twelfth word, system time the next.
    let words = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().skip(11).take(2);
    let ticks: u64 = words.filter_map(|word| word.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 1_000 / rustix::param::clock_ticks_per_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# HELP etcd_sent bytes
etcd_sent 7
etcd_sent_more 8
handled{grpc_code=\"OK\",grpc_method=\"Txn\"} 3
handled{grpc_code=\"Unknown\",grpc_method=\"Txn\"} 1.5e+01
";

    #[test]
    fn a_metric_is_found_by_its_whole_name_with_and_without_labels() {
        assert_eq!(values(TEXT, "etcd_sent").collect::<Vec<_>>(), [("", 7.0)]);
        let handled: Vec<_> =
            values(TEXT, "handled").map(|(labels, value)| (label(labels, "grpc_method"), value)).collect();
        assert_eq!(handled, [(Some("Txn"), 3.0), (Some("Txn"), 15.0)]);
        assert_eq!(label("{a=\"1\"}", "b"), None);
    }
}
