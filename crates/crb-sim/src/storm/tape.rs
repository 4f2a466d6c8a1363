//! What the daemons tell: hashed, so that two runs can be compared, and kept only if somebody asks.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem::discriminant;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crb_decide::NodeName;
use crb_observe::{Event, Sink, What};

/// A tape.
#[derive(Debug, Default)]
pub(crate) struct Tape(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    hash: DefaultHasher,
    events: u64,
    /// How many events are kept.
    tells: usize,
    last: VecDeque<String>,
    outcomes: Option<BTreeMap<NodeName, String>>,
}

impl Tape {
    /// A tape that keeps so many of the last events.
    pub(crate) fn new(tells: usize) -> Self {
        Self(Mutex::new(State { tells, ..State::default() }))
    }

    /// From now on keeps what the last pass of each node came to.
    pub(crate) fn keep_outcomes(&self) {
        self.lock().outcomes = Some(BTreeMap::new());
    }

    /// What the last pass of each node came to.
    pub(crate) fn outcomes(&self) -> Vec<String> {
        let state = self.lock();
        let outcomes = state.outcomes.iter().flatten();
        outcomes.map(|(node, outcome)| format!("{node}: {outcome}")).collect()
    }

    /// How many events there were.
    pub(crate) fn events(&self) -> u64 {
        self.lock().events
    }

    /// A number that tells these events from every other sequence of events.
    pub(crate) fn hash(&self) -> u64 {
        self.lock().hash.finish()
    }

    /// The last events, oldest first.
    pub(crate) fn last(&self) -> Vec<String> {
        self.lock().last.iter().cloned().collect()
    }

    /// Adds a line that no daemon told.
    pub(crate) fn note(&self, line: impl FnOnce() -> String) {
        let mut state = self.lock();
        if state.tells > 0 {
            state.keep(line());
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn keep(&mut self, line: String) {
        if self.last.len() == self.tells {
            self.last.pop_front();
        }
        self.last.push_back(line);
    }
}

impl Sink for Tape {
    fn take(&self, event: &Event) {
        let mut state = self.lock();
        state.events += 1;
        let Event { at, node, what } = event;
        (at.as_nanosecond(), node.as_str(), discriminant(what)).hash(&mut state.hash);
        if let What::RunOutcome { decision, .. } = what {
            let reason = decision.first_reason();
            reason.code().hash(&mut state.hash);
            if let Some(outcomes) = &mut state.outcomes {
                outcomes.insert(node.clone(), reason.to_string());
            }
        }
        if state.tells > 0 && is_told(what) {
            let line = format!("{at:.3} {node:<8} {what:?}");
            state.keep(line);
        }
    }
}

/// What only repeats itself is not worth a line.
const fn is_told(what: &What) -> bool {
    !matches!(
        what,
        What::StoreCall { .. }
            | What::HealthCheck { .. }
            | What::KillSwitch { .. }
            | What::MaintenanceWindow { .. }
            | What::DetectorsEvaluated { .. }
            | What::CooldownStatus { .. }
            | What::ClusterHealthStatus { .. }
            | What::LockBackoff { .. }
    )
}
