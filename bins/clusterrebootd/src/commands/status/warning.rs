//! What an operator should know although nothing is held back by it: what the configuration says that cannot be
//! meant, and rules that this fleet cannot meet.

use crb_config::{Fault, Settings};
use crb_decide::NeverMet;
use crb_orchestrate::Report;
use serde::Serialize;

/// A warning, whoever gives it.
#[derive(Debug, Serialize)]
pub(crate) struct Warning {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// Those of the configuration first, then those of the fleet, where it was looked at.
pub(crate) fn all(settings: &Settings, configured: &[Fault], report: &Report) -> Vec<Warning> {
    let configured =
        configured.iter().map(|fault| Warning { code: fault.code(), message: fault.to_string() });
    let never_met = report.fleet.iter().flat_map(|fleet| settings.policy.never_met(fleet));
    let never_met = never_met.map(|rule| Warning { code: NeverMet::CODE, message: rule.to_string() });
    configured.chain(never_met).collect()
}
