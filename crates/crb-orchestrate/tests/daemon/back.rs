//! At start: claims that an earlier life left in the store.

use crb_decide::{ClaimPhase, DetectorVerdict, Outcome, ScriptVerdict};
use crb_health::ScriptPhase;
use crb_observe::What;
use crb_store::Store;
use tokio::time::sleep;

use crate::support::{Bench, Fault, RED, minutes, seconds};

fn verified(what: &What) -> bool {
    matches!(what, What::RebootVerified { .. })
}

/// A machine that needs nothing more, as after a boot.
fn rebooted() -> Bench {
    let bench = Bench::default();
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    bench.reboot();
    bench
}

#[tokio::test(start_paused = true)]
async fn a_commit_of_this_boot_is_given_back_for_nothing_ran() {
    let bench = Bench::default();
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    bench.left_behind("boot-1", ClaimPhase::Committed).await;
    let _running = bench.start();
    bench.told(|what| matches!(what, What::RebootAborted { .. })).await;
    sleep(minutes(1)).await;
    assert_eq!(bench.queue(), []);
    assert_eq!(bench.story(), ["committed", "released", "aborted", "no_reboot_required"]);
    assert!(bench.health().unwrap().healthy);
}

#[tokio::test(start_paused = true)]
async fn an_armed_claim_of_this_boot_is_armed_again_and_the_command_runs() {
    let bench = Bench::default();
    bench.left_behind("boot-1", ClaimPhase::Armed).await;
    let _running = bench.start();
    sleep(seconds(5)).await;
    assert_eq!(bench.story(), ["armed", "command"]);
    assert_eq!(bench.queue()[0].0.attempts, 2);
    sleep(minutes(60)).await;
    assert_eq!((bench.runs(), bench.claim()), (2, Some(ClaimPhase::Stuck)));
}

#[tokio::test(start_paused = true)]
async fn a_stuck_claim_of_this_boot_is_held() {
    let bench = Bench::default();
    bench.left_behind("boot-1", ClaimPhase::Stuck).await;
    let _running = bench.start();
    sleep(minutes(24 * 60)).await;
    assert_eq!((bench.runs(), bench.claim()), (0, Some(ClaimPhase::Stuck)));
    assert!(!bench.health().unwrap().healthy);
}

#[tokio::test(start_paused = true)]
async fn a_claim_of_another_boot_is_verified_and_released() {
    for phase in [ClaimPhase::Committed, ClaimPhase::Armed, ClaimPhase::Verifying, ClaimPhase::Stuck] {
        let bench = rebooted();
        bench.left_behind("boot-1", phase).await;
        let _running = bench.start();
        bench.told(verified).await;
        assert_eq!(bench.queue(), [], "{phase:?}");
        let health = bench.health().unwrap();
        assert!(health.healthy, "{health:?}");
        assert_eq!(health.boot_id.unwrap().0, "boot-2");
        bench.outcome(Outcome::NoAction).await;
        let mut story = vec![phase.as_str(), "verifying", "released", "verified", "no_reboot_required"];
        story.dedup();
        assert_eq!(bench.story(), story);
    }
}

#[tokio::test(start_paused = true)]
async fn a_script_that_is_red_after_the_boot_holds_the_slot_and_the_fleet_reads_why() {
    let bench = rebooted();
    bench.left_behind("boot-1", ClaimPhase::Armed).await;
    bench.props.set_script_in(ScriptPhase::PostReboot, RED);
    let _running = bench.start();
    sleep(minutes(60)).await;
    assert_eq!(bench.claim(), Some(ClaimPhase::Verifying));
    let health = bench.health().unwrap();
    assert_eq!(
        (health.healthy, health.stage.as_str(), health.reason.as_str()),
        (false, "post-reboot", "the health script ended with 1")
    );
    bench.props.set_script(ScriptVerdict::Healthy);
    bench.told(verified).await;
    assert_eq!(bench.queue(), []);
    assert!(bench.health().unwrap().healthy);
}

