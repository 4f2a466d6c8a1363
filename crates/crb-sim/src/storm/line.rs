//! A machine's line to the store: what becomes of its calls.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crb_store::faults::{Call, Decider, Fate, Passing};
use fastrand::Rng;

use super::fault::{Count, Fault};

/// How often calls go wrong while the line is bad: of a thousand each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Rates {
    /// Longer than usual, and in time.
    pub(crate) slow: u32,
    /// Applied after the sender gave up.
    pub(crate) late: u32,
    /// Never applied, and not answered.
    pub(crate) lost: u32,
    /// Applied, and not answered.
    pub(crate) unheard: u32,
    /// Not sent.
    pub(crate) unreachable: u32,
    /// Refused.
    pub(crate) refused: u32,
    /// Reads answered from the past.
    pub(crate) stale: u32,
    /// Watches that break when they have something to tell.
    pub(crate) watch: u32,
    /// How much later than usual a late call is applied, in seconds.
    pub(crate) latest: u64,
}

/// How a line is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Nothing is answered.
    Silent,
    /// Nothing can be reached.
    Refusing,
}

/// One machine's line.
pub(crate) struct Line {
    count: Arc<Count>,
    state: Mutex<State>,
}

struct State {
    chance: Rng,
    /// How long a transaction takes each way at most while nothing is wrong, in milliseconds.
    usual: u64,
    rates: Rates,
    bad: bool,
    cut: Option<Cut>,
    loses_keep_alives: bool,
}

impl Line {
    pub(crate) fn new(count: Arc<Count>, chance: Rng, usual: u64, rates: Rates) -> Self {
        let (bad, cut, loses_keep_alives) = (false, None, false);
        Self { count, state: Mutex::new(State { chance, usual, rates, bad, cut, loses_keep_alives }) }
    }

    pub(crate) fn turn_bad(&self, bad: bool) {
        self.lock().bad = bad;
    }

    pub(crate) fn cut(&self, cut: Option<Cut>) {
        self.lock().cut = cut;
    }

    pub(crate) fn lose_keep_alives(&self, lose: bool) {
        self.lock().loses_keep_alives = lose;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Decider for Line {
    fn fate(&self, call: Call<'_>) -> Fate {
        let mut state = self.lock();
        match state.cut {
            Some(Cut::Silent) => return Fate::Lost,
            Some(Cut::Refusing) => return Fate::Unreachable,
            None => {}
        }
        if state.loses_keep_alives && matches!(call, Call::KeepAlive(_)) {
            return Fate::Lost;
        }
        let wrong = if state.bad { state.wrong(call) } else { None };
        match wrong {
            Some((fault, fate)) => {
                self.count.one(fault);
                fate
            }
            None => state.as_usual(call),
        }
    }

    fn passing(&self) -> Passing {
        let mut state = self.lock();
        if state.cut.is_some() {
            return Passing::Keeps;
        }
        let rate = state.rates.watch;
        if state.bad && state.chance.u32(0..1000) < rate {
            self.count.one(Fault::BrokenWatch);
            return Passing::Breaks;
        }
        Passing::Tells
    }
}

impl State {
    fn as_usual(&mut self, call: Call<'_>) -> Fate {
        if self.usual == 0 || !matches!(call, Call::Txn(_)) {
            return Fate::Answered;
        }
        let usual = self.usual;
        Fate::Travels { there: self.milliseconds(0..usual), back: self.milliseconds(0..usual) }
    }

    fn wrong(&mut self, call: Call<'_>) -> Option<(Fault, Fate)> {
        let rates = self.rates;
        let mut left = self.chance.u32(0..1000);
        let mut is = |rate: u32| {
            let is = left < rate;
            left = left.saturating_sub(rate);
            is
        };
        // A read whose sender is gone changes nothing, so what it meets need not be all that there is.
        let writes = call.is_writing_txn();
        if is(rates.slow) {
            let (there, back) = (self.milliseconds(0..3_000), self.milliseconds(0..3_000));
            return Some((Fault::SlowCall, Fate::Travels { there, back }));
        }
        if is(rates.lost) {
            return Some((Fault::LostRequest, Fate::Lost));
        }
        if is(rates.unreachable) {
            return Some((Fault::Unreachable, Fate::Unreachable));
        }
        if is(rates.refused) {
            return Some((Fault::Refused, Fate::Refused));
        }
        if is(rates.unheard) {
            return Some((Fault::LostAnswer, Fate::Unheard(self.milliseconds(0..500))));
        }
        if writes && is(rates.late) {
            let latest = rates.latest.max(6) * 1_000;
            return Some((Fault::LateCall, Fate::Unheard(self.milliseconds(5_000..latest))));
        }
        if !writes && matches!(call, Call::Txn(_)) && is(rates.stale) {
            return Some((Fault::StaleRead, Fate::Stale(self.chance.i64(1..20))));
        }
        None
    }

    fn milliseconds(&mut self, range: std::ops::Range<u64>) -> Duration {
        Duration::from_millis(self.chance.u64(range))
    }
}
