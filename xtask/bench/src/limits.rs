//! What every figure may be at most, and why.
//!
//! `target` is what is aimed at. `limit` is what `cargo xtask bench --check` holds a change to: where a figure is well below
//! its target, the limit is closer, so that a regression shows long before; where the target is not reached yet, the limit
//! is what was reached, so that it does not move away. Only figures that are the same on every machine and under any load
//! have a limit; no time of a clock is among them. docs/performance.md tells how each is measured.

use xtask::Failure;

use crate::figure::Figure;

/// Which of its values a figure is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// The one in the middle.
    Median,
    /// The worst one.
    Most,
}

/// What is known of one figure.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) key: &'static str,
    pub(crate) what: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) by: By,
    /// What is aimed at: no more than this.
    pub(crate) target: f64,
    /// What a change is held to, if the figure is stable.
    pub(crate) limit: Option<f64>,
}

/// Every figure, in the order of the table.
pub(crate) const ROWS: [Row; 19] = [
    // What maps pages into a process by itself is the kernel, 64 KiB around each that is touched; so the figure follows
    // what stands beside what runs, and differs between kernels by some 100 KiB. A change that puts it over the limit has
    // functions that `bins/clusterrebootd/layout.ld` does not know: `cargo xtask bench layout` makes it anew.
    stable("rss_kib", "resident memory at rest", "KiB", By::Median, 4_700.0, 5_100.0),
    stable("anon_kib", "of which anonymous", "KiB", By::Median, 1_000.0, 1_000.0),
    // Some blocks of 4 KiB come and go, and one that is there in six hours on end was seen, and two. Four bytes that each
    // heartbeat left behind would come to more than the limit.
    stable("day_growth_bytes", "growth of the heap in 24 simulated hours", "B", By::Most, 16_384.0, 16_384.0),
    // One of 576 bytes comes at some time and stays. A byte that each renewal left behind would come to more than the limit.
    stable(
        "day_calls_growth_bytes",
        "growth of the heap in a day's calls to etcd",
        "B",
        By::Most,
        4_096.0,
        4_096.0,
    ),
    // A pass a minute and four heartbeats: an event more in each shows.
    stable(
        "allocations_per_hour",
        "allocations an hour at rest, etcd aside",
        "",
        By::Most,
        20_000.0,
        20_000.0,
    ),
    // The loop alone. Those that look at a file or write a line end a second later; so the moment of the look may have one.
    stable("threads_resting", "threads at rest", "", By::Median, 2.0, 2.0),
    stable("threads_most", "threads at most in a minute of rest", "", By::Most, 4.0, 4.0),
    stable("connections", "connections to etcd", "", By::Most, 1.0, 1.0),
    // Every write of every node is an entry in etcd's log on every member.
    stable("etcd_writes", "keys written in etcd at rest", "", By::Most, 0.0, 0.0),
    stable("etcd_raft_entries", "entries of etcd's log at rest", "", By::Most, 0.0, 0.0),
    // The presence lease lives for 60 s and is renewed three times in it.
    stable(
        "etcd_renewals_per_minute",
        "renewals of leases at rest, a node and minute",
        "",
        By::Most,
        3.0,
        3.0,
    ),
    stable("etcd_other_calls", "other calls to etcd at rest", "", By::Most, 0.0, 0.0),
    stable("binary_bytes", "size of the program", "B", By::Most, 5_500_000.0, 5_500_000.0),
    timed("cpu_seconds_per_hour", "CPU an hour at rest, scripts aside", "s", By::Median, 0.2),
    timed("first_pass_ms", "start to the end of the first pass", "ms", By::Median, 30.0),
    timed("version_ms", "`version`, start to end", "ms", By::Median, 5.0),
    timed("marker_ms", "a marker appears, to the end of the first look", "ms", By::Median, 100.0),
    timed("handover_median_ms", "release of one node to arm of the next, median", "ms", By::Median, 50.0),
    timed("handover_p99_ms", "the same, 99 of 100", "ms", By::Median, 200.0),
];

const fn stable(
    key: &'static str,
    what: &'static str,
    unit: &'static str,
    by: By,
    target: f64,
    limit: f64,
) -> Row {
    Row { key, what, unit, by, target, limit: Some(limit) }
}

const fn timed(key: &'static str, what: &'static str, unit: &'static str, by: By, target: f64) -> Row {
    Row { key, what, unit, by, target, limit: None }
}

impl Row {
    /// The row of a figure.
    pub(crate) fn of(figure: &Figure) -> &'static Self {
        let row = ROWS.iter().find(|row| row.key == figure.key);
        row.unwrap_or_else(|| panic!("{} has no row", figure.key))
    }

    /// What the figure comes to.
    pub(crate) fn value(&self, figure: &Figure) -> f64 {
        match self.by {
            By::Median => figure.median(),
            By::Most => figure.most(),
        }
    }
}

/// Fails with every figure that is over its limit, and for a whole measurement with those that are over their target, too.
pub(crate) fn hold(figures: &[Figure], check: bool) -> Result<(), Failure> {
    let over = figures.iter().filter_map(|figure| {
        let row = Row::of(figure);
        let value = row.value(figure);
        let limit =
            if check { row.limit? } else { row.limit.map_or(row.target, |limit| limit.min(row.target)) };
        (value > limit).then(|| format!("{}: {value} {}, and at most {limit} is allowed", row.what, row.unit))
    });
    let over: Vec<String> = over.collect();
    if over.is_empty() { Ok(()) } else { Err(Failure::Verdict(over.join("\n"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is still to be reached. Whoever reaches one of them strikes it off and draws the limit closer.
    const NOT_REACHED: [&str; 1] = ["rss_kib"];

    #[test]
    fn a_limit_is_wider_than_the_target_only_while_that_is_not_reached() {
        for row in &ROWS {
            let wider = row.limit.is_some_and(|limit| limit > row.target);
            assert_eq!(wider, NOT_REACHED.contains(&row.key), "{}", row.key);
        }
    }

    #[test]
    fn a_check_fails_for_what_is_stable_and_a_whole_measurement_for_all() {
        let slow = Figure::of("version_ms", [1.0, 99.0, 99.0]);
        let big = Figure::of("anon_kib", [1_000.5]);
        let both = [slow.clone(), big];
        let told = |figures: &[Figure], check| hold(figures, check).err().map(|failure| failure.to_string());
        assert_eq!(told(std::slice::from_ref(&slow), true), None);
        assert_eq!(
            told(&both, true).as_deref(),
            Some("of which anonymous: 1000.5 KiB, and at most 1000 is allowed")
        );
        assert!(told(&both, false).is_some_and(|told| told.lines().count() == 2));
        assert_eq!(told(&[Figure::of("version_ms", [1.0, 1.0, 99.0])], false), None);
        assert!(told(&[Figure::of("connections", [1.0, 1.0, 2.0])], true).is_some());
    }
}
