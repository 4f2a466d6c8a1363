//! Clusters that go backwards: restored from a snapshot, or emptied.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use crate::{EtcdCluster, tools};

/// A snapshot of a cluster, in a file that lives as long as the cluster.
#[derive(Debug)]
pub struct Snapshot(PathBuf);

impl EtcdCluster {
    /// Saves what the cluster holds now.
    pub fn save_snapshot(&self) -> Snapshot {
        let file = self.directory().join("snapshot.db");
        let endpoints = self.endpoints();
        // One member is asked, and the first of several `--endpoints` is not the one that counts.
        let saved = tools::etcdctl()
            .args(["--endpoints", &endpoints[0], "snapshot", "save"])
            .arg(&file)
            .stdin(Stdio::null())
            .output()
            .expect("etcdctl");
        assert!(saved.status.success(), "no snapshot: {}", String::from_utf8_lossy(&saved.stderr));
        Snapshot(file)
    }

    /// Ends every member, and starts the cluster anew on what `snapshot` holds, as an operator does after a loss.
    /// Needs an `etcdctl` before 3.6.
    pub fn restore(&mut self, snapshot: &Snapshot) {
        self.begin_anew(|name, peer_url, description, directory| {
            let restored = tools::etcdctl()
                .args(["snapshot", "restore"])
                .arg(&snapshot.0)
                .args(["--name", name, "--initial-cluster", description])
                .args(["--initial-advertise-peer-urls", peer_url])
                .arg("--data-dir")
                .arg(directory)
                .stdin(Stdio::null())
                .output()
                .expect("etcdctl");
            assert!(restored.status.success(), "not restored: {}", String::from_utf8_lossy(&restored.stderr));
        });
    }

    /// Ends every member, and starts the cluster anew on nothing.
    pub fn wipe(&mut self) {
        self.begin_anew(|_, _, _, _| {});
    }

    /// Gives every member a data directory that `fill` makes of its name, its peer URL, the cluster's description
    /// and the directory's path.
    fn begin_anew(&mut self, fill: impl Fn(&str, &str, &str, &std::path::Path)) {
        for index in 0..self.size() {
            self.kill(index);
        }
        for index in 0..self.size() {
            let (plan, description) = self.plan(index);
            fs::remove_dir_all(&plan.directory).expect("the data of a member");
            fill(&plan.name, &plan.peer_url(), description, &plan.directory);
        }
        self.restart_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(cluster: &EtcdCluster) -> String {
        let shown = cluster.etcdctl(&["get", "key", "--print-value-only"]);
        String::from_utf8(shown.stdout).unwrap()
    }

    #[test]
    fn three_etcd_members_are_restored_and_emptied() {
        let mut cluster = EtcdCluster::start(3);
        assert!(cluster.etcdctl(&["put", "key", "then"]).status.success());
        let snapshot = cluster.save_snapshot();
        assert!(cluster.etcdctl(&["put", "key", "now"]).status.success());
        cluster.restore(&snapshot);
        assert_eq!(value(&cluster), "then\n");
        cluster.wipe();
        assert_eq!(value(&cluster), "");
    }
}
