//! What a seed draws: the fleet, and how hard it will have it.

use std::time::Duration;

use crb_decide::{Basis, NodeName, Policy};
use crb_windows::{Window, Windows};
use fastrand::Rng;
use jiff::tz::TimeZone;

use super::Options;
use super::fault::Fault;
use super::hooks;
use super::line::Rates;
use super::script::Hardship;
use crate::spec::FleetSpec;

/// A fleet and its hardships.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is drawn by itself")]
pub(crate) struct Mix {
    pub(crate) spec: FleetSpec,
    /// Whether there is a second machine under the first one's name.
    pub(crate) twin: bool,
    /// Whether one more node knows nothing but the classic lock recipe.
    pub(crate) classic: bool,
    /// How long a call takes each way at most when nothing is wrong, in milliseconds.
    pub(crate) latency: u64,
    pub(crate) rates: Rates,
    /// Of a thousand steps, so many end the process soon after.
    pub(crate) crash: u32,
    /// Of a thousand steps, so many stop the process for a while.
    pub(crate) pause: u32,
    /// How long at most, in seconds.
    pub(crate) longest_pause: u64,
    /// Of a thousand steps, so many are where the daemon gets a signal to end.
    pub(crate) shutdown: u32,
    /// The mean time between two hardships.
    pub(crate) gap: Duration,
    /// How often each is drawn.
    pub(crate) weights: Vec<(Hardship, u32)>,
    /// The mean time until a machine needs a reboot again.
    pub(crate) need: Duration,
    /// How a reboot command may be spoilt.
    pub(crate) commands: Vec<Fault>,
    /// For how many runs at most.
    pub(crate) spoilt_runs: u32,
    /// Whether machines have hooks.
    pub(crate) hooks: bool,
    /// Whether operators unlock what they must not. Under the strict policy that takes nobody down, unless the
    /// node is struck off the roster, too.
    pub(crate) careless: bool,
}

/// Every way in which a reboot command may be spoilt.
const COMMANDS: [Fault; 5] = [
    Fault::CommandDoesNothing,
    Fault::CommandFails,
    Fault::CommandHangs,
    Fault::CommandLate,
    Fault::CommandNotStarted,
];

impl Mix {
    /// What the seed draws.
    pub(crate) fn draw(options: &Options, chance: &mut Rng) -> Self {
        let drawn = size(chance);
        let nodes = options.nodes.unwrap_or(drawn).max(1);
        let mut spec = FleetSpec::new(nodes);
        spec.seed = options.seed;
        times(&mut spec, chance);
        spec.terms.slots = if nodes > 2 { chance.u32(1..3) } else { 1 };
        spec.plan.policy = policy(&spec.names(), chance);
        if chance.u32(0..10) == 0 {
            spec.plan.windows = windows(chance);
        }
        let hours = options.hours.max(1);
        let mut mix = Self {
            spec,
            twin: chance.u32(0..8) == 0,
            classic: chance.u32(0..8) == 0,
            latency: [0, 0, 5, 50, 400][chance.usize(0..5)],
            rates: rates(chance),
            crash: [0, 0, 10, 60][chance.usize(0..4)],
            pause: [0, 0, 10, 60][chance.usize(0..4)],
            shutdown: [0, 0, 10, 40][chance.usize(0..4)],
            longest_pause: [5, 90, 400][chance.usize(0..3)],
            gap: Duration::from_secs(hours * 3600 / chance.u64(60..400)),
            weights: Hardship::ALL.iter().map(|hardship| (*hardship, weight(*hardship, chance))).collect(),
            need: Duration::from_secs(chance.u64(600..6 * 3600)),
            commands: COMMANDS.to_vec(),
            spoilt_runs: 4,
            hooks: hooks::drawn(options),
            careless: false,
        };
        if chance.u32(0..10) == 0 {
            let sum: u32 = mix.weights.iter().map(|(_, weight)| weight).sum();
            mix.weights.push((Hardship::Restore, sum / 40 + 1));
        }
        if mix.spec.plan.policy.max_unhealthy == 0 && chance.u32(0..5) == 0 {
            mix.be_careless();
        }
        if let Some(mutant) = options.focus {
            mutant.focus(&mut mix);
        }
        mix
    }
}

