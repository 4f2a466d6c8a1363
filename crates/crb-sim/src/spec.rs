//! What a fleet is made of.

use std::ops::RangeInclusive;
use std::time::Duration;

use crb_decide::{NodeName, Policy};
use crb_lock::{Keys, Terms};
use crb_orchestrate::Plan;
use crb_windows::Windows;
use jiff::tz::TimeZone;

const LOCK_KEY: &str = "/cluster/lock";

/// A fleet to be run. Every machine is configured the same.
#[derive(Debug, Clone)]
pub struct FleetSpec {
    /// How many machines.
    pub nodes: usize,
    /// The namespace of all keys in the store.
    pub namespace: String,
    /// How long a machine still runs once its reboot command was started; each time drawn anew.
    pub shutdown_time: RangeInclusive<Duration>,
    /// How long a machine is off for a reboot; each time drawn anew.
    pub reboot_time: RangeInclusive<Duration>,
    /// How every node goes about it: intervals, backoff, policy, windows.
    pub plan: Plan,
    /// The times and numbers of the protocol: slots, time to live, cooldown.
    pub terms: Terms,
    /// Where all chance comes from.
    pub seed: u64,
}

impl FleetSpec {
    /// `nodes` machines that take minutes to reboot, with the defaults of the configuration.
    pub fn new(nodes: usize) -> Self {
        let seconds = Duration::from_secs;
        Self {
            nodes,
            namespace: "fleet".to_owned(),
            shutdown_time: Duration::ZERO..=seconds(30),
            reboot_time: seconds(60)..=seconds(300),
            plan: Plan {
                dry_run: false,
                check_interval: seconds(60),
                health_interval: seconds(15),
                backoff_min: seconds(5),
                backoff_max: seconds(60),
                reboot_timeout: seconds(1800),
                post_stable: Duration::ZERO,
                longest_step: seconds(120),
                policy: Policy::default(),
                windows: Windows::new(vec![], vec![], TimeZone::UTC),
            },
            terms: Terms {
                lock_ttl: seconds(90),
                presence_ttl: seconds(60),
                reboot_timeout: seconds(1800),
                cooldown: Duration::ZERO,
                history_keep: Some(seconds(30 * 24 * 3600)),
                go_interval: seconds(15),
                slots: 1,
                policy_digest: String::new(),
            },
            seed: 0,
        }
    }

    /// `nodes` machines that are back in a second or two, with everything else as hurried: for people who
    /// watch.
    pub fn demo(nodes: usize) -> Self {
        let (mut spec, seconds) = (Self::new(nodes), Duration::from_secs);
        spec.shutdown_time = Duration::ZERO..=Duration::from_millis(500);
        spec.reboot_time = seconds(1)..=seconds(2);
        spec.plan.check_interval = seconds(1);
        spec.plan.health_interval = seconds(1);
        spec.plan.backoff_min = Duration::from_millis(200);
        spec.plan.backoff_max = seconds(2);
        spec.plan.reboot_timeout = seconds(30);
        spec.terms.reboot_timeout = seconds(30);
        spec.terms.lock_ttl = seconds(15);
        spec.terms.presence_ttl = seconds(10);
        spec.terms.history_keep = Some(seconds(3600));
        spec
    }

    /// `nodes` machines that are back 50 ms after their command, on which everything else is as configured by default:
    /// what a roll-out takes longer is what its coordination takes.
    pub fn swift(nodes: usize) -> Self {
        let mut spec = Self::new(nodes);
        spec.shutdown_time = Duration::ZERO..=Duration::ZERO;
        spec.reboot_time = Duration::from_millis(50)..=Duration::from_millis(50);
        spec
    }

    /// The names of the machines, in order.
    pub fn names(&self) -> Vec<NodeName> {
        let width = self.nodes.to_string().len();
        let name = |number| NodeName::try_new(format!("node-{number:0width$}"));
        (1..=self.nodes).map(|number| name(number).expect("it is neither blank nor a path")).collect()
    }

    /// Where everything of this fleet stands in the store.
    pub fn keys(&self) -> Keys {
        Keys::new(&self.namespace, LOCK_KEY)
    }
}
