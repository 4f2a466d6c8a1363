//! Hooks around a reboot, as a real daemon runs them.

use std::fs;
use std::path::Path;

use crb_testbed::{Event, TestNode, eventually};
use serde_json::{Value, json};

use crate::bed::Bed;

/// A hook of this name that runs `script` in the node's directory.
pub(crate) fn hook(node: &TestNode, name: &str, script: &str) -> Value {
    let script = format!("cd {}; {script}", node.file("").display());
    json!({ "name": name, "cmd": ["/bin/sh", "-c", script] })
}

fn ended(hook: &str, result: &str) -> impl FnMut(&Event) -> bool {
    move |event| event.says("hook", "hook", hook) && event.fields["result"] == result
}

/// A node with these hooks, and boots of its own.
fn bed(pre: &[(&str, &str)], post: &[(&str, &str)], change: impl Fn(&mut Value)) -> Bed {
    Bed::with(|node| {
        let list = |hooks: &[(&str, &str)]| {
            hooks.iter().map(|(name, script)| hook(&node, name, script)).collect::<Vec<_>>()
        };
        let mut hooks = json!({ "pre_reboot": list(pre), "post_reboot": list(post) });
        change(&mut hooks);
        node.with("hooks", hooks).with_boots()
    })
}

const WRITE_DOWN: &str = "echo $RC_NODE_NAME $RC_HOOK $RC_PHASE $RC_REBOOTED >> order";

fn order(node: &TestNode) -> String {
    fs::read_to_string(node.file("order")).unwrap_or_default()
}

#[test]
fn a_node_is_drained_reboots_and_is_back_in_service_before_the_next_one_may() {
    let wait = format!("{WRITE_DOWN}; until [ -e go ]; do sleep 0.02; done");
    let mut bed = bed(&[("drain", WRITE_DOWN)], &[("undrain", &wait)], |_| {});
    bed.node.start();
    bed.reboots();
    assert_eq!(order(&bed.node), "node-a drain pre-reboot false\n");
    assert!(bed.node.file("state/reboot.json").exists(), "what is owed outlives the boot");

    bed.node.boot_anew();
    bed.node.start();
    bed.node.wait_for("the hook", |event| event.says("hook", "hook", "undrain"));
    eventually("it runs", || order(&bed.node).ends_with("node-a undrain post-reboot true\n").then_some(()));
    assert_eq!(bed.queue(), ["node-a verifying"]);
    assert!(!bed.node.file("run/last-reboot.json").exists(), "it is not verified yet");
    fs::write(bed.node.file("go"), "").unwrap();
    bed.node.wait_for("the release", |event| event.is("reboot_verified"));
    bed.node.wait_for_outcome("no_action");
    assert_eq!(bed.queue(), [""; 0]);
    assert!(!bed.node.file("state/reboot.json").exists());
    tells_of_the_last_reboot(&bed);
}

/// The marker, and `status` as text and as JSON.
fn tells_of_the_last_reboot(bed: &Bed) {
    let marker = fs::read_to_string(bed.node.file("run/last-reboot.json")).unwrap();
    let marker: Value = serde_json::from_str(&marker).unwrap();
    assert_eq!(
        (&marker["boot_before"], &marker["boot_id"]),
        (&"node-a-boot-1".into(), &"node-a-boot-2".into())
    );
    let detector = format!("file:{}", bed.node.file("reboot-required").display());
    assert_eq!(marker["detectors"], json!([detector]));
    let hooks: Vec<_> =
        marker["hooks"].as_array().unwrap().iter().map(|run| (&run["hook"], &run["result"])).collect();
    let success = &Value::from("success");
    assert_eq!(hooks, [(&"drain".into(), success), (&"undrain".into(), success)]);
    let history = marker["history"].as_str().unwrap();
    assert_eq!(bed.record(history).unwrap()["outcome"], "released");

    let shown = bed.node.output_of("status", &["--output", "json"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown["last_reboot"], marker);
    let text = String::from_utf8(bed.node.output_of("status", &[]).stdout).unwrap();
    let told = text.split("last reboot: ").nth(1).unwrap_or_else(|| panic!("{text}"));
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains(&detector) && told.contains("drain success"), "{text}");
}

