//! Waiting for something outside of our process, by asking again.
#![allow(clippy::disallowed_methods, reason = "this file alone waits for other processes")]

use std::thread;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(20);

/// Asks `condition` until it gives something, and gives that; `None` when it has not by the end of `limit`.
pub fn poll_until<T>(limit: Duration, mut condition: impl FnMut() -> Option<T>) -> Option<T> {
    let begin = Instant::now();
    loop {
        if let Some(found) = condition() {
            return Some(found);
        }
        if begin.elapsed() >= limit {
            return None;
        }
        thread::sleep(PAUSE);
    }
}
