//! What befalls etcd itself, or the way to it, while a fleet of six rolls.

mod members;
mod network;
mod space;

use crb_testbed::{ClusterSpec, EtcdCluster, Fleet, History, Line, poll_until};

use crate::case::PATIENCE;
use crate::report::Verdict;
use crate::scene::{Scene, node};

/// So many nodes want to reboot.
const NODES: usize = 6;

/// How long each must stay well in its new boot: without that, all is over before a fault is.
const STABLE_SEC: u32 = 3;

/// So many of them have begun when the fault strikes.
const BEGUN: usize = 2;

/// The one whose way to etcd a case may cut.
const ON_A_LINE: &str = "node-0";

/// A case: a cluster of its own, and what befalls it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The cluster, or what is missing here for it.
    cluster: fn() -> Result<ClusterSpec, String>,
    strike: fn(&mut Rolling<'_>),
}

pub(crate) const CASES: &[Case] = &[
    Case { name: "leader-killed", cluster: plain, strike: members::leader_killed },
    Case { name: "leader-stopped", cluster: plain, strike: members::leader_stopped },
    Case { name: "follower-killed", cluster: plain, strike: members::follower_killed },
    Case { name: "quorum-stopped", cluster: plain, strike: members::quorum_stopped },
    Case { name: "rolling-restart", cluster: plain, strike: members::restarted_one_by_one },
    Case { name: "all-killed", cluster: plain, strike: members::all_killed },
    Case { name: "member-replaced", cluster: plain, strike: members::replaced },
    Case { name: "leader-isolated", cluster: network::networked, strike: network::leader_isolated },
    Case { name: "follower-isolated", cluster: network::networked, strike: network::follower_isolated },
    Case { name: "leader-parted", cluster: network::networked, strike: network::leader_parted },
    Case { name: "waiting-node-cut", cluster: plain, strike: network::waiting_node_cut },
    Case { name: "node-out-cut", cluster: plain, strike: network::node_out_cut },
    Case { name: "compacted", cluster: plain, strike: space::compacted },
    Case { name: "quota", cluster: space::with_quota, strike: space::quota },
    Case { name: "leader-disk-full", cluster: space::with_disks, strike: space::leader_disk_full },
    Case { name: "all-disks-full", cluster: space::with_disks, strike: space::all_disks_full },
];

#[expect(clippy::unnecessary_wraps, reason = "others may be missing something")]
fn plain() -> Result<ClusterSpec, String> {
    Ok(ClusterSpec::of(3))
}

/// A fleet that rolls on a cluster.
struct Rolling<'a> {
    cluster: &'a mut EtcdCluster,
    line: &'a Line,
    scene: Scene<'a>,
}

pub(crate) fn run(case: &Case) -> Verdict {
    let spec = match (case.cluster)() {
        Ok(spec) => spec,
        Err(why) => return Verdict::Skipped(why),
    };
    let mut cluster = spec.start();
    let history = History::of(&cluster);
    let line = Line::to(&cluster.endpoints());
    let endpoints = cluster.endpoints();
    let fleet = Fleet::new(NODES, |name| {
        let way = if name == ON_A_LINE { line.urls() } else { &endpoints };
        node(name, case.name, 1, way).with("post_reboot_stable_sec", STABLE_SEC)
    });
    let scene = Scene::new(fleet, &history, case.name, 1);
    let mut rolling = Rolling { cluster: &mut cluster, line: &line, scene };
    for node in &mut rolling.scene.fleet.nodes {
        node.start();
    }
    rolling.until("all are well", |rolling| rolling.names().iter().all(|name| rolling.scene.is_well(name)));
    for node in rolling.scene.fleet.nodes.iter().skip(usize::from(case.name == "waiting-node-cut")) {
        node.need_reboot();
    }
    rolling.until("some have begun", |rolling| rolling.starts() >= BEGUN);
    (case.strike)(&mut rolling);
    for node in &rolling.scene.fleet.nodes {
        if !rolling.scene.is_on_its_way(node.name()) {
            node.need_reboot();
        }
    }
    rolling.scene.finish();
    let outings = rolling.scene.judged(rolling.cluster);
    let began = outings.iter().filter(|outing| outing.starts.len() == 1).count();
    assert_eq!(began, NODES, "each runs its command once: {outings:#?}");
    Verdict::Held
}

impl Rolling<'_> {
    fn starts(&self) -> usize {
        self.scene.fleet.journal.starts().len()
    }

    fn names(&self) -> Vec<String> {
        self.scene.fleet.nodes.iter().map(|node| node.name().to_owned()).collect()
    }

    /// Boots whoever goes down, until `is`.
    fn until(&mut self, what: &str, mut is: impl FnMut(&mut Self) -> bool) {
        let came = poll_until(PATIENCE, || {
            self.scene.fleet.boot_the_fallen();
            is(self).then_some(())
        });
        assert!(came.is_some(), "waited in vain: {what}; {}", self.scene.fleet.told());
    }

    /// The fleet goes on although something is wrong. The next start may have been armed before; the one after it
    /// was not.
    fn rolls_on(&mut self) {
        let before = self.starts();
        self.until("two more begin", |rolling| rolling.starts() >= (before + 2).min(NODES));
    }

    /// Nothing can be decided: whoever is out stays out, and the others hold for longer than their leases last. At
    /// most the one that was armed goes down.
    fn holds(&mut self) {
        let before = self.starts();
        let told = |rolling: &mut Self| {
            let absent = |node: &mut crb_testbed::TestNode| {
                node.events()
                    .iter()
                    .rfind(|event| event.is("presence_lost") || event.is("presence_joined"))
                    .is_some_and(|event| event.is("presence_lost"))
            };
            rolling.scene.fleet.nodes.iter_mut().all(absent)
        };
        self.until("every node says that it is not present", told);
        assert!(self.starts() <= before + 1, "somebody rebooted without etcd: {}", self.scene.fleet.told());
    }
}
