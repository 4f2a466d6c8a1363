//! What an operator may change while the node is at work.

use std::sync::Arc;

use crb_detect::Engine;
use crb_health::HealthCheck;
use crb_lock::{Coordinator, Terms};
use tokio::sync::watch;

use crate::hooks::Hooks;
use crate::node::{KillSwitch, Node, Plan, RebootCommand};

/// Everything that the configuration may change while the daemon runs. It is replaced as a whole: nobody ever sees half
/// of the old one and half of the new one.
pub struct Setup {
    /// How to go about it.
    pub plan: Plan,
    /// Whether a reboot is needed.
    pub detectors: Engine,
    /// Whether the machine is well.
    pub health: Arc<dyn HealthCheck>,
    /// The local brake.
    pub kill_switch: Arc<dyn KillSwitch>,
    /// What takes it down.
    pub reboot: Arc<dyn RebootCommand>,
    /// What is run around its reboot.
    pub hooks: Hooks,
}

/// The handle by which new settings are put into force while the daemon has the node.
#[derive(Clone)]
pub struct Reins {
    setups: watch::Sender<Arc<Setup>>,
    coordinator: Arc<Coordinator>,
}

impl Reins {
    /// Puts `setup` and `terms` into force, both at once.
    ///
    /// What is under way takes notice at its next step: a pass begins anew, a wait ends, the health script is asked, and
    /// what the fleet is to know is published. A claim is armed only by what was in force from the last look on.
    pub fn take_over(&self, setup: Setup, terms: Terms) {
        self.coordinator.set_terms(terms);
        self.setups.send_replace(Arc::new(setup));
    }

    /// Ends a wait between two passes, with nothing changed.
    pub fn wake(&self) {
        self.setups.send_modify(|_| {});
    }
}

impl Node {
    /// What is in force. Whoever decides takes it once, and goes by it to the end.
    pub fn setup(&self) -> Arc<Setup> {
        Arc::clone(&self.setups.borrow())
    }

    /// Whether `setup` is still what is in force.
    pub(crate) fn is_in_force(&self, setup: &Arc<Setup>) -> bool {
        Arc::ptr_eq(setup, &self.setups.borrow())
    }

    /// Follows what is in force.
    pub(crate) fn follow_setup(&self) -> watch::Receiver<Arc<Setup>> {
        self.setups.subscribe()
    }

    /// The handle by which others change it.
    pub fn reins(&self) -> Reins {
        Reins { setups: self.setups.clone(), coordinator: Arc::clone(&self.coordinator) }
    }
}
