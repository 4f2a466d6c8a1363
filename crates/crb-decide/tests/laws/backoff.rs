//! Backoff: between its ends whatever happens, and doubling in between.

use std::time::Duration;

use crb_decide::Backoff;
use proptest::prelude::*;

use crate::config;
use crate::dice::{Dice, thrown};

/// A backoff, how often it has been asked, and chance to ask it again.
#[derive(Debug)]
struct Case {
    min: Duration,
    max: Duration,
    tries: u32,
    jitters: [f64; 8],
}

fn case() -> impl Strategy<Value = Case> {
    thrown(|dice| Case {
        min: span(dice(), dice()),
        max: span(dice(), dice()),
        tries: dice().throw(80),
        jitters: [(); 8].map(|()| jitter(dice())),
    })
}

/// From nothing to the longest there is, most of them of the kind that people write.
fn span(mut dice: Dice, Dice(word): Dice) -> Duration {
    match dice.throw(8) {
        0..4 => Duration::from_secs(word % 100_000),
        4..7 => Duration::from_nanos(word % 100_000_000_000),
        _ => Duration::new(word, dice.throw(1_000_000_000)),
    }
}

/// Mostly from 0 to 1, ends included; also such as nobody should give.
fn jitter(mut dice: Dice) -> f64 {
    let thousandths = f64::from(dice.throw(1_001)) / 1_000.0;
    match dice.throw(12) {
        8 => 1.0,
        9 => -thousandths,
        10 => 1.0 + thousandths,
        11 => f64::INFINITY,
        _ => thousandths,
    }
}

impl Case {
    fn fresh(&self) -> Backoff {
        Backoff::new(self.min, self.max)
    }

    /// The same, asked so often.
    fn used(&self) -> Backoff {
        let mut backoff = self.fresh();
        for _ in 0..self.tries {
            backoff.next(1.0);
        }
        backoff
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_wait_leaves_its_ends(case in case()) {
        let mut backoff = case.used();
        for jitter in case.jitters {
            let wait = backoff.next(jitter);
            prop_assert!(case.min <= wait && wait <= case.max.max(case.min), "{wait:?}");
        }
    }

    #[test]
    fn the_ceiling_doubles_with_each_try_until_the_longest_wait(case in case()) {
        let grown = case.min.as_nanos().saturating_mul(1_u128.checked_shl(case.tries + 1).unwrap());
        let ceiling = grown.clamp(case.min.as_nanos(), case.max.max(case.min).as_nanos());
        // Chance is a float: it meets a long span to about its 50th bit.
        let wait = case.used().next(1.0).as_nanos();
        prop_assert!(wait.abs_diff(ceiling) <= ceiling >> 50, "{wait} for {ceiling}");
    }

    #[test]
    fn more_chance_is_no_shorter_wait(case in case()) {
        let backoff = case.used();
        let mut jitters = case.jitters;
        jitters.sort_by(f64::total_cmp);
        let waits = jitters.map(|jitter| backoff.clone().next(jitter));
        prop_assert!(waits.is_sorted(), "{waits:?}");
    }

    #[test]
    fn a_reset_begins_anew(case in case()) {
        let (mut used, mut fresh) = (case.used(), case.fresh());
        used.reset();
        for jitter in case.jitters {
            prop_assert_eq!(used.next(jitter), fresh.next(jitter));
        }
    }
}
