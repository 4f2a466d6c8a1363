//! When windows change next: what it costs to know, however far ahead that is.

use crb_windows::{CronExpression, Window, WindowDuration, Windows};
use divan::Bencher;
use jiff::{Timestamp, tz::TimeZone};

/// Windows as they are written: every week, and by cron.
const WINDOWS: [&str; 7] = [
    "Fri 18:00-Mon 08:00",
    "cron 0 2 * * * for 4h",
    "cron 0 3 * * TUE#2 for 2h",
    "cron */5 * * * * for 2m",
    "cron * * * * * for 1m",
    "cron 0 3 1 1 * for 1h",
    "cron 0 3 29 2 * for 1h",
];

fn main() {
    divan::main();
}

fn windows(written: &str) -> Windows {
    let window = match written.strip_prefix("cron ").and_then(|cron| cron.rsplit_once(" for ")) {
        Some((cron, duration)) => Window::cron(
            CronExpression::parse(cron).expect("an expression"),
            WindowDuration::parse(duration).expect("a duration"),
        ),
        None => written.parse().expect("a window"),
    };
    Windows::new(vec![window], vec![], TimeZone::get("Europe/Berlin").expect("a zone"))
}

/// A Wednesday in spring, so that next New Year's Day is the better part of a year away.
fn now() -> Timestamp {
    "2026-03-04T12:00:30Z".parse().expect("a time")
}

#[divan::bench(args = WINDOWS)]
fn the_next_change(bencher: Bencher<'_, '_>, written: &str) {
    let windows = windows(written);
    bencher.bench_local(|| windows.at(now()));
}

#[divan::bench(args = WINDOWS)]
fn the_next_opening(bencher: Bencher<'_, '_>, written: &str) {
    let windows = windows(written);
    bencher.bench_local(|| windows.next_open(now()));
}
