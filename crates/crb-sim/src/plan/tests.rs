use std::collections::BTreeSet;
use std::time::Duration;

use crb_decide::{Basis, Cooldown, Hold, NodeName, Overdue, Pause, PeerState, Policy};
use crb_windows::{CronExpression, Window, WindowDuration, Windows};
use fastrand::Rng;
use jiff::{Timestamp, tz::TimeZone};

use super::*;

const MONDAY: &str = "2026-11-30T00:00:00Z";

fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn windows(allow: &[&str]) -> Windows {
    let allow = allow.iter().map(|text| Window::parse(text).unwrap()).collect();
    Windows::new(allow, vec![], TimeZone::UTC)
}

fn wants(name: &str) -> Member {
    let turn = Turn::Wanted { reboot: minutes(10) };
    Member { name: NodeName::try_new(name).unwrap(), state: PeerState::Healthy, turn }
}

fn out(name: &str, back: Option<Timestamp>) -> Member {
    Member { state: PeerState::Rebooting, turn: Turn::Out { back, overdue: None }, ..wants(name) }
}

fn silent(name: &str) -> Member {
    Member { state: PeerState::Silent { last_report: None }, turn: Turn::Unwanted, ..wants(name) }
}

/// So many nodes that want a reboot of ten minutes, from Monday on.
fn fleet(nodes: usize) -> Outset {
    let width = nodes.to_string().len();
    Outset {
        from: at(MONDAY),
        members: (1..=nodes).map(|number| wants(&format!("n{number:0width$}"))).collect(),
        slots: 1,
        policy: Policy::default(),
        windows: windows(&[]),
        cooldown: Duration::ZERO,
        cooling: None,
        pause: None,
        holds: vec![],
    }
}

/// When who goes, in minutes after Monday began, and how it ends.
fn told(outset: &Outset) -> String {
    let Forecast { reboots, end, barred, .. } = forecast(outset);
    let minute = |at: Timestamp| at.duration_since(outset.from).as_mins();
    let turns: Vec<String> =
        reboots.iter().map(|reboot| format!("{}@{}", reboot.node, minute(reboot.starts))).collect();
    let end = match end {
        End::Done { at } => format!("done@{}", minute(at)),
        End::Never { since, node, reasons, left } => {
            let codes: Vec<_> = reasons.iter().map(crb_decide::Reason::code).collect();
            format!("never@{} {node} of {}: {}", minute(since), left.len(), codes.join(", "))
        }
        End::TooFar { left, .. } => format!("too far, {} left", left.len()),
    };
    let barred: Vec<String> = barred.iter().map(|barred| format!("; not {}", barred.node)).collect();
    format!("{} {end}{}", turns.join(" "), barred.concat()).trim_start().to_owned()
}

#[test]
fn a_fleet_takes_its_turns() {
    let three = fleet(3);
    let with = |change: &dyn Fn(&mut Outset)| {
        let mut outset = fleet(3);
        change(&mut outset);
        outset
    };
    let cases = [
        ("one at a time", three, "n1@0 n2@10 n3@20 done@30"),
        ("two slots", with(&|fleet| fleet.slots = 2), "n1@0 n2@0 n3@10 done@20"),
        ("cooldown", with(&|fleet| fleet.cooldown = minutes(30)), "n1@0 n2@40 n3@80 done@90"),
        (
            "a window counts at the start alone",
            with(&|fleet| fleet.windows = windows(&["Mon 02:00-02:15"])),
            "n1@120 n2@130 n3@10200 done@10210",
        ),
        (
            "a window ends just before its end",
            with(&|fleet| fleet.windows = windows(&["02:00-02:20"])),
            "n1@120 n2@130 n3@1560 done@1570",
        ),
        (
            "who is out comes first",
            with(&|fleet| {
                fleet.members[1] = out("n2", Some(at("2026-11-30T00:07:00Z")));
                fleet.cooldown = minutes(5);
            }),
            "n1@12 n3@27 done@37",
        ),
        (
            "who was to be back before is back at once",
            with(&|fleet| fleet.members[1] = out("n2", Some(at("2026-11-29T00:00:00Z")))),
            "n1@0 n3@10 done@20",
        ),
        (
            "who is back before has begun its cooldown then",
            with(&|fleet| {
                fleet.members[1] = out("n2", Some(at("2026-11-29T23:50:00Z")));
                fleet.cooldown = minutes(25);
            }),
            "n1@15 n3@50 done@60",
        ),
        (
            "a cooldown that runs",
            with(&|fleet| {
                let until = Some(at("2026-11-30T00:45:00Z"));
                fleet.cooling = Some(Cooldown { node: "n9".into(), until });
            }),
            "n1@45 n2@55 n3@65 done@75",
        ),
        (
            "a pause that ends",
            with(&|fleet| {
                let until = Some(at("2026-11-30T01:00:00Z"));
                fleet.pause = Some(Pause { by: "eve".into(), reason: "cake".into(), until });
            }),
            "n1@60 n2@70 n3@80 done@90",
        ),
        (
            "two slots and a policy for one",
            with(&|fleet| {
                fleet.slots = 2;
                fleet.policy.min_healthy_absolute = Some(2);
            }),
            "n1@0 n2@10 n3@20 done@30",
        ),
        ("nobody", Outset { members: vec![], ..fleet(3) }, "done@0"),
    ];
    for (case, outset, expected) in cases {
        assert_eq!(told(&outset), expected, "{case}");
    }
}

