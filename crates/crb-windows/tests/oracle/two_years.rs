//! All forms of windows together, against every minute of two years.

use crb_windows::{Window, WindowState, Windows};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestCaseError, TestRunner};

use crate::forms::{Form, form};
use crate::minutes::{MINUTES, Years};
use crate::oracle::Verdict;

/// In each of six zones; together 2,004.
const CASES: u32 = 334;

/// Minutes after the beginning of the years, before which what began still earlier may be open.
const LEAD: usize = 45 * 1_440;

/// How many changes in a row are followed.
const STEPS: usize = 60;

#[derive(Debug, Clone)]
struct Case {
    allow: Vec<Form>,
    deny: Vec<Form>,
    starts: Vec<usize>,
}

fn case(years: &Years) -> impl Strategy<Value = Case> + use<> {
    let (first_day, change_days) = (years.first_day(), years.change_days());
    let forms = |most| prop::collection::vec(form(first_day, change_days.clone()), 0..=most);
    let near_change = (prop::sample::select(change_days.clone()), 0..4_320_usize);
    let near_change =
        near_change.prop_map(|(day, minute)| usize::try_from(day - 1).unwrap() * 1_440 + minute);
    let start = prop_oneof![LEAD..MINUTES, near_change];
    let starts = prop::collection::vec(start.prop_map(|start| start.clamp(LEAD, MINUTES - 1)), 4);
    (forms(2), forms(2), starts).prop_map(|(allow, deny, starts)| Case { allow, deny, starts })
}

/// What holds at each minute.
struct Told {
    allowed: Vec<bool>,
    denied: Vec<bool>,
    all_is_allowed: bool,
}

impl Told {
    fn verdict(&self, minute: usize) -> Verdict {
        match (self.denied[minute], self.all_is_allowed || self.allowed[minute]) {
            (true, _) => Verdict::Denied,
            (false, true) => Verdict::Open,
            (false, false) => Verdict::Outside,
        }
    }

    /// The first minute after `minute` at which another verdict holds.
    fn change(&self, minute: usize) -> Option<usize> {
        let verdict = self.verdict(minute);
        (minute + 1..MINUTES).find(|later| self.verdict(*later) != verdict)
    }

    fn next_open(&self, minute: usize) -> Option<usize> {
        (minute..MINUTES).find(|later| self.verdict(*later) == Verdict::Open)
    }
}

fn follows_the_oracle(case: &Case, years: &Years) -> Result<usize, TestCaseError> {
    let zone = years.zone.time_zone();
    let windows =
        |forms: &[Form]| -> Vec<Window> { forms.iter().filter_map(|form| form.window(&zone)).collect() };
    let windows = Windows::new(windows(&case.allow), windows(&case.deny), zone.clone());
    let told = Told {
        allowed: years.covered(&case.allow),
        denied: years.covered(&case.deny),
        all_is_allowed: windows.allow().is_empty(),
    };
    let mut changes = 0;
    for start in &case.starts {
        let next_open = windows.next_open(years.instant(*start)).and_then(|instant| years.minute(instant));
        // What is never within sight of the windows is not asked of the oracle, which sees less or more.
        if let Some(expected) = told.next_open(*start).filter(|next| next - start < 400 * 1_440) {
            prop_assert_eq!(next_open, Some(expected), "next open from {}", years.instant(*start));
        } else {
            prop_assert!(next_open.is_none(), "{next_open:?} from {}", years.instant(*start));
        }
        let mut minute = *start;
        for _ in 0..STEPS {
            let (verdict, until) = match windows.at(years.instant(minute)) {
                WindowState::Open { until } => (Verdict::Open, until),
                WindowState::Denied { until, .. } => (Verdict::Denied, until),
                WindowState::OutsideAllow { until } => (Verdict::Outside, until),
            };
            prop_assert_eq!(verdict, told.verdict(minute), "at {}", years.instant(minute));
            let change = told.change(minute).filter(|change| change - minute < 400 * 1_440);
            let announced = until.and_then(|until| years.minute(until));
            prop_assert_eq!(announced, change, "{:?} from {}", until, years.instant(minute));
            let Some(change) = change else { break };
            changes += 1;
            minute = change;
        }
    }
    Ok(changes)
}

/// Follows every form through the two years that begin with `year`.
#[expect(clippy::print_stdout, reason = "the figures are what a test run is read for")]
fn follow(zone: &'static str, year: i16) {
    let years = Years::of(zone, year);
    let changes = std::cell::Cell::new(0);
    let config = ProptestConfig {
        cases: CASES,
        source_file: Some(file!()),
        rng_algorithm: RngAlgorithm::XorShift,
        ..ProptestConfig::default()
    };
    let followed = TestRunner::new(config).run(&case(&years), |case| {
        changes.set(changes.get() + follows_the_oracle(&case, &years)?);
        Ok(())
    });
    if let Err(error) = followed {
        panic!("{error}");
    }
    println!("{zone}: {CASES} cases, {} changes followed", changes.get());
    assert!(changes.get() > 50 * CASES as usize, "{}", changes.get());
}

#[test]
fn follows_every_minute_where_clocks_change_by_an_hour() {
    follow("Europe/Berlin", 2025);
}

#[test]
fn follows_every_minute_where_they_change_on_other_days() {
    follow("America/New_York", 2025);
}

#[test]
fn follows_every_minute_where_they_change_by_half_an_hour() {
    follow("Australia/Lord_Howe", 2025);
}

#[test]
fn follows_every_minute_where_a_day_is_missing() {
    follow("Pacific/Apia", 2011);
}

#[test]
fn follows_every_minute_where_they_change_at_midnight() {
    follow("America/Sao_Paulo", 2016);
}

#[test]
fn follows_every_minute_where_they_change_a_minute_after_midnight() {
    follow("America/St_Johns", 2009);
}
