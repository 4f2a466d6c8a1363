//! The node's health record: put at once when it changes, and never otherwise.

use crb_decide::{DetectorVerdict, ScriptVerdict};
use crb_health::{HealthRecord, encode};
use crb_store::{Op, Store, Txn};
use tokio::time::sleep;

use crate::support::{Bench, ME, RED, minutes, name, seconds};

fn idle() -> Bench {
    let bench = Bench::default();
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    bench
}

#[tokio::test(start_paused = true)]
async fn an_idle_node_writes_nothing() {
    let bench = idle();
    let _running = bench.start();
    sleep(minutes(5)).await;
    let before = bench.store.history().len();
    sleep(minutes(60)).await;
    assert_eq!(bench.store.history().len(), before);
}

#[tokio::test(start_paused = true)]
async fn a_change_is_published_with_the_next_beat_and_once() {
    let bench = idle();
    let _running = bench.start();
    sleep(minutes(5)).await;
    assert!(bench.health().unwrap().healthy);
    for (verdict, healthy) in [(RED, false), (ScriptVerdict::Healthy, true)] {
        let before = bench.store.history().len();
        bench.props.set_script(verdict);
        sleep(seconds(20)).await;
        assert_eq!(bench.health().unwrap().healthy, healthy);
        sleep(minutes(60)).await;
        assert_eq!(bench.store.history().len(), before + 1);
    }
}

/// As when an operator unlocks a claim of another machine that bore the node's name: her transaction says of the name
/// that it is unwell, and the node that bears it now knows nothing of the claim.
#[tokio::test(start_paused = true)]
async fn what_another_hand_says_of_the_node_is_put_right_at_once() {
    let bench = idle();
    let _running = bench.start();
    sleep(minutes(5)).await;
    let key = bench.keys.health(&name(ME));
    let unwell = HealthRecord { healthy: false, stage: "unlocked".to_owned(), ..bench.health().unwrap() };
    for op in [Op::put(&key, encode(&unwell)), Op::delete(&key)] {
        bench.store.txn(Txn::default().then([op])).await.unwrap();
        sleep(seconds(1)).await;
        assert!(bench.health().unwrap().healthy);
    }
    let before = bench.store.history().len();
    sleep(minutes(60)).await;
    assert_eq!(bench.store.history().len(), before);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_has_seen_no_more_than_a_restored_store_says_again_how_it_is() {
    let bench = idle();
    bench.props.set_script(RED);
    let _running = bench.start();
    sleep(minutes(5)).await;
    let backup = bench.store.backup();
    bench.props.set_script(ScriptVerdict::Healthy);
    sleep(minutes(5)).await;
    assert!(bench.health().unwrap().healthy);

    let header = bench.store.txn(Txn::default()).await.unwrap().header;
    bench.store.restore(&backup, header.cluster_id);
    while bench.store.txn(Txn::default()).await.unwrap().header.revision <= header.revision {
        bench.store.txn(Txn::default().then([Op::put("/of/others", "")])).await.unwrap();
    }
    assert!(!bench.health().unwrap().healthy, "as long ago");
    sleep(minutes(5)).await;
    assert!(bench.health().unwrap().healthy);
}

#[tokio::test(start_paused = true)]
async fn a_script_that_cannot_be_run_is_published_as_unhealthy() {
    let bench = idle();
    bench.props.set_script(ScriptVerdict::NotRunnable { error: "no such file".to_owned() });
    let _running = bench.start();
    sleep(seconds(20)).await;
    let health = bench.health().unwrap();
    assert_eq!(
        (health.healthy, health.reason.as_str()),
        (false, "the health script could not be run: no such file")
    );
}

#[tokio::test(start_paused = true)]
async fn whether_a_reboot_is_needed_is_published_as_far_as_it_is_known() {
    let bench = idle();
    bench.props.set_script(RED);
    let _running = bench.start();
    let unknown = DetectorVerdict::Unknown("exit 127".to_owned());
    let table = [
        (DetectorVerdict::NotNeeded, false),
        (unknown.clone(), false),
        (DetectorVerdict::Needed, true),
        (unknown, true),
        (DetectorVerdict::NotNeeded, false),
    ];
    for (row, (verdict, required)) in table.into_iter().enumerate() {
        bench.props.detector.set([verdict]);
        sleep(minutes(3)).await;
        assert_eq!(bench.alive().unwrap().reboot_required, required, "row {row}");
        let before = bench.store.history().len();
        sleep(minutes(60)).await;
        assert_eq!(bench.store.history().len(), before, "row {row}");
    }
}
