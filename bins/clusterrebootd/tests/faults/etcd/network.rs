//! Members and nodes that are cut off.

use crb_testbed::{ClusterSpec, Network};

use super::{ON_A_LINE, Rolling};

pub(super) fn networked() -> Result<ClusterSpec, String> {
    Network::of(3)
        .map(|network| ClusterSpec::of(3).on(network))
        .map_err(|why| format!("needs root and network namespaces: {why}"))
}

pub(super) fn leader_isolated(rolling: &mut Rolling<'_>) {
    let leader = rolling.cluster.leader();
    isolated(rolling, leader);
}

pub(super) fn follower_isolated(rolling: &mut Rolling<'_>) {
    let follower = (rolling.cluster.leader() + 1) % rolling.cluster.size();
    isolated(rolling, follower);
}

fn isolated(rolling: &mut Rolling<'_>, member: usize) {
    rolling.cluster.network().isolate(member);
    rolling.rolls_on();
    rolling.cluster.network().rejoin(member);
    rolling.cluster.wait_until_member_is_healthy(member);
}

/// Nodes still reach the member that leads nobody any more.
pub(super) fn leader_parted(rolling: &mut Rolling<'_>) {
    let leader = rolling.cluster.leader();
    rolling.cluster.network().part(leader);
    rolling.rolls_on();
    rolling.cluster.network().unite(leader);
    rolling.cluster.wait_until_member_is_healthy(leader);
}

/// Nobody reboots while a node is silent that holds no claim.
pub(super) fn waiting_node_cut(rolling: &mut Rolling<'_>) {
    rolling.line.cut();
    rolling.until("the node's presence has ended", |rolling| rolling.scene.has_lapsed(ON_A_LINE));
    rolling.until("nobody is out", |rolling| {
        rolling.names().iter().all(|name| rolling.scene.claim(name).is_empty())
    });
    let before = rolling.starts();
    let blocked =
        |rolling: &mut Rolling<'_>| {
            rolling.scene.fleet.nodes.iter_mut().any(|node| {
                node.events().iter().any(|event| event.says("run_outcome", "reason", "peer_silent"))
            })
        };
    rolling.until("somebody says that a peer is silent", blocked);
    assert_eq!(rolling.starts(), before, "somebody rebooted while a peer was silent");
    rolling.line.mend();
}

/// The node that is out is cut off: its claim stands, and nobody else goes.
pub(super) fn node_out_cut(rolling: &mut Rolling<'_>) {
    rolling.until("the node's turn has come", |rolling| {
        rolling.scene.fleet.journal.starts().iter().any(|name| name == ON_A_LINE)
            || !rolling.scene.claim(ON_A_LINE).is_empty()
    });
    rolling.line.cut();
    rolling.until("its presence has ended", |rolling| rolling.scene.has_lapsed(ON_A_LINE));
    rolling.line.mend();
}
