//! Transactions: all or nothing, at one revision.

use std::time::Duration;

use crb_store::{Compare, KeyRange, LeaseId, Op, OpReply, Relation, Revision, StoreError, Target, Txn};

use crate::bed::{Bed, found, keys};

const RELATIONS: [Relation; 4] = [Relation::Equal, Relation::NotEqual, Relation::Less, Relation::Greater];
/// Makes a target of the value to compare with.
type TargetOf = fn(i64) -> Target;

const DEAD: LeaseId = LeaseId(0x1234);

pub(crate) async fn the_first_write_makes_revision_2(bed: &Bed) {
    assert_eq!(bed.put("a", "").await, Revision(2));
}

pub(crate) async fn a_put_keeps_the_create_revision_and_counts_versions(bed: &Bed) {
    let created = bed.put("a", "1").await;
    bed.put("other", "").await;
    let changed = bed.put("a", "2").await;

    let pair = bed.get("a").await.unwrap();
    assert_eq!((pair.create_revision, pair.mod_revision, pair.version), (created, changed, 2));
    assert_eq!((pair.value, pair.lease), (b"2".to_vec(), None));
    assert_eq!(changed, created.next().next());
}

pub(crate) async fn a_deleted_key_begins_anew(bed: &Bed) {
    bed.put("a", "1").await;
    bed.put("a", "2").await;
    bed.delete("a").await;
    assert_eq!(bed.get("a").await, None);
    let created = bed.put("a", "3").await;

    let pair = bed.get("a").await.unwrap();
    assert_eq!((pair.create_revision, pair.mod_revision, pair.version), (created, created, 1));
}

pub(crate) async fn all_writes_of_a_transaction_share_a_revision(bed: &Bed) {
    let before = bed.apply(["gone", "gone too", "changed"].map(|key| Op::put(key, ""))).await.header.revision;
    let gone = KeyRange::prefix("gone");
    let reply = bed.apply([Op::put("changed", "new"), Op::Delete { range: gone }, Op::put("new", "")]).await;

    assert_eq!(reply.header.revision, before.next());
    assert_eq!(reply.replies, [OpReply::Put, OpReply::Delete(2), OpReply::Put]);
    for key in ["changed", "new"] {
        assert_eq!(bed.get(key).await.unwrap().mod_revision, before.next(), "{key}");
    }
    assert_eq!(bed.keys().await, ["changed", "new"]);
}

pub(crate) async fn a_transaction_that_changes_nothing_keeps_the_revision(bed: &Bed) {
    let revision = bed.put("a", "").await;
    let reply = bed.apply([Op::delete("nothing"), Op::get(KeyRange::key("a"))]).await;
    assert_eq!(reply.header.revision, revision);
    assert_eq!(reply.replies[0], OpReply::Delete(0));
    assert_eq!(bed.apply([]).await.header.revision, revision);
}

pub(crate) async fn a_put_that_no_condition_allows_changes_nothing(bed: &Bed) {
    for key in ["a", "b"] {
        let revision = bed.put("a", "").await;
        let never =
            Compare { range: KeyRange::key(key), target: Target::Version(0), relation: Relation::Less };
        let txn = Txn::when([never]).then([Op::put(key, "")]);
        assert!(txn.writes());
        let reply = bed.txn(txn).await.unwrap();
        assert_eq!((reply.succeeded, reply.header.revision), (false, revision), "{key}");
    }
}

pub(crate) async fn a_range_has_none_until_a_key_is_in_it(bed: &Bed) {
    let holds = || bed.txn(Txn::when([Compare::none(KeyRange::prefix("in/"))]));
    bed.put("in", "").await;
    bed.put("into", "").await;
    assert!(holds().await.unwrap().succeeded);
    bed.put("in/a", "").await;
    bed.put("in/b", "").await;
    assert!(!holds().await.unwrap().succeeded);
    bed.delete("in/a").await;
    assert!(!holds().await.unwrap().succeeded);
    bed.delete("in/b").await;
    assert!(holds().await.unwrap().succeeded);
}

pub(crate) async fn a_failed_compare_takes_the_other_branch(bed: &Bed) {
    bed.put("a", "").await;
    for (compares, branch) in [
        (vec![], "success"),
        (vec![Compare::absent("b")], "success"),
        (vec![Compare::absent("a")], "failure"),
        (vec![Compare::absent("b"), Compare::absent("a")], "failure"),
    ] {
        let txn =
            Txn::when(compares).then([Op::put("taken", "success")]).otherwise([Op::put("taken", "failure")]);
        let reply = bed.txn(txn).await.unwrap();
        assert_eq!(reply.succeeded, branch == "success");
        assert_eq!(bed.get("taken").await.unwrap().value, branch.as_bytes());
    }
}

