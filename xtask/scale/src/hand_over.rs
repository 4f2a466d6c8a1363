//! How long it takes from the release of one node to the arm of the next.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crb_decide::ClaimPhase;
use crb_observe::{Event, Sink, What};
use crb_sim::scale::Eye;
use tokio::time::Instant;

/// Sees what an [`Eye`] sees, and times every hand-over.
#[derive(Debug, Clone, Default)]
pub(crate) struct Timer {
    pub(crate) eye: Eye,
    marks: Arc<Mutex<Marks>>,
}

#[derive(Debug, Default)]
struct Marks {
    released: Option<Instant>,
    took: Vec<Duration>,
}

impl Sink for Timer {
    fn take(&self, event: &Event) {
        self.eye.take(event);
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        match &event.what {
            // A place has a lease, and a claim none.
            What::LockReleased { lease_id: None, .. } => marks.released = Some(Instant::now()),
            What::ClaimPhase { phase: ClaimPhase::Armed, .. } => {
                let took = marks.released.take().map(|released| released.elapsed());
                marks.took.extend(took);
            }
            _ => {}
        }
    }
}

impl Timer {
    /// What every hand-over took, the shortest first.
    pub(crate) fn sorted(&self) -> Vec<Duration> {
        let mut took = self.marks.lock().unwrap_or_else(PoisonError::into_inner).took.clone();
        took.sort_unstable();
        took
    }
}

/// Of sorted values the one that so many percent are not above.
pub(crate) fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_value_that_was_seen() {
        let sorted: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        let table = [
            (&sorted[..], 50, 100),
            (&sorted, 99, 198),
            (&sorted, 100, 200),
            (&sorted[..1], 99, 1),
            (&[], 50, 0),
        ];
        for (sorted, percent, expected) in table {
            assert_eq!(
                percentile(sorted, percent),
                Duration::from_millis(expected),
                "{percent} of {}",
                sorted.len()
            );
        }
    }
}
