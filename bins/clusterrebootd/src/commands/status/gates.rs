//! Every gate of both stages, in order, whether the pass came to it or not.

use crb_decide::{Checked, Gate, Stage};
use crb_orchestrate::{Report, WhyNot};

/// What there is to say of a gate.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Verdict<'a> {
    /// It was asked: by the pass, or beyond it.
    Asked { checked: &'a Checked, beyond: bool },
    /// It was not.
    NotAsked(WhyNot),
}

/// A gate at a stage.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) gate: Gate,
    pub(crate) stage: Stage,
    pub(crate) verdict: Verdict<'a>,
}

/// All of them. One that the pass asked more than once stands there as it was last.
pub(crate) fn rows(report: &Report) -> Vec<Row<'_>> {
    let stages = [Stage::BeforeLock, Stage::UnderLock];
    let all = stages.into_iter().flat_map(|stage| Gate::ORDER.into_iter().map(move |gate| (gate, stage)));
    all.filter_map(|(gate, stage)| Some(Row { gate, stage, verdict: verdict(report, gate, stage)? }))
        .collect()
}

fn verdict(report: &Report, gate: Gate, stage: Stage) -> Option<Verdict<'_>> {
    let of = |checked: &&Checked| (checked.gate, checked.stage) == (gate, stage);
    let in_pass = report.checked.iter().rfind(of).map(|checked| Verdict::Asked { checked, beyond: false });
    let beyond =
        || report.beyond.checked.iter().find(of).map(|checked| Verdict::Asked { checked, beyond: true });
    let not_asked = || {
        let not = report.beyond.not_asked.iter().find(|not| (not.gate, not.stage) == (gate, stage))?;
        Some(Verdict::NotAsked(not.why))
    };
    in_pass.or_else(beyond).or_else(not_asked)
}
