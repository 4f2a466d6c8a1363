//! An operator strikes a node off the roster.

use crb_decide::NodeName;
use crb_lock::{Commitment, GuardRecord, HistoryRecord, OperatorError};

use crate::support::{Fate, Fleet, Node, now};

behaviours! {
    a_node_that_is_gone_is_forgotten,
    a_node_that_is_present_is_not_forgotten,
    a_node_with_a_claim_is_not_forgotten,
    a_node_that_waits_is_not_forgotten,
    a_node_that_nobody_knows_is_not_forgotten,
    a_node_that_came_back_meanwhile_stays,
    a_peer_that_reported_meanwhile_stays,
    who_is_out_stays_out,
    who_went_out_meanwhile_stays_out,
    a_commit_on_a_view_with_the_forgotten_node_is_refused,
}

fn name(text: &str) -> NodeName {
    NodeName::try_new(text).unwrap()
}

/// Takes the presence of `node` away.
async fn goes_silent(fleet: &Fleet, node: &Node) {
    fleet.delete(node.alive_key()).await;
}

async fn a_node_that_is_gone_is_forgotten(fleet: Fleet) {
    let (alice, _) = fleet.operator();
    let (gone, other) = (fleet.member("gone").await, fleet.member("other").await);
    goes_silent(&fleet, &gone).await;
    assert_eq!(other.view(None, now()).await.unwrap().facts.total(), 2);
    let report = gone.reported(&fleet).await;
    assert_eq!(alice.forget(&name("gone"), "sold", now()).await, Ok(Some(report)));
    let entry: HistoryRecord = fleet.record(&fleet.keys.history(now(), &name("gone"))).await;
    assert_eq!(
        (entry.outcome.as_str(), entry.by.as_str(), entry.reason.as_str()),
        ("forgotten", "alice", "sold")
    );
    assert_eq!(other.view(None, now()).await.unwrap().facts.total(), 1);
    assert_eq!(fleet.record::<GuardRecord>(&fleet.keys.guard()).await, GuardRecord { count: 1, out: vec![] });
    let again = alice.forget(&name("gone"), "sold", now()).await;
    assert_eq!(again, Err(OperatorError::NotOnRoster { node: name("gone") }));
}

async fn a_node_that_is_present_is_not_forgotten(fleet: Fleet) {
    let (alice, _) = fleet.operator();
    let node = fleet.member("a").await;
    let refused = alice.forget(&name("a"), "sold", now()).await;
    assert_eq!(refused, Err(OperatorError::Present { node: name("a") }));
    assert!(node.reported(&fleet).await.healthy);
}

async fn a_node_with_a_claim_is_not_forgotten(fleet: Fleet) {
    let (alice, _) = fleet.operator();
    let node = fleet.member("a").await;
    let _claim = node.claims().await;
    let in_queue = Err(OperatorError::InQueue { node: name("a") });
    // Whoever only ended its daemon would be refused once more.
    assert_eq!(alice.forget(&name("a"), "sold", now()).await, in_queue, "it is present");
    goes_silent(&fleet, &node).await;
    assert_eq!(alice.forget(&name("a"), "sold", now()).await, in_queue);
    assert_eq!(node.reported(&fleet).await.stage, "rebooting");
}

async fn a_node_that_waits_is_not_forgotten(fleet: Fleet) {
    let (alice, _) = fleet.operator();
    fleet.report_as_go_daemon("peer", now()).await;
    fleet.put_in_queue(r#"{"node":"peer","acquired_at":"2026-11-22T12:00:00Z"}"#).await;
    let refused = alice.forget(&name("peer"), "sold", now()).await;
    assert_eq!(refused, Err(OperatorError::InQueue { node: name("peer") }));
}

async fn a_node_that_nobody_knows_is_not_forgotten(fleet: Fleet) {
    let (alice, _) = fleet.operator();
    let refused = alice.forget(&name("nobody"), "sold", now()).await;
    assert_eq!(refused, Err(OperatorError::NotOnRoster { node: name("nobody") }));
    assert_eq!(fleet.pair(&fleet.keys.guard()).await, None);
}

async fn a_node_that_came_back_meanwhile_stays(fleet: Fleet) {
    let (alice, line) = fleet.operator();
    let node = fleet.member("a").await;
    goes_silent(&fleet, &node).await;
    line.expect([Fate::Late]);
    assert!(alice.forget(&name("a"), "sold", now()).await.is_err());
    node.join(false).await.unwrap();
    assert!(!line.deliver().await);
    assert!(node.reported(&fleet).await.healthy);
}

async fn a_peer_that_reported_meanwhile_stays(fleet: Fleet) {
    let (alice, line) = fleet.operator();
    fleet.report_as_go_daemon("peer", now()).await;
    line.expect([Fate::Late]);
    assert!(alice.forget(&name("peer"), "sold", now()).await.is_err());
    fleet.report_as_go_daemon("peer", now()).await;
    assert!(!line.deliver().await);
    assert!(fleet.pair(&fleet.keys.health(&name("peer"))).await.is_some());
}

async fn who_went_out_meanwhile_stays_out(fleet: Fleet) {
    let (alice, line) = fleet.operator();
    let (out, gone) = (fleet.member("out").await, fleet.member("gone").await);
    goes_silent(&fleet, &gone).await;
    line.expect([Fate::Late]);
    assert!(alice.forget(&name("gone"), "sold", now()).await.is_err());
    let _claim = out.claims().await;
    assert!(!line.deliver().await);
    let guard: GuardRecord = fleet.record(&fleet.keys.guard()).await;
    assert_eq!((guard.count, guard.out.len()), (1, 1));
}

async fn who_is_out_stays_out(fleet: Fleet) {
    let (alice, _) = fleet.operator();
    let (out, gone) = (fleet.member("out").await, fleet.member("gone").await);
    let _claim = out.claims().await;
    goes_silent(&fleet, &gone).await;
    alice.forget(&name("gone"), "sold", now()).await.unwrap();
    let guard: GuardRecord = fleet.record(&fleet.keys.guard()).await;
    let names: Vec<&str> = guard.out.iter().map(|out| out.node.as_str()).collect();
    assert_eq!((guard.count, names), (2, vec!["out"]));
}

async fn a_commit_on_a_view_with_the_forgotten_node_is_refused(fleet: Fleet) {
    let (alice, _) = fleet.operator();
    let (node, gone) = (fleet.member("a").await, fleet.member("gone").await);
    goes_silent(&fleet, &gone).await;
    let place = node.queued().await;
    let view = node.looks(&place).await;
    alice.forget(&name("gone"), "sold", now()).await.unwrap();
    assert_eq!(node.commits(&place, &view).await, Commitment::Refused);
}
