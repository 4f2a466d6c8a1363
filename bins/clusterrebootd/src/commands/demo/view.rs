//! The live view: one line for everything that a person would want to see.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crb_decide::{NodeName, Reason};
use crb_observe::{Event, Sink, What};
use crb_sim::{FleetSpec, Power, PowerEvent};
use tokio::time::Instant;

use crate::output;

/// What is said before it begins.
pub(super) fn opening(spec: &FleetSpec) -> String {
    format!(
        "{} nodes need a reboot, and {} may be out at once. Nothing is really rebooted.\n",
        spec.nodes, spec.terms.slots
    )
}

/// Prints a fleet's events as they happen. Clones share what was said last.
#[derive(Clone)]
pub(super) struct View {
    began: Instant,
    width: usize,
    colour: bool,
    said: Arc<Mutex<BTreeMap<NodeName, String>>>,
}

impl View {
    pub(super) fn new(spec: &FleetSpec, colour: bool) -> Self {
        let width = spec.names().iter().map(|name| name.as_str().len()).max().unwrap_or(0);
        Self { began: Instant::now(), width, colour, said: Arc::default() }
    }

    /// Prints that a machine went down or came up.
    pub(super) fn power(&self, event: &PowerEvent) {
        match &event.power {
            Power::Off(_) => self.say(&event.node, "31", "goes down", ""),
            Power::On { boot_id } => self.say(&event.node, "33", "boots", &format!("as boot {boot_id}")),
        }
    }

    fn say(&self, node: &NodeName, hue: &str, verb: &str, rest: &str) {
        let line = format!("{verb:9} {rest}");
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.insert(node.clone(), line.clone()).is_some_and(|last| last == line) {
            return;
        }
        let verb = if self.colour { format!("\x1b[{hue}m{verb:9}\x1b[0m") } else { format!("{verb:9}") };
        let line = format!(
            "{:7.1} s  {:width$}  {verb} {rest}",
            self.began.elapsed().as_secs_f64(),
            node.as_str(),
            width = self.width
        );
        output::result(line.trim_end());
    }
}

impl Sink for View {
    fn take(&self, event: &Event) {
        match &event.what {
            What::RunOutcome { decision, .. } => match decision.first_reason() {
                Reason::Ready | Reason::NoRebootRequired | Reason::ViewChanged => {}
                reason @ Reason::BehindInQueue { .. } => {
                    self.say(&event.node, "36", "waits", &reason.to_string());
                }
                reason => self.say(&event.node, "36", "is held", &reason.to_string()),
            },
            What::RebootCommitted { .. } => {
                self.say(&event.node, "35", "claims", "the slot, which now outlives the node");
            }
            What::RebootVerified { out_for } => {
                let rest = format!("and healthy after {:.1} s: the slot is free", out_for.as_secs_f64());
                self.say(&event.node, "32", "is back", &rest);
            }
            What::RebootAborted { reason } => self.say(&event.node, "33", "aborts", reason),
            What::LockLost { error } | What::Trouble { error, .. } => {
                self.say(&event.node, "33", "trouble", error);
            }
            _ => {}
        }
    }
}
