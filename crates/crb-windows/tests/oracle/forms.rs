//! Windows of every form as their parts, so that the oracle need not parse.

use crb_windows::{CronExpression, Window, WindowDuration, WindowMoment};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::sample::select;

use crate::written::{Written, written};

/// A window of any form.
#[derive(Debug, Clone)]
pub(crate) enum Form {
    Weekly(Written),
    Cron(Box<Cron>),
    Dated(Dated),
}

impl Form {
    pub(crate) fn window(&self, zone: &TimeZone) -> Option<Window> {
        match self {
            Self::Weekly(written) => Some(written.window()),
            Self::Cron(cron) => {
                let fields = [&cron.minute, &cron.hour, &cron.day, &cron.month, &cron.weekday];
                let text = fields.map(|field| field.text.as_str()).join(" ");
                let duration = WindowDuration::parse(&format!("{}m", cron.length)).unwrap();
                Some(Window::cron(CronExpression::parse(&text).unwrap(), duration))
            }
            // One whose end a clock change brings before its start is refused.
            Self::Dated(dated) => {
                let moment = |days: i64, minutes: i64| {
                    let utc = TimeZone::UTC.to_datetime(timestamp(days, minutes));
                    WindowMoment::parse(&utc.strftime("%Y-%m-%dT%H:%M").to_string()).unwrap()
                };
                let [from, until] = dated.ends();
                Window::dated(moment(from.0, from.1), moment(until.0, until.1), zone).ok()
            }
        }
    }
}

fn timestamp(days: i64, minutes: i64) -> jiff::Timestamp {
    crate::zones::timestamp(days * crate::zones::DAY + minutes * 60)
}

/// One field: its text, the values that it matches, and whether it begins with a `*`.
#[derive(Clone)]
pub(crate) struct Field {
    pub(crate) text: String,
    matches: Vec<bool>,
    pub(crate) star: bool,
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl Field {
    fn has(&self, value: i8) -> bool {
        self.matches[usize::try_from(value).unwrap()]
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Cron {
    pub(crate) minute: Field,
    pub(crate) hour: Field,
    day: Field,
    month: Field,
    weekday: Field,
    /// Minutes.
    pub(crate) length: i64,
}

impl Cron {
    /// The minutes of a day that matches.
    pub(crate) fn minutes(&self) -> Vec<bool> {
        let times = (0..24_usize).flat_map(|hour| (0..60_usize).map(move |minute| (hour, minute)));
        times.map(|(hour, minute)| self.hour.matches[hour] && self.minute.matches[minute]).collect()
    }

    /// Whether a day, counted from 1970, matches: by either kind of days, where both are restricted.
    pub(crate) fn matches_day(&self, day: i64) -> bool {
        let date = TimeZone::UTC.to_datetime(timestamp(day, 0)).date();
        let of_month = self.day.has(date.day());
        let of_week = self.weekday.has(date.weekday().to_sunday_zero_offset());
        let day = if self.day.star || self.weekday.star { of_month && of_week } else { of_month || of_week };
        day && self.month.has(date.month())
    }
}

/// From a time of a day, counted from the first one of the two years, for so many minutes of civil time.
#[derive(Debug, Clone)]
pub(crate) struct Dated {
    pub(crate) first_day: i64,
    day: i64,
    start: i64,
    length: i64,
}

impl Dated {
    /// Days counted from 1970, and minutes of these.
    pub(crate) fn ends(&self) -> [(i64, i64); 2] {
        let (day, end) = (self.first_day + self.day, self.start + self.length);
        [(day, self.start), (day + end.div_euclid(1_440), end.rem_euclid(1_440))]
    }
}

/// Any window at all; dated ones lie in the two years that begin with a day, many of them around a change.
pub(crate) fn form(first_day: i64, change_days: Vec<i64>) -> impl Strategy<Value = Form> {
    let dated = (select(change_days), -3..=2_i64, 0..730_i64, any::<bool>(), 0..96_i64, 1..2_000_i64);
    let dated = dated.prop_map(move |(change, near, anywhere, at_change, quarter, length)| Dated {
        first_day,
        day: if at_change { change + near } else { anywhere },
        start: quarter * 15,
        length: length * 15,
    });
    prop_oneof![
        2 => written().prop_map(Form::Weekly),
        4 => cron().prop_map(|cron| Form::Cron(Box::new(cron))),
        1 => dated.prop_map(Form::Dated),
    ]
}

fn cron() -> impl Strategy<Value = Cron> {
    let lengths = select(vec![1, 5, 15, 30, 45, 60, 90, 240, 1_440, 3 * 1_440, 20 * 1_440]);
    let fields = (field(0, 60, 60), field(0, 24, 5), days(1, 29), days(1, 13), days(0, 7));
    (fields, lengths).prop_map(|((minute, hour, day, month, weekday), length)| Cron {
        minute,
        hour,
        day,
        month,
        weekday,
        length,
    })
}

/// A field of the clock, with values from `least` and below `bound`, half of them below `often`, too.
fn field(least: usize, bound: usize, often: usize) -> impl Strategy<Value = Field> {
    let value = prop_oneof![least..bound, least..often];
    (0..5_u8, value.clone(), value, 2..20_usize).prop_map(move |(kind, one, other, step)| {
        let (low, high) = (one.min(other), one.max(other));
        match kind {
            0 => parsed(format!("*/{step}"), bound, true, |value| value % step == 0),
            1 => parsed(format!("{low}-{high}"), bound, false, |value| (low..=high).contains(&value)),
            2 => parsed(format!("{one},{other}"), bound, false, |value| value == one || value == other),
            3 if step < 8 => parsed("*".to_owned(), bound, true, |_| true),
            _ => parsed(one.to_string(), bound, false, |value| value == one),
        }
    })
}

/// A field of the calendar: mostly every day or month.
fn days(least: usize, bound: usize) -> impl Strategy<Value = Field> {
    (0..6_u8, least..bound, least..bound).prop_map(move |(kind, one, other)| {
        let (low, high) = (one.min(other), one.max(other));
        match kind {
            0 => parsed(format!("{low}-{high}"), 32, false, |value| (low..=high).contains(&value)),
            1 => parsed(format!("{one},{other}"), 32, false, |value| value == one || value == other),
            _ => parsed("*".to_owned(), 32, true, |_| true),
        }
    })
}

fn parsed(text: String, bound: usize, star: bool, matches: impl Fn(usize) -> bool) -> Field {
    Field { text, matches: (0..bound).map(matches).collect(), star }
}