#[test]
fn a_roll_out_that_cannot_end_says_why() {
    let with = |change: &dyn Fn(&mut Outset)| {
        let mut outset = fleet(3);
        outset.windows = windows(&["02:00-04:00"]);
        change(&mut outset);
        outset
    };
    let past = |from, until| {
        let moment = |text| crb_windows::WindowMoment::parse(text).unwrap();
        let window = Window::dated(moment(from), moment(until), &TimeZone::UTC).unwrap();
        Windows::new(vec![window], vec![], TimeZone::UTC)
    };
    let fallback: BTreeSet<NodeName> = [NodeName::try_new("n2").unwrap()].into();
    let cases = [
        (
            "no window opens",
            with(&|fleet| fleet.windows = past("2025-01-01", "2025-01-02")),
            "never@0 n1 of 3: window_outside_allow",
        ),
        (
            "no window opens again",
            with(&|fleet| fleet.windows = past("2026-11-29", "2026-11-30T00:15")),
            "n1@0 n2@10 never@20 n3 of 1: window_outside_allow",
        ),
        (
            "a threshold above the roster",
            with(&|fleet| fleet.policy.min_healthy_absolute = Some(3)),
            "never@0 n1 of 3: below_min_healthy",
        ),
        (
            "the last fallback node, which holds up who stands behind it",
            with(&|fleet| {
                fleet.policy.fallback_nodes = fallback.clone();
                fleet.policy.min_healthy_fallback = Some(1);
            }),
            "n1@120 never@130 n2 of 2: below_min_healthy_fallback",
        ),
        ("a silent peer", with(&|fleet| fleet.members.push(silent("n4"))), "never@0 n1 of 3: peer_silent"),
        (
            "a silent peer that is tolerated",
            with(&|fleet| {
                fleet.members.push(Member { turn: wants("n4").turn, ..silent("n4") });
                fleet.policy.max_unhealthy = 1;
            }),
            "n1@120 n2@130 n3@140 done@150; not n4",
        ),
        (
            "a pause without an end",
            with(&|fleet| {
                fleet.pause = Some(Pause { by: "eve".into(), reason: "cake".into(), until: None });
            }),
            "never@0 n1 of 3: paused",
        ),
        (
            "a store that has gone backwards",
            with(&|fleet| fleet.holds = vec![Hold { node: "n3".into(), reason: "restored".into() }]),
            "never@0 n1 of 3: store_regressed",
        ),
        (
            "a slot that nobody frees",
            with(&|fleet| {
                let overdue = Overdue {
                    node: NodeName::try_new("n2").unwrap(),
                    since: None,
                    deadline: at("2026-11-29T00:00:00Z"),
                };
                fleet.members[1] = out("n2", None);
                fleet.members[1].turn = Turn::Out { back: None, overdue: Some(overdue) };
            }),
            "never@0 n1 of 2: reboot_overdue, behind_in_queue",
        ),
    ];
    for (case, outset, expected) in cases {
        assert_eq!(told(&outset), expected, "{case}");
    }
}

#[test]
fn what_takes_more_than_four_hundred_days_is_left_there() {
    let mut outset = fleet(100);
    outset.windows = windows(&["Mon 02:00-02:01"]);
    let Forecast { reboots, end, .. } = forecast(&outset);
    let End::TooFar { limit, left } = end else { panic!("{end:?}") };
    assert_eq!(limit.duration_since(outset.from).as_hours(), 24 * 400);
    assert_eq!((reboots.len(), left.len()), (58, 42));
}

#[test]
fn every_moment_has_one_cause() {
    use Cause::{Cooldown, Reboots, Windows};
    let mut outset = fleet(4);
    outset.windows = windows(&["02:00-03:00"]);
    outset.cooldown = minutes(20);
    let Forecast { stretches, end, from, .. } = forecast(&outset);
    let told: Vec<(Cause, i64)> = stretches
        .iter()
        .map(|stretch| (stretch.cause, stretch.until.duration_since(stretch.from).as_mins()))
        .collect();
    let turn = [(Reboots, 10), (Cooldown, 20)];
    let expected =
        [&[(Windows, 120)][..], &turn, &turn, &[(Windows, 23 * 60)], &turn, &[(Reboots, 10)]].concat();
    assert_eq!(told, expected);
    assert_eq!(stretches[0].from, from);
    assert_eq!(stretches.last().map(|last| last.until), Some(end.at()));
    assert!(stretches.windows(2).all(|pair| pair[0].until == pair[1].from && pair[0].cause != pair[1].cause));
}

