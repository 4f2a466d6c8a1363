//! `forget`: strikes off what is no more, and nothing else.

use expect_test::expect;

use crate::bed::Bed;

#[test]
fn a_node_that_is_no_more_is_shown_and_struck_off_and_the_history_has_it() {
    let bed = Bed::new();
    bed.reports("node-a", false, "unlocked", "unlocked by ann@desk: board is dead");
    let unasked = bed.run(&["forget", "node-a"]);
    assert_eq!(unasked.code, 1, "{unasked:?}");
    assert!(bed.record("/cluster_health/node-a").is_some());
    expect![[r#"
        node-a is on the roster, is not present, and has no claim.
          last report: 0000-00-00 00:00:00 +0000, 0 h 00 min ago: unhealthy (unlocked):
            unlocked by ann@desk: board is dead
        Forgotten: node-a is off the roster, and holds nobody back. If its daemon starts
          again, it is back on it.
    "#]]
    .assert_eq(&bed.says(&["forget", "node-a", "--yes"]));
    assert_eq!(bed.record("/cluster_health/node-a"), None);
    expect![[r#"
        0000-00-00 00:00:00 +0000  forgotten node-a
            by ann@desk: decommissioned
    "#]]
    .assert_eq(&bed.says(&["history"]));
}

#[test]
fn a_node_that_is_there_or_queues_or_is_unknown_is_refused_and_told_why() {
    let bed = Bed::new();
    for node in ["web-east", "web-west", "web-north"] {
        bed.reports(node, true, "heartbeat", "");
    }
    bed.is_present("web-east", "boot");
    bed.is_out("web-west", "armed");
    let told = |node: &str| {
        let ran = bed.run(&["forget", node, "--yes"]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
        ran.err
    };
    let all = ["web-east", "web-west", "web-nroth", "db"].map(told).join("---\n");
    expect![[r#"
        clusterrebootd: web-east is present: it would be back on the roster at once;
          stop its daemon first. Its presence outlives it by up to 00 s, so that a
          restart goes unnoticed: give this again after that. Nothing was changed.
        ---
        clusterrebootd: web-west has a claim, or waits in the queue. A node that waits
          leaves the queue when its daemon ends; of one that is out and will not come
          back, take the claim away first: `clusterrebootd unlock web-west --reason
          TEXT`. Nothing was changed.
        ---
        clusterrebootd: web-nroth is not on the roster. Did you mean web-north? On the
          roster: web-east, web-north, web-west.
        ---
        clusterrebootd: db is not on the roster. On the roster: web-east, web-north,
          web-west.
    "#]]
    .assert_eq(&all);
}

#[test]
fn the_document_has_the_shape_that_is_promised() {
    let bed = Bed::new();
    bed.reports("node-a", true, "heartbeat", "");
    let ran = bed.run(&["forget", "node-a", "--yes", "--reason", "sold", "--output", "json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    expect![[r#"
        {
          "forgotten": "node-a",
          "by": "ann@desk",
          "reason": "sold",
          "last_report": {
            "healthy": true,
            "stage": "heartbeat",
            "reason": "",
            "reported_at": "0000-00-00T00:00:00Z"
          }
        }
    "#]]
    .assert_eq(&ran.out);
}
