//! What is foretold of a fleet, and what fleets of the real daemon then do.

use std::ops::RangeInclusive;

use crb_decide::{NodeName, PeerState, Policy};
use crb_windows::{Window, Windows};
use fastrand::Rng;
use jiff::tz::TimeZone;

use super::*;
use crate::plan::{End, Forecast, Member, Outset, Turn, forecast};

/// How much longer a turn takes a real daemon than its reboot: it looks, it is woken, it writes.
const PER_TURN: Duration = Duration::from_secs(5);

/// How late the first turn may come.
const AT_FIRST: Duration = Duration::from_secs(90);

/// A fleet drawn by chance whose reboots all take the same time.
fn drawn(chance: &mut Rng) -> FleetSpec {
    let mut spec = FleetSpec::new(chance.usize(2..=6));
    let reboot = Duration::from_secs(chance.u64(90..900));
    spec.seed = chance.u64(..);
    spec.shutdown_time = Duration::ZERO..=Duration::ZERO;
    spec.reboot_time = reboot..=reboot;
    // What only shows how the daemons are may be seldom: days have to pass.
    spec.plan.health_interval = minutes(5);
    spec.plan.check_interval = minutes(5);
    spec.plan.backoff_max = minutes(5);
    spec.terms.slots = chance.u32(1..=3);
    spec.terms.cooldown = minutes([0, 10, 45][chance.usize(0..3)]);
    let allow = [&[][..], &["01:30-03:30"], &["01:00-01:40", "06:00-06:10", "Thu 20:00-Fri 02:00"]];
    let allow = allow[chance.usize(0..3)];
    let allow = allow.iter().map(|text| Window::parse(text).unwrap()).collect();
    spec.plan.windows = Windows::new(allow, vec![], TimeZone::UTC);
    spec.plan.policy = Policy {
        min_healthy_fraction: [None, Some(0.5), Some(0.75)][chance.usize(0..3)],
        forbid_if_only_fallback_left: chance.bool(),
        fallback_nodes: spec.names().into_iter().take(chance.usize(0..2)).collect(),
        ..Policy::default()
    };
    spec
}

/// The same fleet for a forecast, in this order, with every turn so much longer than its reboot.
fn outset(spec: &FleetSpec, order: &[NodeName], longer: Duration) -> Outset {
    let reboot = *spec.reboot_time.start() + longer;
    let member = |name: &NodeName| Member {
        name: name.clone(),
        state: PeerState::Healthy,
        turn: Turn::Wanted { reboot },
    };
    Outset {
        from: Timestamp::UNIX_EPOCH,
        members: order.iter().map(member).collect(),
        slots: spec.terms.slots,
        policy: spec.plan.policy.clone(),
        windows: spec.plan.windows.clone(),
        cooldown: spec.terms.cooldown,
        cooling: None,
        pause: None,
        holds: vec![],
    }
}

/// When the last one is back, from the best to the worst that may come.
fn expected_end(spec: &FleetSpec, order: &[NodeName]) -> Option<RangeInclusive<Duration>> {
    let end = |longer| match forecast(&outset(spec, order, longer)).end {
        End::Done { at } => Some(at.duration_since(Timestamp::UNIX_EPOCH).unsigned_abs()),
        End::Never { .. } => None,
        End::TooFar { limit, .. } => panic!("more than can be seen until {limit}: {spec:?}"),
    };
    let (best, worst) = (end(Duration::ZERO), end(PER_TURN));
    assert_eq!(best.is_none(), worst.is_none(), "{spec:?}");
    Some(best?..=worst? + AT_FIRST)
}

#[tokio::test(start_paused = true)]
async fn fleets_of_the_real_daemon_do_as_was_foretold() {
    let (mut ended, mut never) = (0, 0);
    for seed in 0..10 {
        let spec = drawn(&mut Rng::with_seed(seed));
        let lab = Lab::new(spec.clone());
        let names = spec.names();
        // Who comes first is chance; so the order is taken from the fleet, as the command takes it from etcd.
        let likely = expected_end(&spec, &names).map_or(minutes(6 * 60), |end| *end.end());
        let limit = likely + minutes(60);
        let summary = lab.run(pass(limit)).await.unwrap();
        let went = lab.went_down();
        let mut order: Vec<NodeName> = went.iter().map(|name| NodeName::try_new(name).unwrap()).collect();
        order.extend(names.iter().filter(|name| !went.contains(&name.to_string())).cloned());

        let Forecast { reboots, end, .. } = forecast(&outset(&spec, &order, Duration::ZERO));
        let foretold: Vec<String> = reboots.iter().map(|reboot| reboot.node.to_string()).collect();
        assert_eq!(foretold, went, "seed {seed}: {spec:?}");
        assert_eq!(end.left().len(), summary.unfinished.len(), "seed {seed}: {end:?}, and then {summary:?}");
        match expected_end(&spec, &order) {
            Some(expected) => {
                ended += 1;
                assert!(
                    expected.contains(&summary.total),
                    "seed {seed}: {expected:?}, then {summary:?} {spec:?}"
                );
            }
            None => never += 1,
        }
    }
    assert!(ended >= 5 && never >= 1, "too few of one kind: {ended} ended, {never} did not");
}
