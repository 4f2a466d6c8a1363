//! What was measured of one thing.

/// One figure, with every value that it was taken from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    /// Which, as in [`limits`](crate::limits).
    pub(crate) key: &'static str,
    /// Every value, in the order of the measurements. There is at least one.
    pub(crate) values: Vec<f64>,
}

impl Figure {
    /// The figure `key`, measured so often.
    pub(crate) fn of(key: &'static str, values: impl IntoIterator<Item = f64>) -> Self {
        let values: Vec<f64> = values.into_iter().collect();
        assert!(!values.is_empty(), "{key} was never measured");
        Self { key, values }
    }

    /// What stands for all values: the one in the middle.
    pub(crate) fn median(&self) -> f64 {
        percentile(&self.values, 50)
    }

    /// The worst value.
    pub(crate) fn most(&self) -> f64 {
        self.values.iter().copied().fold(f64::MIN, f64::max)
    }
}

/// The smallest value that so many of a hundred do not exceed.
pub(crate) fn percentile(values: &[f64], of_a_hundred: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * of_a_hundred).div_ceil(100).clamp(1, sorted.len());
    sorted[rank - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let hundred: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        let cases: [(&[f64], usize, f64); 5] = [
            (&[7.0], 50, 7.0),
            (&[3.0, 1.0, 2.0], 50, 2.0),
            (&[4.0, 1.0, 2.0, 3.0], 50, 2.0),
            (&hundred, 99, 99.0),
            (&[5.0, 9.0], 99, 9.0),
        ];
        for (values, of_a_hundred, expected) in cases {
            assert!((percentile(values, of_a_hundred) - expected).abs() < f64::EPSILON, "{values:?}");
        }
    }
}
