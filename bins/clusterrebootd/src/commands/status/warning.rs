//! What an operator should know although nothing is held back by it: what the configuration says that cannot be
//! meant, rules that this fleet cannot meet, in what nodes disagree, and faults of etcd.

use crb_config::{Fault, Settings};
use crb_decide::NeverMet;
use crb_observe::{Event, What, record};
use crb_orchestrate::Report;
use jiff::Timestamp;
use serde::Serialize;

use crate::commands::status::disagreement;

/// A warning, whoever gives it.
#[derive(Debug, Serialize)]
pub(crate) struct Warning {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// Those of the configuration first, then those of the fleet and of etcd, where they were looked at.
pub(crate) fn all(
    settings: &Settings,
    configured: &[Fault],
    report: &Report,
    etcd: Vec<What>,
    now: Timestamp,
) -> Vec<Warning> {
    let configured =
        configured.iter().map(|fault| Warning { code: fault.code(), message: fault.to_string() });
    let never_met = report.fleet.iter().flat_map(|fleet| settings.policy.never_met(fleet));
    let never_met = never_met.map(|rule| Warning { code: NeverMet::CODE, message: rule.to_string() });
    let disagreements = report.beyond.view.iter().flat_map(|view| disagreement::warnings(&view.alive));
    // In the words of the log.
    let told = |what| record(&Event { at: now, node: settings.node_name.clone(), what })?.message;
    let etcd = etcd.into_iter().filter_map(told).map(|message| Warning { code: "stale_reads", message });
    configured.chain(never_met).chain(disagreements).chain(etcd).collect()
}
