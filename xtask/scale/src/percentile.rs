//! What most of many values are not above.

use std::time::Duration;

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
