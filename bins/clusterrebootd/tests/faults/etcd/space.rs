//! Space: compaction, the quota, and disks that are full.

use crb_testbed::{ClusterSpec, SmallDisk, eventually};

use super::Rolling;

/// A quota that a few hundred values fill.
const QUOTA: &str = "--quota-backend-bytes=4194304";

/// Room for etcd's two journal files of 64 MB, and little more.
const DISK: u64 = 160 << 20;

#[expect(clippy::unnecessary_wraps, reason = "others may be missing something")]
pub(super) fn with_quota() -> Result<ClusterSpec, String> {
    Ok(ClusterSpec::of(3).with(QUOTA))
}

pub(super) fn with_disks() -> Result<ClusterSpec, String> {
    let place = std::env::temp_dir().join(format!("crb-disk-{}", std::process::id()));
    let tried = SmallDisk::mount(&place, 1 << 20).map(drop);
    tried.map(|()| ClusterSpec::of(3).with_disks(DISK)).map_err(|why| format!("needs root and tmpfs: {why}"))
}

/// Compaction up to what was heard, and defragmentation, with every start of a command.
pub(super) fn compacted(rolling: &mut Rolling<'_>) {
    for turn in 1..=3 {
        let revision = rolling.scene.history.revision().to_string();
        etcdctl(rolling, &["compaction", &revision, "--physical"]);
        etcdctl(rolling, &["defrag"]);
        let before = rolling.starts();
        rolling.until(&format!("the fleet goes on after compaction {turn}"), |rolling| {
            rolling.starts() > before
        });
    }
}

/// Another writer fills the quota; nothing can be put until somebody makes room.
pub(super) fn quota(rolling: &mut Rolling<'_>) {
    write_until(rolling, "the quota is spent", |rolling| alarms(rolling).contains("NOSPACE"));
    let before = rolling.starts();
    let refused =
        |rolling: &mut Rolling<'_>| {
            rolling.scene.fleet.nodes.iter_mut().any(|node| {
                node.events().iter().any(|event| event.fields.to_string().contains("space exceeded"))
            })
        };
    rolling.until("somebody says that etcd takes nothing", refused);
    assert!(rolling.starts() <= before + 1, "somebody committed without space");
    etcdctl(rolling, &["del", "--prefix", "/filler"]);
    rolling.until("the history knows of that", |rolling| rolling.scene.history.now("/filler").is_empty());
    let revision = rolling.scene.history.revision().to_string();
    etcdctl(rolling, &["compaction", &revision, "--physical"]);
    etcdctl(rolling, &["defrag"]);
    etcdctl(rolling, &["alarm", "disarm"]);
}

pub(super) fn leader_disk_full(rolling: &mut Rolling<'_>) {
    let leader = rolling.cluster.leader();
    rolling.cluster.disk(leader).fill();
    write_until(rolling, "the leader has ended", |rolling| rolling.cluster.has_ended(leader));
    rolling.rolls_on();
    rolling.cluster.disk(leader).free();
    rolling.cluster.restart(leader);
}

pub(super) fn all_disks_full(rolling: &mut Rolling<'_>) {
    let all = 0..rolling.cluster.size();
    all.clone().for_each(|index| rolling.cluster.disk(index).fill());
    write_until(rolling, "two members have ended", |rolling| {
        (0..3).filter(|index| rolling.cluster.has_ended(*index)).count() >= 2
    });
    rolling.holds();
    all.clone().for_each(|index| rolling.cluster.disk(index).free());
    all.clone().for_each(|index| rolling.cluster.restart_at_once(index));
    all.for_each(|index| rolling.cluster.wait_until_member_is_healthy(index));
}

fn alarms(rolling: &Rolling<'_>) -> String {
    String::from_utf8_lossy(&rolling.cluster.etcdctl(&["alarm", "list"]).stdout).into_owned()
}

/// Writes large values beside the fleet, until `is`.
fn write_until(rolling: &mut Rolling<'_>, what: &str, mut is: impl FnMut(&mut Rolling<'_>) -> bool) {
    let value = "x".repeat(100_000);
    let mut count = 0;
    rolling.until(what, |rolling| {
        count += 1;
        // Refused, or in vain, when there is no more room: that is what is waited for.
        rolling.cluster.etcdctl(&["--command-timeout", "2s", "put", &format!("/filler/{count}"), &value]);
        is(rolling)
    });
}

fn etcdctl(rolling: &Rolling<'_>, arguments: &[&str]) {
    let what = format!("etcdctl {arguments:?} succeeds");
    eventually(&what, || rolling.cluster.etcdctl(arguments).status.success().then_some(()));
}