/// How the four relations turn out when the value is 2 smaller, equal, and 2 greater than the one given.
fn expected(relation: Relation) -> [bool; 3] {
    match relation {
        Relation::Equal => [false, true, false],
        Relation::NotEqual => [true, false, true],
        Relation::Less => [true, false, false],
        Relation::Greater => [false, false, true],
    }
}

pub(crate) async fn compares_hold_as_the_table_says(bed: &Bed) {
    let lease = bed.grant(Duration::from_secs(60)).await.unwrap();
    bed.apply([Op::put("other", "")]).await;
    let created = bed.put("a", "").await;
    bed.put("a", "").await;
    let changed = bed.put_leased("a", lease).await;

    let targets: [(i64, TargetOf); 4] = [
        (3, Target::Version),
        (created.0, |at| Target::Create(Revision(at))),
        (changed.0, |at| Target::Mod(Revision(at))),
        (lease.0, |id| Target::Lease(Some(LeaseId(id)))),
    ];
    for (value, target) in targets {
        for relation in RELATIONS {
            for (given, holds) in [value + 2, value, value - 2].into_iter().zip(expected(relation)) {
                let compare = Compare { range: KeyRange::key("a"), target: target(given), relation };
                assert_eq!(bed.holds(compare.clone()).await, holds, "{value} against {compare:?}");
            }
        }
    }
    assert!(bed.holds(Compare::created_at("a", created)).await);
    assert!(bed.holds(Compare::unchanged("a", changed)).await);
    assert!(bed.holds(Compare::leased("a", Some(lease))).await);
    assert!(!bed.holds(Compare::leased("a", None)).await);
    assert!(bed.holds(Compare::leased("other", None)).await);
}

pub(crate) async fn a_missing_key_compares_as_never_put(bed: &Bed) {
    bed.put("a", "").await;
    assert_never_put(bed, KeyRange::key("missing")).await;
}

pub(crate) async fn an_empty_range_compares_as_one_key_never_put(bed: &Bed) {
    bed.put("a", "").await;
    assert_never_put(bed, KeyRange::prefix("missing/")).await;
}

async fn assert_never_put(bed: &Bed, range: KeyRange) {
    let targets: [TargetOf; 3] =
        [Target::Version, |at| Target::Create(Revision(at)), |at| Target::Mod(Revision(at))];
    for target in targets {
        for relation in RELATIONS {
            for (given, holds) in [2, 0, -2].into_iter().zip(expected(relation)) {
                let compare = Compare { range: range.clone(), target: target(given), relation };
                assert_eq!(bed.holds(compare.clone()).await, holds, "{compare:?}");
            }
        }
    }
    for (lease, relation, holds) in [
        (None, Relation::Equal, true),
        (None, Relation::NotEqual, false),
        (Some(DEAD), Relation::Equal, false),
        (Some(DEAD), Relation::Less, true),
    ] {
        let compare = Compare { range: range.clone(), target: Target::Lease(lease), relation };
        assert_eq!(bed.holds(compare.clone()).await, holds, "{compare:?}");
    }
    assert!(bed.holds(Compare::none_put_after(range, Revision::NEVER)).await);
}

pub(crate) async fn a_range_compare_holds_when_it_does_for_every_key(bed: &Bed) {
    let first = bed.put("r/1", "").await;
    let second = bed.put("r/2", "").await;
    bed.put("s", "").await;
    let range = KeyRange::prefix("r/");

    assert!(!bed.holds(Compare::none_put_after(range.clone(), first)).await);
    assert!(bed.holds(Compare::none_put_after(range.clone(), second)).await);
    for (version, holds) in [(1, true), (2, false), (0, false)] {
        let target = Target::Version(version);
        let compare = Compare { range: range.clone(), target, relation: Relation::Equal };
        assert_eq!(bed.holds(compare).await, holds, "version {version}");
    }
    let all = KeyRange::prefix("");
    assert!(!bed.holds(Compare::none_put_after(all.clone(), second)).await);
    assert!(bed.holds(Compare::none_put_after(all, second.next())).await);
}

