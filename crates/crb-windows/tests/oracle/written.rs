//! Windows as their parts, so that the oracle need not parse.

use crb_windows::Window;
use proptest::prelude::*;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// A window, in parts and as text.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) text: String,
    /// The days on which it opens, Monday first.
    opens: [bool; 7],
    /// Minutes of the day.
    pub(crate) start: i64,
    /// How many days after it opens it closes, and at which minute of that day: up to 1,440, which is its end.
    pub(crate) length_days: i64,
    pub(crate) end: i64,
}

impl Written {
    pub(crate) fn window(&self) -> Window {
        Window::parse(&self.text).unwrap()
    }

    /// Whether it opens on a day, counted from 1970, which began with a Thursday.
    pub(crate) fn opens_on(&self, day: i64) -> bool {
        self.opens[usize::try_from((day + 3).rem_euclid(7)).unwrap()]
    }
}

/// Any window at all: one day, a range of days, a list of them or every day; ending on the day it opens, on the next one,
/// or on one that it names.
pub(crate) fn written() -> impl Strategy<Value = Written> {
    (0..5_u8, 0..7_u8, 0..7_u8, 1..128_u8, minutes(), minutes()).prop_map(
        |(kind, first, more, list, start, end)| {
            let start = start % 1_440;
            let last = (first + more) % 7;
            let days_from = |first: u8, count: u8| {
                std::array::from_fn(|day| (day + 7 - usize::from(first)) % 7 < usize::from(count))
            };
            let name = |day: u8| DAYS[usize::from(day)];
            let (days, opens) = match kind {
                0 => ("*".to_owned(), [true; 7]),
                1 => (format!("{}-{}", name(first), name(last)), days_from(first, more + 1)),
                2 => listed(list),
                _ => (name(first).to_owned(), days_from(first, 1)),
            };
            let (from, to) = (clock(start), clock(end));
            if kind == 4 && (more > 0 || end > start) {
                let text = format!("{days} {from}-{} {to}", name(last));
                return Written { text, opens, start, length_days: more.into(), end };
            }
            let length_days = i64::from(end <= start);
            Written { text: format!("{days} {from}-{to}"), opens, start, length_days, end }
        },
    )
}

/// Two windows that cover every day, but for a day on which clocks skip the start of the one and not the end of the
/// other.
pub(crate) fn seamed() -> impl Strategy<Value = Vec<Written>> {
    (6..12_i64, 1..4_i64).prop_map(|(quarter, overlap)| {
        let (start, end) = (quarter * 15, (quarter + overlap) * 15);
        let every_day = |start, end| Written {
            text: format!("{}-{}", clock(start), clock(end)),
            opens: [true; 7],
            start,
            length_days: 0,
            end,
        };
        vec![every_day(0, end), every_day(start, 1_440)]
    })
}

fn listed(list: u8) -> (String, [bool; 7]) {
    let opens: [bool; 7] = std::array::from_fn(|day| list & (1 << day) != 0);
    let names: Vec<&str> =
        DAYS.into_iter().zip(opens).filter(|(_, opens)| *opens).map(|(name, _)| name).collect();
    (names.join(","), opens)
}

/// Minutes of the day up to its end: some that many windows share, quarters of an hour, and of these many in the
/// hours in which clocks change.
fn minutes() -> impl Strategy<Value = i64> {
    (0..3_u8, 0..=96_i64).prop_map(|(kind, quarter)| match kind {
        0 => quarter / 24 * 24 * 15,
        1 => quarter * 15,
        _ => quarter % 17 * 15,
    })
}

fn clock(minutes: i64) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}
