//! How long to wait before the next try.

use std::time::Duration;

/// Exponential backoff with jitter, between a smallest and a largest wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backoff {
    min: Duration,
    max: Duration,
    tries: u32,
}

impl Backoff {
    /// Waits of at least `min` and at most `max` (or `min`, where `max` is smaller).
    pub fn new(min: Duration, max: Duration) -> Self {
        Self { min, max: max.max(min), tries: 0 }
    }

    /// The next wait: spread by `jitter` (0 to 1) between `min` and a ceiling that doubles with each try.
    pub fn next(&mut self, jitter: f64) -> Duration {
        self.tries = self.tries.saturating_add(1);
        let ceiling = 2_u32
            .checked_pow(self.tries)
            .and_then(|factor| self.min.checked_mul(factor))
            .map_or(self.max, |grown| grown.min(self.max));
        self.min + ceiling.saturating_sub(self.min).mul_f64(jitter.clamp(0.0, 1.0))
    }

    /// Begins anew, after a success.
    pub fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn the_ceiling_doubles_up_to_the_largest_wait() {
        let mut backoff = Backoff::new(seconds(5), seconds(60));
        let waits: Vec<Duration> = (0..6).map(|_| backoff.next(1.0)).collect();
        assert_eq!(waits, [10, 20, 40, 60, 60, 60].map(seconds));
        backoff.reset();
        assert_eq!(backoff.next(1.0), seconds(10));
    }

    #[test]
    fn no_wait_is_shorter_than_the_smallest_and_many_tries_do_not_overflow() {
        let mut backoff = Backoff::new(seconds(5), seconds(60));
        for _ in 0..100 {
            assert_eq!(backoff.next(0.0), seconds(5));
        }
        assert_eq!(backoff.next(7.0), seconds(60));
    }
}