pub(crate) async fn a_read_inside_sees_the_writes_before_it(bed: &Bed) {
    let old = bed.put("a", "old").await;
    let read = || Op::get(KeyRange::prefix("a"));
    let reply = bed.apply([read(), Op::put("a", "new"), read(), Op::put("a/b", ""), read()]).await;
    let [before, _, between, _, after] = &reply.replies[..] else { panic!("{reply:?}") };

    assert_eq!(found(before)[0].mod_revision, old);
    assert_eq!((&found(between)[0].value[..], found(between)[0].mod_revision), (&b"new"[..], old.next()));
    assert_eq!(found(between)[0].version, 2);
    assert_eq!(keys(found(after)), ["a", "a/b"]);

    let reply = bed.apply([Op::delete("a"), read(), Op::delete("a")]).await;
    assert_eq!(keys(found(&reply.replies[1])), ["a/b"]);
    assert_eq!(reply.replies[2], OpReply::Delete(0));
}

pub(crate) async fn a_read_inside_is_cut_at_its_limit(bed: &Bed) {
    bed.apply(["k/1", "k/2", "k/3"].map(|key| Op::put(key, ""))).await;
    for (limit, expected, cut) in [(2, 2, true), (3, 3, false), (0, 3, false)] {
        let reply = bed.apply([Op::Get { range: KeyRange::prefix("k/"), limit }]).await;
        let OpReply::Get { items, more } = &reply.replies[0] else { panic!("{reply:?}") };
        assert_eq!((items.len(), *more), (expected, cut), "limit {limit}");
    }
}

pub(crate) async fn a_key_written_twice_is_refused(bed: &Bed) {
    let range = Op::Delete { range: KeyRange::prefix("a") };
    let twice = [
        vec![Op::put("a", "1"), Op::put("a", "2")],
        vec![Op::put("a", "1"), Op::delete("a")],
        vec![Op::delete("a"), Op::put("a", "1")],
        vec![Op::put("a/b", "1"), range.clone()],
        vec![range, Op::put("a/b", "1")],
        vec![Op::put("a", "1"), Op::Delete { range: KeyRange::prefix("") }],
    ];
    for ops in twice {
        for txn in [Txn::default().then(ops.clone()), Txn::default().otherwise(ops.clone())] {
            let refused = bed.txn(txn).await;
            assert!(matches!(refused, Err(StoreError::Refused(_))), "{ops:?}: {refused:?}");
        }
    }
    assert_eq!(bed.revision().await, Revision(1), "nothing was applied");
}

pub(crate) async fn a_key_may_be_written_in_both_branches_and_deleted_twice(bed: &Bed) {
    let txn = Txn::when([Compare::absent("a")]).then([Op::put("a", "1")]).otherwise([Op::put("a", "2")]);
    bed.txn(txn).await.unwrap();
    let everything = Op::Delete { range: KeyRange::prefix("") };
    let reply = bed.apply([Op::delete("a"), everything, Op::delete("a")]).await;
    assert_eq!(reply.replies, [OpReply::Delete(1), OpReply::Delete(0), OpReply::Delete(0)]);
}

pub(crate) async fn too_many_operations_are_refused(bed: &Bed) {
    let puts = |count: usize| (0..count).map(|number| Op::put(number.to_string(), ""));
    let compares = |count: usize| (0..count).map(|number| Compare::absent(format!("none{number}")));
    for (compared, put) in [(0, 129), (129, 1)] {
        let refused = bed.txn(Txn::when(compares(compared)).then(puts(put))).await;
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{compared}, {put}");
    }
    let largest = Txn::when(compares(128)).then(puts(128)).otherwise(puts(128));
    assert!(bed.txn(largest).await.unwrap().succeeded);
}

pub(crate) async fn a_dead_lease_refuses_the_whole_transaction(bed: &Bed) {
    let refused = bed.try_apply([Op::put("a", ""), Op::put_leased("b", "", DEAD)]).await;
    assert_eq!(refused, Err(StoreError::LeaseNotFound(DEAD)));
    assert_eq!(bed.revision().await, Revision(1), "nothing was applied");
}

pub(crate) async fn a_dead_lease_in_the_branch_not_taken_is_no_matter(bed: &Bed) {
    let txn = Txn::default().then([Op::put("a", "")]).otherwise([Op::put_leased("a", "", DEAD)]);
    assert!(bed.txn(txn).await.unwrap().succeeded);
}
