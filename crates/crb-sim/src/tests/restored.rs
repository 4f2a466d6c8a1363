//! The store goes backwards under a whole fleet.

use crb_lock::{Acceptance, Operator};
use crb_observe::What;

use super::*;

/// An operator of the fleet.
fn operator(lab: &Lab, spec: &FleetSpec) -> Operator {
    Operator::new(Arc::new(lab.store.clone()), lab.keys.clone(), "ann@desk", spec.terms.history_keep)
}

async fn accept(lab: &Lab, operator: &Operator) -> usize {
    let shown = operator.holds().await.unwrap();
    let at = lab.machine(0).name();
    let accepted = operator.accept_store(&shown, "known", at, Timestamp::UNIX_EPOCH).await;
    assert_eq!(accepted, Ok(Acceptance::Lifted));
    shown.holds.len()
}

fn holders(lab: &Lab) -> usize {
    lab.store.pairs().keys().filter(|key| lab.keys.holds().contains(key)).count()
}

/// How the store goes backwards.
#[derive(Debug, Clone, Copy)]
enum Loss {
    /// To what it was before the first claim, in the same cluster.
    Restored,
    /// To nothing, in another cluster.
    Replaced,
}

async fn the_fleet_holds_and_goes_on(loss: Loss) {
    let mut spec = FleetSpec::new(5);
    spec.reboot_time = minutes(5)..=minutes(5);
    // Who is silent is put up with, so that nothing but the hold holds.
    spec.plan.policy.max_unhealthy = 5;
    let lab = Lab::new(spec.clone());
    let operator = operator(&lab, &spec);
    let empty = lab.store.backup();
    lab.brake(&[0, 1, 2, 3, 4], true);
    let script = async {
        pass(minutes(1)).await;
        let before = lab.store.backup();
        for index in [0, 1] {
            lab.brake(&[index], false);
            lab.machine(index).down().await;
            if index == 0 {
                lab.machine(index).up().await;
            }
        }
        lab.brake(&[2, 3, 4], false);
        pass(minutes(2)).await;
        match loss {
            Loss::Restored => lab.store.restore(&before, spec.seed),
            Loss::Replaced => lab.store.restore(&empty, 4711),
        }

        pass(minutes(1)).await;
        assert!(!lab.machine(1).is_up());
        assert_eq!(holders(&lab), 4, "everybody who is up has noticed");
        let claims = || lab.queue().into_iter().filter(|(_, claimed)| *claimed).count();
        assert_eq!(claims(), 0, "the store knows nothing of the one that is down");
        lab.machine(1).set_healthy(false);
        lab.machine(1).up().await;
        pass(minutes(1)).await;
        assert_eq!(lab.queue().get("node-2"), Some(&true), "its claim is put back: {:#?}", lab.last_words());
        lab.machine(1).set_healthy(true);
        pass(minutes(6 * 60)).await;
        assert_eq!(lab.went_down(), ["node-1", "node-2"], "nobody else");
        assert_eq!(claims(), 0, "it was released");
        let told = |node: &str| lab.events_of(node).iter().any(|event| says(event, "store_regressed"));
        assert!(lab.fleet.machines().iter().all(|machine| told(machine.name().as_str())));

        assert_eq!(accept(&lab, &operator).await, 5);
        pass(minutes(2)).await;
        assert_eq!(lab.went_down().len(), 3, "the roll-out goes on at once: {:#?}", lab.last_words());
    };
    let summary = lab.finish(script).await;
    assert_eq!((summary.most_out_at_once, summary.most_down_at_once), (1, 1));
    assert_eq!(lab.went_down().len(), 5, "each had one turn");
    assert_eq!(holders(&lab), 0);
}

fn says(event: &Event, name: &str) -> bool {
    event.what.name() == name
        || matches!(&event.what, What::RunOutcome { decision, .. } if decision.first_reason().code() == name)
}

#[tokio::test(start_paused = true)]
async fn restored_in_the_middle_of_a_roll_out_it_holds_everybody_until_an_operator_confirms() {
    the_fleet_holds_and_goes_on(Loss::Restored).await;
}

#[tokio::test(start_paused = true)]
async fn replaced_by_an_empty_one_it_holds_everybody_until_an_operator_confirms() {
    the_fleet_holds_and_goes_on(Loss::Replaced).await;
}

#[tokio::test(start_paused = true)]
async fn a_node_that_was_off_meanwhile_holds_the_fleet_again_when_it_comes_back() {
    let mut spec = FleetSpec::new(3);
    spec.plan.policy.max_unhealthy = 3;
    let lab = Lab::new(spec.clone());
    let operator = operator(&lab, &spec);
    lab.brake(&[0, 1, 2], true);
    let script = async {
        let empty = lab.store.backup();
        pass(minutes(5)).await;
        lab.machine(2).crash_daemon();
        lab.store.restore(&empty, 4711);
        pass(minutes(5)).await;
        assert_eq!(accept(&lab, &operator).await, 2);
        pass(minutes(5)).await;
        assert_eq!(holders(&lab), 0);
        lab.machine(2).start_daemon();
        pass(minutes(5)).await;
        lab.brake(&[0, 1, 2], false);
        pass(minutes(60)).await;
        assert_eq!(lab.went_down(), Vec::<String>::new());
        assert_eq!(accept(&lab, &operator).await, 1);
    };
    assert_eq!(lab.finish(script).await.nodes.len(), 3);
}
