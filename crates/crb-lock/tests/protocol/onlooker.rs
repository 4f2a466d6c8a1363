//! The onlooker: reads everything at one revision, however much it is, and a watch keeps it true.

use std::sync::Arc;
use std::time::Duration;

use crb_decide::NodeName;
use crb_health::encode;
use crb_lock::{Ending, HistoryRecord, NodeState, Onlooker, Picture};
use crb_store::{Op, Watch};
use jiff::{SignedDuration, Timestamp};

use crate::support::{Fleet, Line, Node, now, well};

behaviours! {
    a_picture_kept_by_a_watch_is_the_one_that_is_read_anew,
    a_fleet_of_many_pages_is_read_whole,
    the_history_is_read_no_further_than_it_has_to_be,
    an_onlooker_writes_nothing_and_asks_nothing_while_it_follows,
}

/// An onlooker behind a line of its own.
fn onlooker(fleet: &Fleet) -> (Onlooker, Line) {
    let line = Line::to(Arc::clone(&fleet.store));
    (Onlooker::new(line.store(), fleet.keys.clone(), Duration::from_secs(15)), line)
}

/// Takes in everything that is put before a mark of its own.
async fn caught_up(fleet: &Fleet, picture: &mut Picture, watch: &mut Watch) {
    let mark = fleet.put(fleet.keys.pause(), "a mark").await;
    while picture.revision() < mark {
        picture.apply(watch.next().await.unwrap(), now());
    }
}

async fn state(fleet: &Fleet, node: &Node) -> NodeState {
    let picture = onlooker(fleet).0.look(now()).await.unwrap();
    let rows = picture.fleet(now()).nodes;
    rows.iter().find(|row| row.node == node.identity().node).unwrap().state
}

async fn a_picture_kept_by_a_watch_is_the_one_that_is_read_anew(fleet: Fleet) {
    let (reader, _) = onlooker(&fleet);
    let mut picture = reader.look(now()).await.unwrap();
    let mut watch = reader.follow(picture.revision()).await.unwrap();
    let a = fleet.member_with("a", |_, terms| terms.history_keep = Some(Duration::from_secs(600))).await;
    let b = fleet.member("b").await;
    fleet.report_as_go_daemon("go", now()).await;
    let place = b.queued().await;
    assert_eq!(state(&fleet, &b).await, NodeState::Waiting);
    assert!(b.leave(&place).await.unwrap().is_none());
    let claim = a.claims().await;
    assert_eq!(state(&fleet, &a).await, NodeState::Rebooting);
    a.finish(&claim, Ending::Released, "", &well(), now()).await.unwrap();
    let _waits = b.queued().await;
    caught_up(&fleet, &mut picture, &mut watch).await;
    // Two ranges are not told in the order of their revisions, but each is told whole.
    let anew = loop {
        let anew = reader.look(now()).await.unwrap().fleet(now());
        if anew == picture.fleet(now()) {
            break anew;
        }
        picture.apply(watch.next().await.unwrap(), now());
    };
    assert_eq!(anew.nodes.len(), 3);
    assert_eq!(anew.nodes[0].last_reboot.unwrap().released_at, now());
}

async fn a_fleet_of_many_pages_is_read_whole(fleet: Fleet) {
    const MANY: usize = 2_500;
    let names: Vec<NodeName> =
        (0..MANY).map(|index| NodeName::try_new(format!("node-{index:04}")).unwrap()).collect();
    let member = fleet.member("other").await;
    let record = member.reported(&fleet).await;
    for some in names.chunks(100) {
        fleet.write(some.iter().map(|node| Op::put(fleet.keys.health(node), encode(&record)))).await;
    }
    let rows = onlooker(&fleet).0.look(now()).await.unwrap().fleet(now()).nodes;
    assert_eq!(rows.len(), MANY + 1);
    assert_eq!(rows.iter().filter(|row| row.state == NodeState::Silent).count(), MANY);
}

async fn put_reboot(fleet: &Fleet, node: &str, ago: SignedDuration) -> Timestamp {
    let ended_at = now() - ago;
    let entry = HistoryRecord {
        node: node.to_owned(),
        outcome: "released".to_owned(),
        reason: String::new(),
        by: node.to_owned(),
        committed_at: None,
        ended_at,
        attempts: 1,
        boot_before: None,
        boot_after: None,
    };
    fleet.put(fleet.keys.history(ended_at, &NodeName::try_new(node).unwrap()), encode(&entry)).await;
    ended_at
}

async fn the_history_is_read_no_further_than_it_has_to_be(fleet: Fleet) {
    let [_a, _b] = [fleet.member("a").await, fleet.member("b").await];
    put_reboot(&fleet, "a", SignedDuration::from_hours(24 * 2_000)).await;
    put_reboot(&fleet, "a", SignedDuration::from_hours(24 * 30)).await;
    let a = put_reboot(&fleet, "a", SignedDuration::from_hours(1)).await;
    put_reboot(&fleet, "gone", SignedDuration::from_hours(2)).await;
    let (reader, line) = onlooker(&fleet);
    let looked = async || {
        let before = line.sent();
        let rows = reader.look(now()).await.unwrap().fleet(now()).nodes;
        let last: Vec<_> = rows.iter().map(|row| row.last_reboot.map(|last| last.released_at)).collect();
        (last, line.sent() - before)
    };
    // Nobody knows of a reboot of b before the whole history is read: by looks of which each goes further back.
    assert_eq!(looked().await, (vec![Some(a), None], 1 + 6));
    let b = put_reboot(&fleet, "b", SignedDuration::from_hours(24 * 1_900)).await;
    assert_eq!(looked().await, (vec![Some(a), Some(b)], 1 + 6));
    let b = put_reboot(&fleet, "b", SignedDuration::from_hours(24 * 3)).await;
    assert_eq!(looked().await, (vec![Some(a), Some(b)], 1 + 2));
    let b = put_reboot(&fleet, "b", SignedDuration::from_hours(3)).await;
    assert_eq!(looked().await, (vec![Some(a), Some(b)], 1 + 1));
}

async fn an_onlooker_writes_nothing_and_asks_nothing_while_it_follows(fleet: Fleet) {
    let (reader, line) = onlooker(&fleet);
    let mut picture = reader.look(now()).await.unwrap();
    let at = picture.revision();
    let mut watch = reader.follow(at).await.unwrap();
    let before = line.sent();
    let mark = fleet.put(fleet.keys.pause(), "a mark").await;
    picture.apply(watch.next().await.unwrap(), now());
    assert_eq!((picture.revision(), line.sent()), (mark, before));
    assert!(picture.fleet(now()).pause.is_some());
}
