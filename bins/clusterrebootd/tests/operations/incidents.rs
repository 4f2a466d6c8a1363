//! The sections that begin with a symptom.

use std::fs;

use crb_testbed::Signal;
use serde_json::json;

use crate::bed::Bed;

pub(crate) fn stop_everything(bed: &mut Bed) {
    bed.start();
    bed.gives("clusterrebootd pause --reason \"incident 4711\"", 0, &["incident 4711"]);
    bed.gives("clusterrebootd fleet", 0, &["PAUSED", "incident 4711"]);
    bed.gives("touch /etc/clusterrebootd/disable", 0, &[]);
    bed.gives("clusterrebootd status", 5, &["node-a: kill_switch_active", "[kill_switch_present]"]);
}

pub(crate) fn nothing_reboots(bed: &mut Bed) {
    bed.start();
    bed.b.answer_health(1);
    bed.b.wait_for("its illness", |event| event.says("cluster_health_update", "status", "unhealthy"));
    bed.a.need_reboot();
    bed.gives("clusterrebootd status", 3, &["node-a: health_blocked", "[peer_unhealthy]", "node-b"]);
    bed.gives("clusterrebootd fleet", 0, &["1 unhealthy"]);
    bed.gives("clusterrebootd simulate", 0, &["reboot-required"]);
    bed.gives("clusterrebootd history --limit 5", 0, &[]);
}

pub(crate) fn never_came_back(bed: &mut Bed) {
    bed.b.set("reboot_timeout_sec", 2);
    bed.start();
    bed.b.need_reboot();
    assert_eq!(bed.b.exit_code(), None, "it goes down: {}", bed.b.log_tail());
    bed.a.wait_for("that it is overdue", |event| event.is("reboot_overdue"));
    bed.gives("clusterrebootd fleet --state overdue,stuck", 0, &["node-b", "overdue"]);
    bed.gives("clusterrebootd history --node node-b", 0, &[]);

    bed.a.need_reboot();
    bed.a.wait_for("whom it waits for", |event| event.fields["reason"] == "reboot_overdue");
    let (code, said) = bed.run("clusterrebootd status");
    assert!(code == Some(4) && said.contains("[reboot_overdue]"), "{code:?}: {said}");

    bed.eventually("/crb/alive/node-b", str::is_empty);
    let unlock = "clusterrebootd unlock node-b --reason \"board is dead\"";
    bed.gives(unlock, 0, &["Unlocked: the slot of node-b is free", "clusterrebootd forget node-b"]);
    let (code, said) = bed.run(unlock);
    assert!(code == Some(1), "it holds no slot any more: {said}");
    let (code, said) = bed.run("clusterrebootd status");
    assert!(code == Some(3) && said.contains("node-b"), "it holds the others back: {said}");
    bed.gives("clusterrebootd forget node-b --reason \"board is dead\"", 0, &["node-b"]);
    assert_eq!(bed.a.exit_code(), None, "the others go on: {}", bed.a.log_tail());
}

pub(crate) fn reboot_pending(bed: &mut Bed) {
    bed.a.set("windows", json!({ "allow": [{ "from": "2099-01-01", "until": "2099-01-02" }] }));
    bed.a.need_reboot();
    bed.start();
    bed.eventually("/crb/alive/node-a", |record| record.contains("\"reboot_required\":true"));
    bed.gives("clusterrebootd status", 0, &["[window_outside_allow]"]);
    bed.gives("clusterrebootd plan", 1, &["NEVER ENDS"]);
}

pub(crate) fn fleet_paused(bed: &mut Bed) {
    bed.start();
    let (code, said) = bed.run("clusterrebootd pause --reason \"somebody had one\"");
    assert_eq!(code, Some(0), "{said}");
    bed.gives("clusterrebootd fleet", 0, &["PAUSED", "somebody had one"]);
    bed.gives("clusterrebootd resume", 0, &["somebody had one"]);
}

pub(crate) fn daemon_silent(bed: &mut Bed) {
    bed.start();
    bed.b.kill();
    bed.eventually("/crb/alive/node-b", str::is_empty);
    bed.gives("clusterrebootd fleet --state silent", 0, &["1 silent", "node-b"]);
    bed.passes_by("systemctl status clusterrebootd");
    bed.passes_by("journalctl -u clusterrebootd -n 50");
    bed.gives("clusterrebootd validate-config", 0, &[]);
}

pub(crate) fn config_rejected(bed: &mut Bed) {
    bed.start();
    let parts = bed.a.file("config.d");
    fs::create_dir(&parts).unwrap();
    fs::write(parts.join("50-bad.yaml"), "check_interval_sec: soon\n").unwrap();
    bed.a.signal(Signal::HUP);
    bed.a.wait_for("its refusal", |event| event.is("config_rejected"));
    bed.gives("clusterrebootd validate-config", 2, &["50-bad.yaml", "check_interval_sec"]);
    fs::write(parts.join("50-bad.yaml"), "check_interval_sec: 2\n").unwrap();
    let (code, said) = bed.run("clusterrebootd validate-config");
    assert_eq!(code, Some(0), "{said}");
    bed.passes_by("systemctl reload clusterrebootd");
    bed.a.signal(Signal::HUP);
    bed.passes_by("journalctl -u clusterrebootd -n 20");
    bed.a.wait_for("its consent", |event| event.is("config_reloaded"));
}

pub(crate) fn etcd_restored(bed: &mut Bed) {
    bed.start();
    bed.etcdctl(&["put", "/crb/hold/node-z", "{}"]);
    bed.a.need_reboot();
    bed.gives("clusterrebootd fleet", 0, &["HELD", "accept-store"]);
    let accept = "clusterrebootd accept-store --reason \"restored from the backup of 02:00\"";
    bed.gives(accept, 0, &["Confirmed: the hold is lifted."]);
    assert_eq!(bed.a.exit_code(), None, "it goes on: {}", bed.a.log_tail());
}