impl Mix {
    /// Operators unlock what they must not. What keeps the others up then is the record that says so of the node:
    /// so nobody is struck off the roster, and no second machine speaks under its name.
    pub(crate) fn be_careless(&mut self) {
        self.careless = true;
        self.twin = false;
        self.weights.retain(|(hardship, _)| *hardship != Hardship::Forget);
    }
}

/// Mostly a handful.
fn size(chance: &mut Rng) -> usize {
    match chance.u32(0..100) {
        0..70 => chance.usize(3..7),
        70..90 => chance.usize(7..16),
        90..98 => chance.usize(16..31),
        _ => chance.usize(31..51),
    }
}

fn times(spec: &mut FleetSpec, chance: &mut Rng) {
    let seconds = |chance: &mut Rng, range: std::ops::Range<u64>| Duration::from_secs(chance.u64(range));
    spec.shutdown_time = Duration::ZERO..=seconds(chance, 1..120);
    spec.reboot_time = seconds(chance, 20..60)..=seconds(chance, 60..600);
    spec.plan.check_interval = seconds(chance, 120..900);
    spec.plan.health_interval = seconds(chance, 60..300);
    spec.plan.backoff_max = seconds(chance, 60..240);
    spec.plan.reboot_timeout = seconds(chance, 150..1800);
    spec.terms.reboot_timeout = spec.plan.reboot_timeout;
    spec.plan.post_stable = [Duration::ZERO, seconds(chance, 1..120)][chance.usize(0..2)];
    spec.terms.presence_ttl = seconds(chance, 45..150);
    spec.terms.lock_ttl = seconds(chance, 60..240);
    spec.terms.cooldown = [Duration::ZERO, Duration::ZERO, seconds(chance, 30..900)][chance.usize(0..3)];
    spec.terms.history_keep = [None, Some(Duration::from_secs(3600))][chance.usize(0..2)];
}

/// A policy that can be met while everybody is well.
fn policy(names: &[NodeName], chance: &mut Rng) -> Policy {
    let nodes = u32::try_from(names.len()).unwrap_or(u32::MAX);
    let mut policy = Policy { max_unhealthy: [0, 0, 1, nodes][chance.usize(0..4)], ..Policy::default() };
    match chance.u32(0..8) {
        0 => policy.min_healthy_fraction = Some(0.5),
        1 => policy.min_healthy_absolute = Some(nodes / 2),
        2 if nodes > 3 => {
            policy.fallback_nodes = names.iter().take(2).cloned().collect();
            policy.forbid_if_only_fallback_left = true;
            policy.min_healthy_fallback = Some(1);
        }
        _ => {}
    }
    if chance.u32(0..4) == 0 {
        policy.basis = Basis::BeforeReboot;
    }
    policy
}

/// Hours of every day in which a reboot is allowed, and one in which it is not.
fn windows(chance: &mut Rng) -> Windows {
    let (from, denied) = (chance.u8(0..24), chance.u8(0..24));
    let window = |text: String| Window::parse(&text).ok();
    let allow = window(format!("* {from:02}:00-{:02}:00", (from + chance.u8(4..20)) % 24));
    let deny = window(format!("* {denied:02}:00-{denied:02}:45"));
    Windows::new(allow.into_iter().collect(), deny.into_iter().collect(), TimeZone::UTC)
}

fn rates(chance: &mut Rng) -> Rates {
    let mut rate = |most: u32| if chance.bool() { chance.u32(0..most) } else { 0 };
    Rates {
        slow: rate(60),
        late: rate(120),
        lost: rate(60),
        unheard: rate(60),
        unreachable: rate(40),
        refused: rate(20),
        stale: rate(40),
        watch: rate(100),
        latest: 0,
    }
    .with_latest([30, 200, 900][chance.usize(0..3)])
}

/// Some hardships are left out of each storm, so that others have time to show what they do.
fn weight(hardship: Hardship, chance: &mut Rng) -> u32 {
    if chance.u32(0..3) == 0 { 0 } else { hardship.usual_weight() * chance.u32(1..4) }
}

impl Rates {
    const fn with_latest(mut self, seconds: u64) -> Self {
        self.latest = seconds;
        self
    }
}