#[test]
fn a_drain_that_fails_reboots_nothing_and_leaves_nothing_drained() {
    let fails = format!("{WRITE_DOWN}; echo no room for web-7 >&2; exit 3");
    let mut bed = bed(&[("drain", &fails)], &[("undrain", WRITE_DOWN)], |_| {});
    bed.node.start();
    let failed = bed.node.wait_for("the failure", ended("drain", "failed"));
    assert_eq!((failed.level.as_str(), &failed.fields["stderr"]), ("error", &"no room for web-7".into()));
    bed.node.wait_for("the way back", ended("undrain", "success"));
    let aborted = bed.node.wait_for("the abort", |event| event.is("reboot_aborted"));
    assert!(aborted.message.contains("the pre_reboot hook drain failed"), "{aborted:?}");
    assert!(
        order(&bed.node).starts_with("node-a drain pre-reboot false\nnode-a undrain post-reboot false\n")
    );
    bed.ends_without_a_reboot(3);
    assert!(!bed.node.file("state/reboot.json").exists(), "nothing is owed");
}

#[test]
fn a_hook_whose_failure_is_passed_over_holds_nothing() {
    let mut bed = bed(&[("tell", "exit 1"), ("drain", WRITE_DOWN)], &[], |hooks| {
        hooks["pre_reboot"][0]["on_failure"] = "continue".into();
    });
    bed.node.start();
    bed.reboots();
    assert_eq!(order(&bed.node), "node-a drain pre-reboot false\n");
    assert!(bed.node.events().iter().any(|event| ended("tell", "failed")(event)));
}

#[test]
fn a_hook_that_takes_too_long_is_ended_with_all_that_it_started() {
    let script = "trap '' TERM; sh -c 'trap \"\" TERM; echo $$ > grandchild; while :; do sleep 0.1; done' & wait; wait";
    let mut bed = bed(&[("drain", script)], &[], |hooks| hooks["pre_reboot"][0]["timeout_sec"] = 1.into());
    bed.node.start();
    let ended = bed.node.wait_for("its end", ended("drain", "timed_out"));
    assert!(ended.message.contains("did not end within 1 s"), "{ended:?}");
    let pid = fs::read_to_string(bed.node.file("grandchild")).unwrap();
    let process = Path::new("/proc").join(pid.trim());
    eventually("the grandchild is gone", || {
        let stat = fs::read_to_string(process.join("stat")).unwrap_or_default();
        (stat.is_empty() || stat.contains(") Z ")).then_some(())
    });
    bed.has_not_rebooted();
}

#[test]
fn a_kill_switch_during_the_drain_ends_in_a_node_that_is_back_in_service() {
    let switch = format!("{WRITE_DOWN}; touch kill-switch");
    let mut bed = bed(&[("drain", &switch)], &[("undrain", WRITE_DOWN)], |_| {});
    bed.node.start();
    bed.node.wait_for("the look behind the hooks", |event| {
        event.says("kill_switch", "stage", "post-hooks") && event.fields["result"] == "active"
    });
    bed.node.wait_for("the abort", |event| event.is("reboot_aborted"));
    assert_eq!(order(&bed.node), "node-a drain pre-reboot false\nnode-a undrain post-reboot false\n");
    bed.ends_without_a_reboot(5);
}

#[test]
fn a_daemon_that_is_killed_during_the_drain_takes_the_node_back_into_service_when_it_starts() {
    let wait = format!("{WRITE_DOWN}; until [ -e go ]; do sleep 0.02; done");
    let mut bed = bed(&[("drain", &wait)], &[("undrain", WRITE_DOWN)], |_| {});
    bed.node.start();
    eventually("it runs", || (!order(&bed.node).is_empty()).then_some(()));
    bed.node.kill();
    assert_eq!(bed.queue(), ["node-a committed"]);
    bed.node.need_no_reboot();
    bed.node.start();
    bed.node.wait_for("the abort", |event| event.is("reboot_aborted"));
    assert_eq!(order(&bed.node), "node-a drain pre-reboot false\nnode-a undrain post-reboot false\n");
    bed.ends_without_a_reboot(0);
}
