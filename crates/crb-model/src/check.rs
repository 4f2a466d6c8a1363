//! Runs the checker, and tells what it saw.

use std::fmt;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use stateright::{Checker, Expectation, HasDiscoveries, Model};

use crate::step::Action;
use crate::system::System;

/// What a run of the checker came to.
#[derive(Debug, Clone)]
pub struct Report {
    /// States generated, with repetition.
    pub states: usize,
    /// States that differ.
    pub unique: usize,
    /// The length of the longest of the shortest ways to a state.
    pub depth: usize,
    /// How long it took.
    pub took: Duration,
    /// The invariants that were broken, each with a way there.
    pub broken: Vec<(&'static str, Vec<Action>)>,
    /// What was never reached and should have been.
    pub unreached: Vec<&'static str>,
}

/// Visits every state of `system`, or stops soon after the first broken invariant.
pub fn check(system: &System) -> Report {
    check_below(system, None)
}

/// Breaks an invariant in as few steps as possible.
pub fn shortest(system: &System) -> Report {
    let mut report = check(system);
    while let Some(steps) = report.broken.iter().map(|(_, steps)| steps.len()).min() {
        let shorter = check_below(system, NonZeroUsize::new(steps + 1));
        if shorter.broken.is_empty() {
            report.broken.retain(|(_, way)| way.len() == steps);
            break;
        }
        report = shorter;
    }
    report
}

#[allow(clippy::disallowed_methods, reason = "how long a run took is told, and decides nothing")]
fn check_below(system: &System, depth: Option<NonZeroUsize>) -> Report {
    let began = Instant::now();
    let mut checker = system.clone().checker().finish_when(HasDiscoveries::AnyFailures);
    if let Some(depth) = depth {
        checker = checker.target_max_depth(depth.get());
    }
    let checker = checker.spawn_bfs().join();
    let found = checker.discoveries();
    let (mut broken, mut unreached) = (vec![], vec![]);
    for property in system.properties() {
        match (property.expectation, found.get(property.name)) {
            (Expectation::Sometimes, None) => unreached.push(property.name),
            (Expectation::Always, Some(path)) => broken.push((property.name, path.clone().into_actions())),
            _ => {}
        }
    }
    Report {
        states: checker.state_count(),
        unique: checker.unique_state_count(),
        depth: checker.max_depth(),
        took: began.elapsed(),
        broken,
        unreached,
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { states, unique, depth, took, broken, .. } = self;
        write!(f, "{states} states, {unique} unique, depth {depth}, {:.1} s", took.as_secs_f64())?;
        for (invariant, steps) in broken {
            write!(f, "\n{invariant} is broken:")?;
            steps.iter().try_for_each(|step| write!(f, "\n  {step}"))?;
        }
        Ok(())
    }
}
