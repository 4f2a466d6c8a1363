//! What must hold of windows, whatever is written: the fuzzer and the tests both call this.

use crb_windows::{
    CronExpression, ParseWindowError, Window, WindowDuration, WindowMoment, WindowState, Windows,
};
use jiff::{Timestamp, tz::TimeZone};

/// Where clocks change, do not, and once skipped a day.
const ZONES: [&str; 3] = ["Europe/Berlin", "UTC", "Pacific/Apia"];

/// Before a leap day, before the clocks change, the day that Samoa skipped, and the ends of time.
const INSTANTS: [i64; 5] = [1_709_164_800, 1_774_742_400, 1_325_203_200, -377_705_023_201, 253_402_207_200];

/// Each line is a window of every week, or the parts of another one behind `cron` or `from`.
pub(crate) fn answer(text: &str) {
    let windows: Vec<_> = text.lines().filter_map(|line| shown(window(line.trim()))).collect();
    let (allow, deny) = windows.split_at(windows.len().div_ceil(2));
    for name in ZONES {
        let zone = TimeZone::get(name).expect("zones are bundled");
        check(&Windows::new(allow.to_vec(), deny.to_vec(), zone));
    }
}

/// A window from the text that it shows itself as.
fn window(line: &str) -> Result<Window, ParseWindowError> {
    if let Some((expression, duration)) =
        line.strip_prefix("cron ").and_then(|parts| parts.split_once(" for "))
    {
        return Ok(Window::cron(CronExpression::parse(expression)?, WindowDuration::parse(duration)?));
    }
    if let Some((from, until)) = line.strip_prefix("from ").and_then(|parts| parts.split_once(" until ")) {
        return Window::dated(WindowMoment::parse(from)?, WindowMoment::parse(until)?, &TimeZone::UTC);
    }
    Window::parse(line)
}

/// The window; of a text that is none, what is said of it is looked at.
fn shown(window: Result<Window, ParseWindowError>) -> Option<Window> {
    window.map_err(|error| assert!(!error.to_string().is_empty() && !error.hint().is_empty())).ok()
}

/// That windows know of every instant what they are, and when that changes, and always say the same.
pub(crate) fn check(windows: &Windows) {
    for window in windows.allow().iter().chain(windows.deny()) {
        let text = window.to_string();
        assert_eq!(self::window(&text).as_ref(), Ok(window), "{text} is not read as what it was shown for");
    }
    for second in INSTANTS {
        let now = Timestamp::from_second(second).expect("these are within its range");
        let state = windows.at(now);
        assert_eq!(windows.at(now), state, "{windows:?}");
        assert!(until(&state).is_none_or(|until| until > now), "{state:?} ends before {now}: {windows:?}");
        let outlook = windows.outlook(now);
        assert_eq!(outlook.open, matches!(state, WindowState::Open { .. }), "{windows:?} at {now}");
        if let Some(opens) = windows.next_open(now) {
            assert!(opens >= now, "{windows:?} at {now}");
            assert!(matches!(windows.at(opens), WindowState::Open { .. }), "{windows:?} at {opens}");
        }
    }
}

fn until(state: &WindowState) -> Option<Timestamp> {
    match state {
        WindowState::Open { until }
        | WindowState::OutsideAllow { until }
        | WindowState::Denied { until, .. } => *until,
    }
}
