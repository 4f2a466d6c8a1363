//! Tells what changed in the fleet from one view to the next.

use crb_decide::{FleetFacts, NodeName, Policy, Stage};
use crb_observe::What;

use crate::node::Node;

/// What the last view showed.
#[derive(Default)]
pub(crate) struct FleetWatch {
    last: Option<FleetFacts>,
}

impl FleetWatch {
    /// What the last view showed, if there was one.
    pub(crate) fn last(self) -> Option<FleetFacts> {
        self.last
    }

    /// Tells what `facts` show, and how peers and cooldown changed since the last view.
    pub(crate) fn saw(&mut self, node: &Node, policy: &Policy, stage: Stage, facts: &FleetFacts) {
        let last = self.last.replace(facts.clone());
        let known = |peer: &NodeName| last.as_ref().and_then(|last| last.peers.get(peer));
        node.emit(What::CooldownStatus { stage, cooldown: facts.cooldown.clone() });
        if facts.cooldown.is_none() && last.as_ref().is_some_and(|last| last.cooldown.is_some()) {
            node.emit(What::CooldownCleared);
        }
        node.emit(What::ClusterHealthStatus {
            stage,
            facts: Box::new(facts.clone()),
            against: policy.check(facts),
        });
        for (peer, state) in facts.peers.iter().filter(|(peer, state)| known(peer) != Some(*state)) {
            node.emit(What::ClusterPeerStatus { peer: peer.clone(), state: Some(state.clone()) });
        }
        let before = last.iter().flat_map(|last| last.peers.keys());
        for peer in before.filter(|peer| !facts.peers.contains_key(*peer)) {
            node.emit(What::ClusterPeerStatus { peer: peer.clone(), state: None });
        }
    }
}
