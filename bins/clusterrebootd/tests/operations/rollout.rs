//! The sections on what is done by day.

#![allow(clippy::disallowed_methods, reason = "the Go daemon that is played here has a clock, too")]

use crb_testbed::Signal;
use jiff::Timestamp;
use serde_json::json;

use crate::bed::Bed;

pub(crate) fn install(bed: &mut Bed) {
    bed.passes_by("cargo build --release");
    bed.passes_by("install -m 755 target/release/clusterrebootd /usr/bin/");
    bed.gives("install -d /etc/clusterrebootd/config.d", 0, &[]);
    bed.gives("install -m 640 packaging/config.yaml /etc/clusterrebootd/config.yaml", 0, &[]);
    bed.passes_by("install -m 644 packaging/systemd/clusterrebootd.service /etc/systemd/system/");
    bed.gives("clusterrebootd validate-config", 2, &["etcd_endpoints", "health_script"]);
    bed.passes_by("systemctl edit clusterrebootd");
}

pub(crate) fn first_rollout(bed: &mut Bed) {
    for node in [&mut bed.a, &mut bed.b] {
        node.set("dry_run", true);
        node.put_config();
    }
    std::fs::create_dir(bed.a.file("config.d")).unwrap();
    bed.gives("clusterrebootd validate-config", 0, &[]);
    bed.passes_by("systemctl daemon-reload");
    bed.passes_by("systemctl enable --now clusterrebootd");
    bed.start();
    bed.a.need_reboot();
    bed.a.wait_for_outcome("ready");
    bed.gives("clusterrebootd status", 0, &["node-a: ready"]);
    bed.gives("clusterrebootd fleet", 0, &["2 nodes: 2 healthy"]);
    bed.gives("clusterrebootd plan", 0, &["node-a"]);

    bed.gives("echo 'dry_run: false' > /etc/clusterrebootd/config.d/90-live.yaml", 0, &[]);
    bed.gives("clusterrebootd validate-config", 0, &["90-live.yaml"]);
    bed.passes_by("systemctl reload clusterrebootd");
    bed.a.signal(Signal::HUP);
    assert_eq!(bed.a.exit_code(), None, "it goes down: {}", bed.a.log_tail());
    bed.a.boot_anew();
    bed.a.start();
    bed.a.wait_for("its return", |event| event.is("reboot_verified"));
    bed.gives("clusterrebootd history", 0, &["released node-a"]);
}

pub(crate) fn windows(bed: &mut Bed) {
    bed.a.put_config();
    let plan = "clusterrebootd plan --nodes 40 --reboot-time 8m --from 2026-12-18T12:00";
    bed.gives(plan, 0, &["40"]);
}

pub(crate) fn upgrades(bed: &mut Bed) {
    bed.start();
    bed.gives("clusterrebootd version", 0, &[env!("CARGO_PKG_VERSION")]);
    bed.gives("clusterrebootd validate-config", 0, &[]);
    bed.passes_by("systemctl restart clusterrebootd");
    bed.a.signal(Signal::TERM);
    assert_eq!(bed.a.exit_code(), Some(0), "{}", bed.a.log_tail());
    bed.a.start();
    bed.a.wait_for("its presence", |event| event.is("presence_joined"));
    bed.gives("clusterrebootd fleet", 0, &["2 nodes: 2 healthy", env!("CARGO_PKG_VERSION")]);
}

pub(crate) fn migration(bed: &mut Bed) {
    let record = json!({
        "node": "node-go", "healthy": true, "stage": "heartbeat", "reason": "", "reported_at": Timestamp::now(),
    });
    bed.etcdctl(&["put", "/cluster_health/node-go", &record.to_string()]);
    // So long that one report lasts for the whole scene.
    bed.a.set("health_publish_interval_sec", 60);
    bed.a.need_reboot();
    bed.a.put_config();
    bed.gives("touch /etc/clusterrebootd/disable", 0, &[]);
    bed.passes_by("systemctl stop clusterrebootd");
    bed.passes_by("install -m 755 target/release/clusterrebootd /usr/bin/");
    bed.gives("clusterrebootd validate-config", 0, &[]);
    bed.passes_by("systemctl daemon-reload");
    bed.passes_by("systemctl start clusterrebootd");
    bed.a.start();
    bed.a.wait_for_outcome("kill_switch_active");
    bed.gives("clusterrebootd status", 5, &["[kill_switch_present]"]);
    bed.gives("clusterrebootd fleet", 0, &["2 nodes: ", "node-go", "Go daemon"]);
    bed.gives("rm /etc/clusterrebootd/disable", 0, &[]);
    bed.a.wait_for("its place in the queue", |event| event.is("lock_acquired"));
    // The Go daemon goes on reporting.
    bed.etcdctl(&["put", "/cluster_health/node-go", &record.to_string()]);
    assert_eq!(bed.a.exit_code(), None, "it goes down: {}", bed.a.log_tail());
}

pub(crate) fn removing(bed: &mut Bed) {
    bed.start();
    bed.passes_by("systemctl disable --now clusterrebootd");
    bed.b.signal(Signal::TERM);
    assert_eq!(bed.b.exit_code(), Some(0), "{}", bed.b.log_tail());
    let forget = "clusterrebootd forget node-b --reason \"decommissioned\"";
    let (code, said) = bed.run(forget);
    assert!(code == Some(1) && said.contains("node-b is present"), "{code:?}: {said}");
    bed.eventually("/crb/alive/node-b", str::is_empty);
    bed.gives(forget, 0, &["node-b"]);
    let (_, said) = bed.run("clusterrebootd fleet");
    assert!(said.starts_with("1 node"), "{said}");
}

pub(crate) fn etcd_users(bed: &mut Bed) {
    bed.start();
    bed.gives("clusterrebootd status", 0, &["node-a: no_action"]);
}
