//! How long to wait before the next try.

use std::time::Duration;

/// Exponential backoff with jitter, between a smallest and a largest wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backoff {
    min: Duration,
    max: Duration,
    ceiling: Duration,
}

impl Backoff {
    /// Waits of at least `min` and at most `max` (or `min`, where `max` is smaller).
    pub fn new(min: Duration, max: Duration) -> Self {
        Self { min, max: max.max(min), ceiling: min }
    }

    /// The next wait: spread by `jitter` (0 to 1) between `min` and a ceiling that doubles with each try.
    pub fn next(&mut self, jitter: f64) -> Duration {
        self.ceiling = self.ceiling.saturating_mul(2).min(self.max);
        let spread = self.ceiling.saturating_sub(self.min);
        // The product may round to more than the whole, and that to more than a duration holds.
        let share = Duration::try_from_secs_f64(spread.as_secs_f64() * jitter.clamp(0.0, 1.0));
        self.min + share.map_or(spread, |share| share.min(spread))
    }

    /// Begins anew, after a success.
    pub fn reset(&mut self) {
        self.ceiling = self.min;
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
    fn a_tiny_wait_grows_no_faster_and_a_huge_one_has_its_end() {
        let mut tiny = Backoff::new(Duration::from_nanos(1), seconds(3_600));
        let waits: Vec<Duration> = (0..33).map(|_| tiny.next(1.0)).collect();
        assert_eq!(waits[32], Duration::from_nanos(1 << 33));
        let mut huge = Backoff::new(seconds(1), Duration::MAX);
        assert_eq!((0..70).map(|_| huge.next(1.0)).last(), Some(Duration::MAX));
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
