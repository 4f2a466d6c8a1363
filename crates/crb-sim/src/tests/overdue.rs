//! A machine that does not come back: everyone says so, nobody else goes, and an operator lets the rest go on.

use crb_lock::{Operator, OperatorError, Whereabouts};
use crb_observe::What;

use super::*;

/// A fleet of three in which the first one dies on its way down.
async fn with_a_dead_one(max_unhealthy: u32, script: impl AsyncFnOnce(&Lab, Operator)) -> Summary {
    let mut spec = FleetSpec::new(3);
    spec.plan.policy.max_unhealthy = max_unhealthy;
    spec.plan.health_interval = minutes(10);
    spec.plan.backoff_max = minutes(10);
    let lab = Lab::new(spec);
    let dead = lab.machine(0);
    dead.set_command(crate::Command::DoesNothing);
    dead.set_comes_up(false);
    let script = async {
        pass(minutes(1)).await;
        dead.cut_power();
        pass(minutes(2 * 24 * 60)).await;
        assert_eq!(lab.queue().get("node-1"), Some(&true));
        assert_eq!(lab.went_down(), Vec::<String>::new(), "nothing frees the slot by itself");
        script(&lab, Operator::new(Arc::new(lab.store.clone()), lab.keys.clone(), "alice", None)).await;
        // Another board was found for it.
        dead.set_comes_up(true);
    };
    let summary = lab.finish(script).await;
    assert_eq!(lab.went_down(), ["node-2", "node-3"]);
    summary
}

async fn unlock(lab: &Lab, alice: &Operator) {
    let shown = alice.claim_of(lab.machine(0).name()).await.unwrap().expect("a claim");
    assert_eq!(shown.whereabouts, Whereabouts::NotPresent);
    let now = shown.record.as_ref().and_then(|record| record.deadline).unwrap();
    assert_eq!(alice.unlock(&shown, "the board is dead", false, now).await, Ok(()));
}

/// The nodes that were said to be overdue (true) or no longer to be (false), in the words of `node`.
fn story(lab: &Lab, node: &str) -> Vec<(String, bool)> {
    let said = |event: Event| match event.what {
        What::RebootOverdue { peer, .. } => Some((peer.to_string(), true)),
        What::RebootOverdueEnded { peer, .. } => Some((peer.to_string(), false)),
        _ => None,
    };
    lab.events_of(node).into_iter().filter_map(said).collect()
}

fn last_reason(lab: &Lab, node: &str) -> Option<&'static str> {
    lab.events_of(node).into_iter().rev().find_map(|event| match event.what {
        What::RunOutcome { decision, .. } => Some(decision.first_reason().code()),
        _ => None,
    })
}

#[tokio::test(start_paused = true)]
async fn every_peer_says_once_that_it_is_overdue_and_an_unlock_lets_them_go_on() {
    let overdue = |is_overdue| ("node-1".to_owned(), is_overdue);
    let script = async |lab: &Lab, alice: Operator| {
        for node in ["node-2", "node-3"] {
            assert_eq!(story(lab, node), [overdue(true)]);
            assert_eq!(last_reason(lab, node), Some("reboot_overdue"));
        }
        unlock(lab, &alice).await;
        pass(minutes(60)).await;
        for node in ["node-2", "node-3"] {
            assert_eq!(story(lab, node), [overdue(true), overdue(false)]);
        }
        assert_eq!(lab.went_down(), ["node-2", "node-3"]);
    };
    let summary = with_a_dead_one(1, script).await;
    assert_eq!((summary.most_out_at_once, summary.most_down_at_once), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn under_the_strict_policy_the_node_has_to_be_forgotten_too() {
    let script = async |lab: &Lab, alice: Operator| {
        let dead = lab.machine(0).name();
        let too_early = OperatorError::InQueue { node: dead.clone() };
        assert_eq!(alice.forget(dead, "burnt", Timestamp::UNIX_EPOCH).await, Err(too_early));
        unlock(lab, &alice).await;
        pass(minutes(60)).await;
        assert_eq!(lab.went_down(), Vec::<String>::new());
        assert_eq!(last_reason(lab, "node-2"), Some("peer_silent"));
        alice.forget(dead, "burnt", Timestamp::UNIX_EPOCH).await.unwrap();
        pass(minutes(60)).await;
        assert_eq!(lab.went_down(), ["node-2", "node-3"]);
    };
    with_a_dead_one(0, script).await;
}
