//! What must hold of every node's windows at every instant.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crb_windows::{WindowState, Windows};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestCaseError, TestRunner};

use crate::oracle::{Openings, Verdict};
use crate::written::{Written, seamed, written};
use crate::zones::{DAY, Moment, moment, timestamp};

const CASES: u32 = 20_000;

/// How far the windows look ahead.
const HORIZON: i64 = 400 * DAY;

/// How far each edge is looked at one by one: within it lies at least one whole week.
const NEAR_DAYS: i64 = 15;

/// A node's windows at an instant.
#[derive(Debug, Clone)]
struct Case {
    allow: Vec<Written>,
    deny: Vec<Written>,
    moment: Moment,
}

fn case() -> impl Strategy<Value = Case> {
    let windows = |most| prop::collection::vec(written(), 0..=most);
    let lists = prop_oneof![
        40 => (windows(3), windows(2)),
        1 => (seamed(), Just(vec![])),
        1 => (Just(vec![]), seamed()),
    ];
    (lists, moment()).prop_map(|((allow, deny), moment)| Case { allow, deny, moment })
}

impl Case {
    fn windows(&self) -> Windows {
        let windows = |list: &[Written]| list.iter().map(Written::window).collect();
        Windows::new(windows(&self.allow), windows(&self.deny), self.moment.zone.time_zone())
    }

    fn openings(&self, from: i64, days: i64) -> Openings<'_> {
        Openings::around((&self.allow, &self.deny), self.moment.zone, from, days)
    }

    /// What holds right away, and at every edge before `end`, where that is near. Far ahead it goes on as in
    /// the week that was looked at, except behind a clock change: the weeks behind each of these are looked at.
    fn verdicts_until(&self, end: i64) -> Vec<(i64, Verdict)> {
        let now = self.moment.second;
        let changes = self.moment.zone.changes(now, end).map(|change| change - DAY);
        let mut verdicts = Vec::new();
        for from in [now].into_iter().chain(changes) {
            let (first, last) = (from.max(now), end.min(from + NEAR_DAYS * DAY));
            let openings = self.openings(from, (last - from) / DAY + 1);
            let edges = [first].into_iter().chain(openings.edges(first, last));
            verdicts.extend(edges.map(|edge| (edge, openings.verdict(edge))));
        }
        verdicts
    }

    /// The first open second before `end`.
    fn first_open(&self, end: i64) -> Option<i64> {
        let verdicts = self.verdicts_until(end).into_iter();
        verdicts.filter(|(_, found)| *found == Verdict::Open).map(|(edge, _)| edge).min()
    }
}

/// Windows open and close on full seconds.
fn second(instant: Timestamp) -> Result<i64, TestCaseError> {
    prop_assert_eq!(instant.subsec_nanosecond(), 0);
    Ok(instant.as_second())
}

fn said(state: &WindowState) -> (Verdict, Option<Timestamp>) {
    match state {
        WindowState::Open { until } => (Verdict::Open, *until),
        WindowState::Denied { until, .. } => (Verdict::Denied, *until),
        WindowState::OutsideAllow { until } => (Verdict::Outside, *until),
    }
}

/// The state is what the oracle says, holds until it says, and not at that instant.
fn holds_until_it_says(case: &Case, state: &WindowState) -> Result<(), TestCaseError> {
    let now = case.moment.second;
    let (verdict, until) = said(state);
    let until = until.map(second).transpose()?;
    for (edge, found) in case.verdicts_until(until.unwrap_or(now + HORIZON)) {
        prop_assert_eq!(found, verdict, "at {} the oracle, of {:?}", timestamp(edge), state);
    }
    if let Some(until) = until {
        prop_assert!(now < until && until <= now + HORIZON, "{state:?}");
        prop_assert_ne!(case.openings(until, 0).verdict(until), verdict, "at the end of {:?}", state);
    }
    if let WindowState::Denied { window, .. } = state {
        let denying = case.openings(now, 0).denying(now).map(|window| &window.text);
        prop_assert_eq!(Some(window), denying);
    }
    Ok(())
}

/// How many cases were of each kind.
#[derive(Debug, Default)]
struct Tally(BTreeMap<&'static str, u32>);

impl Tally {
    fn note<const N: usize>(&mut self, kinds: [(&'static str, bool); N]) {
        for (kind, is) in kinds {
            *self.0.entry(kind).or_default() += u32::from(is);
        }
    }
}

/// Tries it on so many cases, and fails, too, when a kind of them was hardly met.
#[expect(clippy::print_stdout, reason = "the figures are what a test run is read for")]
fn try_law(cases: u32, law: impl Fn(&Case, &mut Tally) -> Result<(), TestCaseError>) -> Tally {
    let tally = RefCell::new(Tally::default());
    let config = ProptestConfig {
        cases,
        source_file: Some(file!()),
        // Unoptimized, the default one takes most of the time.
        rng_algorithm: RngAlgorithm::XorShift,
        ..ProptestConfig::default()
    };
    if let Err(error) = TestRunner::new(config).run(&case(), |case| law(&case, &mut tally.borrow_mut())) {
        panic!("{error}");
    }
    let tally = tally.into_inner();
    println!("{cases} cases: {tally:?}");
    assert!(tally.0.values().all(|count| *count >= 30), "{tally:?}");
    tally
}

#[test]
fn every_state_is_what_the_oracle_says_and_holds_until_it_changes() {
    try_law(CASES, |case, tally| {
        let state = case.windows().at(case.moment.now());
        holds_until_it_says(case, &state)?;
        let (verdict, until) = said(&state);
        let until = until.map(Timestamp::as_second);
        let mut changes = case.moment.zone.changes(case.moment.second, until.unwrap_or(0));
        tally.note([
            ("open", verdict == Verdict::Open),
            ("denied", verdict == Verdict::Denied),
            ("outside", verdict == Verdict::Outside),
            ("until after a clock change", changes.next().is_some()),
            ("until after a month or more", until.is_some_and(|until| until > case.moment.second + 30 * DAY)),
            ("without end", until.is_none()),
        ]);
        Ok(())
    });
}

#[test]
fn the_next_open_instant_is_the_first_that_the_oracle_finds() {
    // A few more, for those that are not asked.
    let tally = try_law(CASES + CASES / 8, |case, tally| {
        let (now, second_now) = (case.moment.now(), case.moment.second);
        let near = case.first_open(second_now + NEAR_DAYS * DAY);
        // To find that nothing ever opens takes long, so that is asked for in one of 16 such cases.
        if near.is_none() && second_now % 16 != 0 {
            tally.note([("not asked", true)]);
            return Ok(());
        }
        let first = near.or_else(|| case.first_open(second_now + HORIZON));
        let expected = first.map(|first| if first == second_now { now } else { timestamp(first) });
        prop_assert_eq!(case.windows().next_open(now), expected);
        let at_once = first == Some(second_now);
        tally.note([
            ("asked", true),
            ("at once", at_once),
            ("later", first.is_some() && !at_once),
            ("never", first.is_none()),
        ]);
        Ok(())
    });
    assert!(tally.0["asked"] >= CASES, "{tally:?}");
}
