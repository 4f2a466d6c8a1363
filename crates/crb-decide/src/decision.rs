//! What a pass comes to: an outcome, and why.

use crate::outcome::{ExitCode, Outcome};
use crate::reason::Reason;

/// A list that is never empty.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NonEmpty<T>(Vec<T>);

impl<T> NonEmpty<T> {
    /// `None` when there is nothing in it.
    pub(crate) fn try_new(items: Vec<T>) -> Option<Self> {
        if items.is_empty() { None } else { Some(Self(items)) }
    }

    pub(crate) fn one(item: T) -> Self {
        Self(vec![item])
    }

    /// All of `items`, and then `last`.
    pub(crate) fn ending_with(mut items: Vec<T>, last: T) -> Self {
        items.push(last);
        Self(items)
    }

    pub(crate) fn into_vec(self) -> Vec<T> {
        self.0
    }

    fn first(&self) -> &T {
        self.0.first().expect("every way to make one puts something in")
    }
}

/// How a pass ended and why. There is always a reason, and the first one names the outcome.
#[must_use]
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    outcome: Outcome,
    reasons: NonEmpty<Reason>,
}

impl Decision {
    pub(crate) fn because(reasons: NonEmpty<Reason>) -> Self {
        Self { outcome: reasons.first().outcome(), reasons }
    }

    /// A decision for one reason.
    pub fn for_one(reason: Reason) -> Self {
        Self::because(NonEmpty::one(reason))
    }

    /// How the pass ended.
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The reason that names the outcome.
    pub fn first_reason(&self) -> &Reason {
        self.reasons.first()
    }

    /// Why; never empty.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons.0
    }

    /// Whether the node keeps its place in the queue: only what the fleet decides may be waited out there.
    pub fn keeps_place(&self) -> bool {
        self.reasons.0.iter().all(Reason::is_waited_out_in_queue)
    }

    /// The exit code of a single pass that ends so.
    pub fn exit_code(&self) -> ExitCode {
        if self.reasons.0.iter().any(Reason::is_failure) {
            ExitCode::Failure
        } else {
            ExitCode::from(self.outcome)
        }
    }
}
