//! Growing waits between tries, within the bounds that are in force.

use std::time::Duration;

use crb_decide::Backoff;

use crate::node::Node;

/// A backoff that follows the configuration: with other bounds it begins anew.
pub(crate) struct Retry {
    backoff: Backoff,
    bounds: (Duration, Duration),
}

impl Retry {
    pub(crate) fn new(node: &Node) -> Self {
        let bounds = bounds(node);
        Self { backoff: Backoff::new(bounds.0, bounds.1), bounds }
    }

    /// How long to wait before the next try.
    pub(crate) fn next(&mut self, node: &Node) -> Duration {
        if self.bounds != bounds(node) {
            *self = Self::new(node);
        }
        self.backoff.next((node.jitter)())
    }

    /// Begins anew, after a success.
    pub(crate) fn reset(&mut self) {
        self.backoff.reset();
    }
}

fn bounds(node: &Node) -> (Duration, Duration) {
    let setup = node.setup();
    (setup.plan.backoff_min, setup.plan.backoff_max)
}
