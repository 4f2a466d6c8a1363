//! What befalls etcd itself, or the way to it, while a fleet of six rolls.

mod members;
mod network;
mod space;

use std::ops::Range;

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
    /// Who wants to reboot before the fault strikes; the others want it when the case says so, or after it.
    first: Range<usize>,
}

const ALL: Range<usize> = 0..NODES;

/// As many as have begun when the fault strikes.
const SOME: Range<usize> = 1..1 + BEGUN;

const fn case(
    name: &'static str,
    cluster: fn() -> Result<ClusterSpec, String>,
    strike: fn(&mut Rolling<'_>),
    first: Range<usize>,
) -> Case {
    Case { name, cluster, strike, first }
}

pub(crate) const CASES: &[Case] = &[
    case("leader-killed", plain, members::leader_killed, ALL),
    case("leader-stopped", plain, members::leader_stopped, ALL),
    case("follower-killed", plain, members::follower_killed, ALL),
    case("quorum-stopped", plain, members::quorum_stopped, ALL),
    case("rolling-restart", plain, members::restarted_one_by_one, ALL),
    case("all-killed", plain, members::all_killed, ALL),
    case("member-replaced", plain, members::replaced, ALL),
    case("leader-isolated", network::networked, network::leader_isolated, ALL),
    case("follower-isolated", network::networked, network::follower_isolated, ALL),
    case("leader-parted", network::networked, network::leader_parted, ALL),
    case("idle-node-cut", plain, network::idle_node_cut, SOME),
    case("node-out-cut", plain, network::node_out_cut, SOME),
    case("compacted", plain, space::compacted, ALL),
    case("quota", space::with_quota, space::quota, ALL),
    case("leader-disk-full", space::with_disks, space::leader_disk_full, ALL),
    case("all-disks-full", space::with_disks, space::all_disks_full, ALL),
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
    rolling.want(case.first.clone());
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
    /// Gives these nodes a reason to reboot.
    fn want(&self, nodes: Range<usize>) {
        for node in &self.scene.fleet.nodes[nodes] {
            node.need_reboot();
        }
    }

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
