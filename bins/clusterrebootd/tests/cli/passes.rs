//! With what a pass ends, a daemon after many of them, and a whole fleet that is pretended.

use crb_testbed::{Signal, TestNode};

use crate::bed::{Bed, run};

/// What is so, which files of the bed make it so, how the program is called, and with what it ends.
type Case<'a> = (&'a str, &'a [&'a str], &'a [&'a str], i32, &'a str);

/// How it is with a node, the outcome of its passes, the signal that ends its daemon, and with what code.
type Ending = (fn(&TestNode), &'static str, Signal, i32);

#[test]
fn a_single_pass_ends_with_the_code_of_what_it_met() {
    let cases: [Case<'_>; 9] = [
        ("nothing asks", &[], &["status"], 0, "no_action"),
        ("etcd is away", &["marker"], &["status"], 1, "lock_unavailable"),
        ("etcd is away", &["marker"], &["run", "--once"], 1, "lock_unavailable"),
        ("the lock is left out", &["marker"], &["status", "--skip-lock"], 0, "lock_skipped"),
        ("the script is red", &["marker", "sick"], &["status"], 3, "health_blocked"),
        ("the script is red", &["marker", "sick"], &["run", "--once"], 3, "health_blocked"),
        (
            "the script is red and left out",
            &["marker", "sick"],
            &["status", "--skip-health", "--skip-lock"],
            0,
            "lock_skipped",
        ),
        ("the kill switch is on", &["disable"], &["run", "--once"], 5, "kill_switch_active"),
        ("a detector cannot tell", &["broken"], &["status"], 1, "no_action"),
    ];
    for (name, files, arguments, code, outcome) in cases {
        let bed = Bed::without_etcd();
        bed.put(files);
        let ran = bed.run(arguments);
        let told = format!("{arguments:?}, when {name}: {}{}", ran.out, ran.err);
        assert_eq!((ran.code, ran.err.as_str()), (code, ""), "{told}");
        assert!(ran.out.starts_with(&format!("node-a: {outcome}\n")), "{told}");
    }
}

#[test]
fn a_daemon_that_is_ended_says_by_its_code_what_was_in_the_way() {
    let sick = |node: &TestNode| {
        node.need_reboot();
        node.answer_health(1);
    };
    let cases: [Ending; 5] = [
        (|_| {}, "no_action", Signal::TERM, 0),
        (|_| {}, "no_action", Signal::INT, 0),
        (sick, "health_blocked", Signal::TERM, 3),
        (TestNode::need_reboot, "lock_unavailable", Signal::TERM, 4),
        (|node| node.kill_switch(true), "kill_switch_active", Signal::TERM, 5),
    ];
    // Together, for each waits some seconds for etcd before its first pass.
    let nodes = cases.map(|(arrange, outcome, ..)| {
        let nowhere = ["127.0.0.1:1".to_owned()];
        let mut node = TestNode::new(env!("CARGO_BIN_EXE_clusterrebootd"), outcome, &nowhere);
        arrange(&node);
        node.start();
        node
    });
    for (mut node, (_, outcome, signal, code)) in nodes.into_iter().zip(cases) {
        node.wait_for_outcome(outcome);
        node.signal(signal);
        assert_eq!(node.exit_code(), Some(code), "{outcome}");
    }
}

#[test]
fn the_demo_reboots_a_fleet_and_ends_well() {
    let ran = run(&["demo", "--nodes", "2"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("2 nodes rebooted in "), "{}", ran.out);
}
