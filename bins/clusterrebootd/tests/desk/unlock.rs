//! `unlock`: shows what it is about to clear, asks, and refuses what may cost a second node.

use expect_test::expect;
use serde_json::json;

use crate::bed::{Bed, LOCK};

const UNLOCK: [&str; 4] = ["unlock", "node-a", "--reason", "board is dead"];

fn claim(bed: &Bed) -> bool {
    bed.record(&format!("{LOCK}/claim-of-node-a")).is_some()
}

#[test]
fn a_dead_node_is_shown_and_unlocked_and_what_comes_next_is_said() {
    let bed = Bed::new();
    bed.is_out("node-a", "armed");
    let unasked = bed.run(&UNLOCK);
    assert_eq!(unasked.code, 1, "{unasked:?}");
    assert!(claim(&bed));
    expect![[r#"
        clusterrebootd: nobody is there to be asked, for standard input is no terminal:
          say --yes if you are sure. Nothing was changed.
    "#]]
    .assert_eq(&unasked.err);
    expect![[r#"
        node-a holds a slot:
          phase: armed; its reboot command may have run
          since: 0000-00-00 00:00:00 +0000, 0 h 00 min ago
          deadline: 0000-00-00 00:00:00 +0000, overdue for 0 h 00 min
          armed: once
          boot: boot-of-node-a
          presence: not present: its daemon is down, or does not reach etcd
          last report: 0000-00-00 00:00:00 +0000, 0 h 00 min ago: unhealthy (rebooting):
            this node is about to reboot
        No record tells whether the machine of node-a is down: look at the machine. If
          it is up, it may still go down, and another node with it.
        The policy has max_unhealthy: 0, so node-a holds the others back until it is
          back and well, or forgotten too.
        Unlocked: the slot of node-a is free.
        Next, if node-a will not come back:
            $ clusterrebootd forget node-a
    "#]]
    .assert_eq(&bed.says(&[&UNLOCK[..], &["--yes"]].concat()));
    assert!(!claim(&bed));
    let health = bed.record("/cluster_health/node-a").unwrap();
    assert!(health["reason"].as_str().unwrap().ends_with(": board is dead"), "{health}");
    assert_eq!((&health["healthy"], &health["stage"]), (&json!(false), &json!("unlocked")));
    expect![[r#"
        0000-00-00 00:00:00 +0000  unlocked  node-a, out for 0 h 00 min
            by ann@desk: board is dead
    "#]]
    .assert_eq(&bed.says(&["history"]));
}

#[test]
fn under_a_policy_that_bears_a_silent_node_nothing_is_to_be_forgotten() {
    let bed = Bed::with(&json!({ "cluster_policies": { "max_unhealthy": 1 } }));
    bed.is_out("node-a", "verifying");
    let said = bed.says(&[&UNLOCK[..], &["--yes"]].concat());
    assert!(!said.contains("forget") && !said.contains("max_unhealthy"), "{said}");
}

#[test]
fn a_node_that_is_up_where_its_command_may_have_run_is_refused_unless_forced() {
    let bed = Bed::new();
    bed.is_out("node-a", "armed");
    bed.is_present("node-a", "boot-of-node-a");
    let refused = bed.run(&[&UNLOCK[..], &["--yes"]].concat());
    assert_eq!(refused.code, 1, "{refused:?}");
    expect![[r#"
        node-a holds a slot:
          phase: armed; its reboot command may have run
          since: 0000-00-00 00:00:00 +0000, 0 h 00 min ago
          deadline: 0000-00-00 00:00:00 +0000, overdue for 0 h 00 min
          armed: once
          boot: boot-of-node-a
          presence: present, in the boot that is in the claim
          last report: 0000-00-00 00:00:00 +0000, 0 h 00 min ago: unhealthy (rebooting):
            this node is about to reboot
    "#]]
    .assert_eq(&refused.out);
    expect![[r#"
        clusterrebootd: node-a is present, in the boot in which its reboot command may
          have run (its claim is armed): it may still go down, and another node with it.
          Boot it, and it frees its slot itself; or power it off, wait until it is not
          present, and unlock it then. If you know that it cannot go down, `--force`
          unlocks it all the same. Nothing was changed: node-a keeps its slot.
    "#]]
    .assert_eq(&refused.err);
    assert!(claim(&bed));
    expect![[r#"
        node-a holds a slot:
          phase: armed; its reboot command may have run
          since: 0000-00-00 00:00:00 +0000, 0 h 00 min ago
          deadline: 0000-00-00 00:00:00 +0000, overdue for 0 h 00 min
          armed: once
          boot: boot-of-node-a
          presence: present, in the boot that is in the claim
          last report: 0000-00-00 00:00:00 +0000, 0 h 00 min ago: unhealthy (rebooting):
            this node is about to reboot
        node-a is up, and its reboot command may have run: it may still go down, and
          another node with it.
        Unlocked: the slot of node-a is free.
    "#]]
    .assert_eq(&bed.says(&[&UNLOCK[..], &["--yes", "--force"]].concat()));
    assert!(!claim(&bed));
}

#[test]
fn a_node_that_booted_anew_and_one_that_only_committed_need_no_force() {
    for (phase, boot) in [("verifying", "another-boot"), ("committed", "boot-of-node-a")] {
        let bed = Bed::new();
        bed.is_out("node-a", phase);
        bed.is_present("node-a", boot);
        let said = bed.says(&[&UNLOCK[..], &["--yes"]].concat());
        assert!(said.ends_with("\nUnlocked: the slot of node-a is free.\n"), "{said}");
        assert!(!said.contains("may still go down") && !said.contains("forget"), "{said}");
    }
}

#[test]
fn a_name_without_a_claim_is_told_who_has_one() {
    let bed = Bed::new();
    bed.reports("node-b", true, "heartbeat", "");
    let told = |node: &str| {
        let ran = bed.run(&["unlock", node, "--reason", "why", "--yes"]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
        ran.err
    };
    expect![[r#"
        clusterrebootd: node-b has no claim. No node is out. What was unlocked before is
          in `clusterrebootd history`.
    "#]]
    .assert_eq(&told("node-b"));
    bed.is_out("web-east", "armed");
    expect![[r#"
        clusterrebootd: web-esat has no claim, and no such node is known. Did you mean
          web-east? web-east has one. What was unlocked before is in `clusterrebootd
          history`.
    "#]]
    .assert_eq(&told("web-esat"));
    bed.is_out("web-west", "armed");
    expect![[r#"
        clusterrebootd: db has no claim, and no such node is known. web-east, web-west
          have one. What was unlocked before is in `clusterrebootd history`.
    "#]]
    .assert_eq(&told("db"));
}

#[test]
fn a_claim_that_nobody_can_read_is_unlocked_by_the_name_that_it_is_called_by() {
    let bed = Bed::new();
    bed.etcdctl(&["put", &format!("{LOCK}/by-hand"), "nothing"]);
    let said = bed.says(&["unlock", "unknown-by-hand", "--reason", "why", "--yes"]);
    expect![[r#"
        unknown-by-hand holds a slot:
          claim: nobody can read it; whoever put it may go down
          presence: not present: its daemon is down, or does not reach etcd
          last report: none that can be read
        No record tells whether the machine of unknown-by-hand is down: look at the
          machine. If it is up, it may still go down, and another node with it.
        Unlocked: the slot of unknown-by-hand is free.
    "#]]
    .assert_eq(&said);
}

#[test]
fn the_document_has_the_shape_that_is_promised_and_all_else_goes_to_standard_error() {
    let bed = Bed::new();
    bed.is_out("node-a", "armed");
    let ran = bed.run(&[&UNLOCK[..], &["--yes", "--output", "json"]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.err.starts_with("node-a holds a slot:\n"), "{ran:?}");
    expect![[r#"
        {
          "unlocked": "node-a",
          "by": "ann@desk",
          "reason": "board is dead",
          "forced": false,
          "claim": {
            "phase": "armed",
            "since": "0000-00-00T00:00:00Z",
            "deadline": "0000-00-00T00:00:00Z",
            "attempts": 0,
            "boot_id": "boot-of-node-a",
            "whereabouts": "not_present",
            "last_report": {
              "healthy": false,
              "stage": "rebooting",
              "reason": "this node is about to reboot",
              "reported_at": "0000-00-00T00:00:00Z"
            }
          },
          "next": "clusterrebootd forget node-a"
        }
    "#]]
    .assert_eq(&ran.out);
}
