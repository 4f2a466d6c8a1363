//! Wall time that passes as tokio's clock does.

use std::sync::Arc;

use crb_observe::Clock;
use jiff::Timestamp;
use tokio::time::Instant;

/// A wall clock that shows `start` now, and from then on goes with tokio's clock: on a paused one, virtual
/// hours pass in no time. Call it inside a tokio runtime.
pub fn virtual_clock(start: Timestamp) -> Clock {
    let began = Instant::now();
    Arc::new(move || start.saturating_add(began.elapsed()).unwrap_or(Timestamp::MAX))
}
