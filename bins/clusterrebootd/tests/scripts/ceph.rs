//! `health/ceph.sh`.

use crate::bed::{Answer, Bed, Case, Changes, Ran, changed, fails, says};

const TREE: &str = include_str!("fixtures/ceph-tree.json");
const STATUS: &str = include_str!("fixtures/ceph-status.json");
const WARN: (&str, &str) =
    (r#""status":"HEALTH_OK","checks":{}"#, r#""status":"HEALTH_WARN","checks":{CHECKS}"#);
const FLAGS: (&str, &str) = (
    "CHECKS",
    r#""OSDMAP_FLAGS":{"severity":"HEALTH_WARN","summary":{"message":"noout,norebalance flag(s) set","count":2},"muted":false}"#,
);
const SLOW: (&str, &str) = (
    "CHECKS",
    r#""SLOW_OPS":{"severity":"HEALTH_WARN","summary":{"message":"7 slow ops, oldest one blocked for 41 sec","count":7},"muted":false}"#,
);

fn calm() -> [Answer; 2] {
    [
        says("osd ok-to-stop 1 0", r#"{"ok_to_stop":true,"osds":[0,1],"num_ok_pgs":129}"#),
        says("mon ok-to-stop a", "quorum should be preserved (b,c) after stopping [a]"),
    ]
}

fn run(settings: &str, phase: &str, tree: String, status: String, stops: [Answer; 2]) -> (Bed, Ran) {
    let bed = Bed::new();
    bed.write("conf/health.d/ceph.conf", settings);
    let answers = [says("osd tree --format json", tree), says("status --format json", status)];
    bed.tool("ceph", &answers.into_iter().chain(stops).collect::<Vec<_>>());
    let ran = bed.health("ceph", phase);
    (bed, ran)
}

#[test]
fn what_the_cluster_says_decides() {
    let degraded = (r#""active+clean","count":128"#, r#""active+undersized+degraded","count":128"#);
    let table: [Case; 20] = [
        ("all well", "pre-lock", "", &[], ""),
        ("all well", "post-lock", "CEPH_MON=a", &[], ""),
        ("all well", "heartbeat", "CEPH_MON=a", &[], ""),
        (
            "degraded",
            "pre-lock",
            "",
            &[degraded],
            "128 placement groups are active+undersized+degraded; see ceph health",
        ),
        ("degraded, and nobody asks of the cluster", "heartbeat", "", &[degraded], ""),
        ("degraded, and back from the reboot", "post-reboot", "", &[degraded], ""),
        ("asked by hand", "", "", &[degraded], "active+undersized+degraded"),
        ("a phase to come", "pre-hook", "", &[degraded], "active+undersized+degraded"),
        ("not clean", "pre-lock", "", &[("active+clean\"", "active\"")], "128 placement groups are active;"),
        ("peering", "pre-lock", "", &[("active+clean\"", "peering\"")], "128 placement groups are peering"),
        (
            "not all reported",
            "pre-lock",
            "",
            &[(r#""num_pgs":129"#, r#""num_pgs":130"#)],
            "not all placement groups",
        ),
        ("a warning", "pre-lock", "", &[WARN, SLOW], "SLOW_OPS: 7 slow ops"),
        ("a tolerated warning", "pre-lock", "CEPH_TOLERATED_CHECKS='FOO SLOW_OPS'", &[WARN, SLOW], ""),
        (
            "flags",
            "pre-lock",
            "CEPH_TOLERATED_FLAGS=noout",
            &[WARN, FLAGS],
            "flags are set: norebalance; see",
        ),
        ("tolerated flags", "pre-lock", "CEPH_TOLERATED_FLAGS='noout norebalance'", &[WARN, FLAGS], ""),
        (
            "an error is never tolerated",
            "pre-lock",
            "CEPH_TOLERATED_CHECKS=SLOW_OPS",
            &[WARN, SLOW, ("HEALTH_WARN", "HEALTH_ERR")],
            "Ceph is in HEALTH_ERR: SLOW_OPS",
        ),
        ("a monitor out", "pre-lock", "", &[(r#""b","c"]"#, r#""b"]"#)], "only 2 of 3 monitors"),
        (
            "own monitor out",
            "heartbeat",
            "CEPH_MON=a",
            &[(r#"["a","#, "[")],
            "monitor a of this node is not in",
        ),
        ("no placement groups told", "pre-lock", "", &[("pgs_by_state", "other")], "is not understood"),
        (
            "not JSON",
            "pre-lock",
            "",
            &[("{\"fsid\"", "oops {\"fsid\"")],
            "the answer of Ceph is not understood",
        ),
    ];
    for (situation, phase, settings, changes, message) in table {
        let status = changed(STATUS, changes);
        run(settings, phase, TREE.to_owned(), status, calm()).1.is("ceph", situation, message);
    }
}

#[test]
fn the_osds_of_this_node_are_up_and_known() {
    let table: [(&str, &str, Changes, &str); 5] = [
        (
            "own OSD down",
            "",
            &[(r#""status":"up""#, r#""status":"down""#)],
            "osd.0 of this node is down; see ceph osd tree",
        ),
        ("unknown host", "CEPH_HOST=node-9", &[], "the CRUSH map has no host node-9 (CEPH_HOST)"),
        ("no OSD told", "", &[("[1,0]", "[]")], "host node-1 has no OSDs (CEPH_HOST)"),
        ("no OSDs here, and that is meant", "CEPH_HOST=", &[("\"up\"", "\"down\"")], ""),
        ("nothing at all", "", &[(TREE, "")], "the answer of Ceph is empty"),
    ];
    for (situation, settings, changes, message) in table {
        let tree = changed(TREE, changes);
        run(settings, "heartbeat", tree, STATUS.to_owned(), calm()).1.is("ceph", situation, message);
    }
}

#[test]
fn ceph_itself_says_whether_its_daemons_may_stop() {
    let [osd, mon] = calm();
    let stops = [fails("osd ok-to-stop 1 0", 16, "Error EBUSY: 12 PGs are already too degraded"), mon];
    let (bed, ran) = run("", "post-lock", TREE.to_owned(), STATUS.to_owned(), stops);
    ran.is(
        "ceph",
        "OSDs",
        "Ceph cannot spare the OSDs of this node: Error EBUSY: 12 PGs are already too degraded",
    );
    assert!(bed.calls().ends_with("ceph osd ok-to-stop 1 0\n"), "{}", bed.calls());

    let stops = [osd, fails("mon ok-to-stop a", 16, "Error EBUSY: not enough monitors would be available")];
    let (_, ran) = run("CEPH_MON=a", "post-lock", TREE.to_owned(), STATUS.to_owned(), stops);
    ran.is("ceph", "monitor", "Ceph cannot spare monitor a: Error EBUSY: not enough");
}

#[test]
fn a_ceph_that_does_not_answer_holds_every_phase() {
    for phase in ["pre-lock", "post-lock", "monitor", "heartbeat", "post-reboot"] {
        let bed = Bed::new();
        bed.tool("ceph", &[fails("*", 1, "RADOS timed out\n(error connecting to the cluster)")]);
        bed.health("ceph", phase).is("ceph", phase, "RADOS timed out (error connecting to the cluster)");

        bed.hanging_tool("ceph");
        bed.write("conf/health.d/ceph.conf", "CHECK_TIMEOUT_SEC=0.2");
        bed.health("ceph", phase).is("ceph", phase, "Ceph did not answer within 0.2 s");
    }
}