#[tokio::test(start_paused = true)]
async fn the_script_has_to_stay_green_for_the_whole_time() {
    let mut bench = rebooted();
    bench.plan.post_stable = minutes(5);
    bench.left_behind("boot-1", ClaimPhase::Armed).await;
    let _running = bench.start();
    sleep(minutes(4)).await;
    bench.props.set_script(RED);
    sleep(minutes(1)).await;
    bench.props.set_script(ScriptVerdict::Healthy);
    sleep(minutes(4)).await;
    assert_eq!(bench.claim(), Some(ClaimPhase::Verifying));
    let at = bench.told(verified).await;
    assert!(at > minutes(10) && at < minutes(12), "{at:?}");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_while_verifying_delays_the_release_and_nothing_else() {
    let bench = rebooted();
    bench.left_behind("boot-1", ClaimPhase::Armed).await;
    bench.line.set(Fault::Cut);
    let _running = bench.start();
    sleep(minutes(30)).await;
    assert_eq!(bench.claim(), Some(ClaimPhase::Armed));
    bench.line.set(Fault::None);
    bench.told(verified).await;
    assert_eq!(bench.queue(), []);
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_an_operator_takes_while_the_node_verifies_lets_it_go_on() {
    let bench = rebooted();
    bench.left_behind("boot-1", ClaimPhase::Armed).await;
    bench.props.set_script_in(ScriptPhase::PostReboot, RED);
    let _running = bench.start();
    sleep(minutes(5)).await;
    bench.unlock().await;
    bench.props.set_script(ScriptVerdict::Healthy);
    bench.outcome(Outcome::NoAction).await;
    sleep(minutes(1)).await;
    assert!(bench.health().unwrap().healthy);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_of_the_lock_before_claims_were_looked_for() {
    let bench = Bench::default();
    bench.line.set(Fault::Cut);
    let _running = bench.start();
    sleep(minutes(10)).await;
    bench.left_behind("boot-0", ClaimPhase::Armed).await;
    bench.line.set(Fault::None);
    bench.told(verified).await;
    let story = bench.story();
    let first = story.iter().position(|what| what == "attempt").unwrap_or(usize::MAX);
    let verified = story.iter().position(|what| what == "verified").unwrap();
    assert!(verified < first, "{story:?}");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_told_that_the_node_is_healthy_before_its_claim_was_found() {
    let bench = rebooted();
    bench.left_behind("boot-1", ClaimPhase::Armed).await;
    bench.props.set_script_in(ScriptPhase::PostReboot, RED);
    bench.line.set(Fault::Slow(seconds(1)));
    let key = bench.keys.health(&crate::support::name("me"));
    bench.store.on_commit(move |_, pairs| {
        let said = &pairs[&key].value;
        assert!(!serde_json::from_slice::<crb_health::HealthRecord>(said).unwrap().healthy);
    });
    let _running = bench.start();
    sleep(minutes(60)).await;
    assert_eq!(bench.claim(), Some(ClaimPhase::Verifying));
    drop(bench.store.keep_alive(crb_store::LeaseId(1)).await);
}

#[tokio::test(start_paused = true)]
async fn a_release_whose_answer_is_lost_is_still_told_as_one() {
    let bench = rebooted();
    bench.left_behind("boot-1", ClaimPhase::Armed).await;
    bench.props.set_script_in(ScriptPhase::PostReboot, RED);
    let _running = bench.start();
    sleep(minutes(5)).await;
    bench.line.set(Fault::Deaf);
    bench.props.set_script(ScriptVerdict::Healthy);
    sleep(minutes(5)).await;
    bench.line.set(Fault::None);
    bench.told(verified).await;
    assert!(!bench.story().contains(&"lost".to_owned()), "{:?}", bench.story());
}

#[tokio::test(start_paused = true)]
async fn a_stuck_claim_that_an_operator_takes_leaves_the_node_stuck() {
    let bench = Bench::default();
    bench.left_behind("boot-1", ClaimPhase::Stuck).await;
    let _running = bench.start();
    sleep(minutes(5)).await;
    bench.unlock().await;
    bench.told(|what| matches!(what, What::LockLost { .. })).await;
    sleep(minutes(60)).await;
    let health = bench.health().unwrap();
    assert_eq!((health.healthy, health.stage.as_str()), (false, "stuck"));
    assert_eq!((bench.runs(), bench.queue()), (0, vec![]));
}

#[tokio::test(start_paused = true)]
async fn the_first_pass_waits_for_a_fleet_that_takes_its_time() {
    let bench = Bench::default();
    bench.line.set(Fault::Slow(seconds(1)));
    let _running = bench.start();
    sleep(minutes(1)).await;
    assert_eq!(bench.story()[0], "attempt");
}
