//! The peers that a view shows, by their records, their presence and their claims.

use crb_decide::{NodeName, PeerState};
use crb_health::Statement;
use jiff::SignedDuration;

use crate::support::{Fleet, Node, now};

behaviours! {
    a_peer_is_what_it_reports_while_it_is_present,
    a_peer_that_has_not_reported_is_not_healthy,
    a_peer_without_presence_is_silent,
    a_peer_whose_record_cannot_be_read_is_unhealthy,
    a_peer_whose_presence_cannot_be_read_is_there_all_the_same,
    a_node_is_no_peer_of_its_own,
    a_go_peer_is_heard_of_only_after_the_node_has_queued,
    a_go_peer_whose_report_is_old_is_silent,
}

async fn sees(node: &Node, peer: &str) -> Option<PeerState> {
    let view = node.view(None, now()).await.unwrap();
    view.facts.peers.get(&NodeName::try_new(peer).unwrap()).cloned()
}

fn unhealthy(stage: &str, reason: &str) -> PeerState {
    PeerState::Unhealthy { stage: stage.to_owned(), reason: reason.to_owned() }
}

async fn a_peer_is_what_it_reports_while_it_is_present(fleet: Fleet) {
    let (node, peer) = (fleet.node("a"), fleet.member("b").await);
    assert_eq!(sees(&node, "b").await, Some(PeerState::Healthy));
    let sick = Statement::unhealthy("heartbeat", "disk full");
    peer.own_health().publish(&sick, now()).await.unwrap();
    assert_eq!(sees(&node, "b").await, Some(unhealthy("heartbeat", "disk full")));
}

async fn a_peer_that_has_not_reported_is_not_healthy(fleet: Fleet) {
    let (node, peer) = (fleet.node("a"), fleet.node("b"));
    assert_eq!(sees(&node, "b").await, None);
    peer.join(false).await.unwrap();
    assert_eq!(sees(&node, "b").await, Some(unhealthy("joined", "it has not reported yet")));
}

async fn a_peer_without_presence_is_silent(fleet: Fleet) {
    let (node, peer) = (fleet.node("a"), fleet.member("b").await);
    fleet.store.revoke(peer.presence().unwrap().lease.id()).await.unwrap();
    assert_eq!(sees(&node, "b").await, Some(PeerState::Silent { last_report: Some(now()) }));
}

async fn a_peer_whose_record_cannot_be_read_is_unhealthy(fleet: Fleet) {
    let (node, peer) = (fleet.node("a"), fleet.member("b").await);
    fleet.put(peer.own_health().key(), "fine, thanks").await;
    assert_eq!(sees(&node, "b").await, Some(unhealthy("record", "its health record cannot be read")));
}

async fn a_peer_whose_presence_cannot_be_read_is_there_all_the_same(fleet: Fleet) {
    let (node, peer) = (fleet.node("a"), fleet.node("b"));
    fleet.put(peer.alive_key(), "{}").await;
    assert_eq!(sees(&node, "b").await, Some(unhealthy("joined", "it has not reported yet")));
}

async fn a_node_is_no_peer_of_its_own(fleet: Fleet) {
    let node = fleet.member("a").await;
    assert_eq!(sees(&node, "a").await, None);
}

async fn a_go_peer_is_heard_of_only_after_the_node_has_queued(fleet: Fleet) {
    let node = fleet.member("a").await;
    fleet.report_as_go_daemon("b", now()).await;
    let place = node.queued().await;
    let peer = NodeName::try_new("b").unwrap();
    let state = node.looks(&place).await.facts.peers.remove(&peer);
    assert_eq!(state, Some(PeerState::Silent { last_report: Some(now()) }));
    fleet.report_as_go_daemon("b", now()).await;
    assert_eq!(node.looks(&place).await.facts.peers.remove(&peer), Some(PeerState::Healthy));
}

async fn a_go_peer_whose_report_is_old_is_silent(fleet: Fleet) {
    let node = fleet.member("a").await;
    let place = node.queued().await;
    let peer = NodeName::try_new("b").unwrap();
    for (seconds, is_heard_of) in [(44, true), (45, false)] {
        fleet.report_as_go_daemon("b", now() - SignedDuration::from_secs(seconds)).await;
        let state = node.looks(&place).await.facts.peers.remove(&peer).unwrap();
        assert_eq!(state == PeerState::Healthy, is_heard_of, "{seconds} s ago");
    }
}
