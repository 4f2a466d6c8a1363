//! The clocks, and the waits in which a daemon is left alone. Nothing here can be virtual: what is measured is real.
#![allow(clippy::disallowed_methods, reason = "this file alone reads the clocks and waits")]

use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long `work` takes.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    let result = work();
    (result, began.elapsed())
}

/// Wall time since the epoch, which the logs of daemons bear, too.
pub(crate) fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Leaves everybody alone for so long. To rest is what is measured.
pub(crate) fn rest(time: Duration) {
    thread::sleep(time);
}