/// A fleet drawn by chance, with everything that may stand in its way.
fn drawn(chance: &mut Rng) -> Outset {
    let nodes = chance.usize(1..9);
    let mut outset = fleet(nodes);
    for member in &mut outset.members {
        let reboot = minutes(chance.u64(1..90));
        *member = match chance.u8(0..12) {
            0 => silent(member.name.as_str()),
            1 => out(member.name.as_str(), Some(outset.from.saturating_add(reboot).unwrap())),
            2 => out(member.name.as_str(), None),
            3 => Member { turn: Turn::Unwanted, ..member.clone() },
            _ => Member { turn: Turn::Wanted { reboot }, ..member.clone() },
        };
    }
    outset.slots = chance.u32(1..4);
    outset.cooldown = minutes(chance.u64(0..3) * 25);
    let texts = ["Mon 02:00-04:00", "22:00-23:30", "Tue-Thu 08:00-08:20"];
    outset.windows = windows(&texts[..chance.usize(0..=3)]);
    let names = |chance: &mut Rng| -> BTreeSet<NodeName> {
        outset.members.iter().filter(|_| chance.u8(0..3) == 0).map(|member| member.name.clone()).collect()
    };
    outset.policy = Policy {
        min_healthy_fraction: [None, Some(0.4), Some(0.7)][chance.usize(0..3)],
        min_healthy_absolute: chance.bool().then(|| chance.u32(0..4)),
        forbid_if_only_fallback_left: chance.bool(),
        fallback_nodes: names(chance),
        min_healthy_fallback: chance.bool().then(|| chance.u32(0..2)),
        basis: if chance.bool() { Basis::AfterReboot } else { Basis::BeforeReboot },
        max_unhealthy: chance.u32(0..3),
    };
    let until = outset.from.saturating_add(minutes(chance.u64(1..300))).ok();
    outset.pause = (chance.u8(0..6) == 0).then(|| Pause { by: "a".into(), reason: "b".into(), until });
    outset.cooling = (chance.u8(0..6) == 0).then(|| Cooldown { node: "n".into(), until });
    outset
}

/// Beside what stands here, each verdict that was made for another node is made again: see [`judge`].
#[test]
fn whatever_the_fleet_no_rule_is_broken_and_nobody_is_lost() {
    for seed in 0..2_000 {
        let outset = drawn(&mut Rng::with_seed(seed));
        let Forecast { reboots, end, barred, stretches, .. } = forecast(&outset);
        let wanted =
            outset.members.iter().filter(|member| matches!(member.turn, Turn::Wanted { .. })).count();
        assert_eq!(reboots.len() + end.left().len() + barred.len(), wanted, "seed {seed}");
        let out_before: Vec<Option<Timestamp>> = outset
            .members
            .iter()
            .filter_map(|member| match member.turn {
                Turn::Out { back, .. } => Some(back),
                _ => None,
            })
            .collect();
        for (index, reboot) in reboots.iter().enumerate() {
            let is_open = matches!(outset.windows.at(reboot.starts), crb_decide::WindowState::Open { .. });
            assert!(is_open, "seed {seed}: {reboot:?} outside of the windows");
            let others = reboots[..index].iter().filter(|other| other.back > reboot.starts).count()
                + out_before.iter().filter(|back| back.is_none_or(|back| back > reboot.starts)).count();
            assert!(others < outset.slots as usize, "seed {seed}: {reboot:?} beside {others} others");
            let rests = |back: Timestamp| {
                back > reboot.starts || reboot.starts.duration_since(back).unsigned_abs() >= outset.cooldown
            };
            assert!(reboots.iter().all(|other| rests(other.back)), "seed {seed}: {reboot:?} too soon");
        }
        let ends = [Some(outset.from), stretches.last().map(|last| last.until)];
        assert_eq!(ends.into_iter().flatten().max(), Some(end.at()), "seed {seed}");
    }
}

#[test]
fn ten_thousand_nodes_take_few_moments_and_hardly_a_pass() {
    let mut outset = fleet(10_000);
    let cron = CronExpression::parse("0 22 * * 1-5").unwrap();
    let window = Window::cron(cron, WindowDuration::parse("8h").unwrap());
    outset.windows = Windows::new(vec![window], vec![], TimeZone::get("Europe/Berlin").unwrap());
    outset.slots = 20;
    outset.cooldown = Duration::ZERO;
    outset.policy.min_healthy_fraction = Some(0.99);
    let Forecast { reboots, end, effort, .. } = forecast(&outset);
    assert_eq!(reboots.len(), 10_000);
    let End::Done { at: end } = end else { panic!("{end:?}") };
    let openings = end.duration_since(outset.from).as_hours() / 24 + 1;
    let most = 2 * 10_000 + 2 * u64::try_from(openings).unwrap();
    assert!(effort.moments <= most, "{effort:?} in {openings} days");
    assert!(effort.passes <= 8 * u64::from(outset.slots), "{effort:?}");
}
