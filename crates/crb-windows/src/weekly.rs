//! Windows that open every week: `DAYS HH:MM-[DAY ]HH:MM`.

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Time, Weekday, time},
    tz::TimeZone,
};

use crate::{
    error::{ParseWindowError, WindowFault},
    opening::Opening,
    piece::Piece,
};

/// The longest opening is a week; a day more bridges whatever a clock change does to it.
const LONGEST_DAYS: i8 = 8;

/// Opens at `start` on each of `days`, and closes `end_days` later at `end`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Weekly {
    days: Days,
    start: Time,
    end_days: i8,
    end: Time,
}

impl Weekly {
    pub(crate) fn parse(text: &str) -> Result<Self, ParseWindowError> {
        let whole = Piece::whole(text).trim();
        let (from, to) = halves(whole)?;

        let (days_text, start) = days_and_time(from);
        let days = days_text.map_or(Ok(Days::EVERY), Days::parse)?;
        let start = match TimeOfDay::parse(start)? {
            TimeOfDay::At(start) => start,
            TimeOfDay::EndOfDay => return Err(ParseWindowError::new(WindowFault::StartsAtEndOfDay, start)),
        };

        let (end_day, end) = days_and_time(to);
        let end_text = end.text;
        let end = TimeOfDay::parse(end)?;
        let Some(end_day_text) = end_day else {
            let (end_days, end) = end.after(0);
            let next_day = i8::from(end_days == 0 && end <= start);
            return Ok(Self { days, start, end_days: end_days + next_day, end });
        };

        let end_day = Days::parse(end_day_text)?.single();
        let end_day = end_day.ok_or_else(|| ParseWindowError::new(WindowFault::ManyEndDays, end_day_text))?;
        let without_end_day = || format!("{}-{end_text}", from.text);
        let Some(start_day) = days.single() else {
            let fault = WindowFault::EndDayOfMany { without_end_day: without_end_day() };
            return Err(ParseWindowError::new(fault, end_day_text));
        };
        let (end_days, end) = end.after(start_day.until(end_day));
        if end_days == 0 && end <= start {
            let fault = WindowFault::EndsBeforeStart {
                without_end_day: without_end_day(),
                with_next_day: format!("{}-{} {end_text}", from.text, name(start_day.next())),
            };
            return Err(ParseWindowError::new(fault, to));
        }
        Ok(Self { days, start, end_days, end })
    }

    /// The openings in order, from before `after` on; some of the first may have ended by then.
    pub(crate) fn openings<'a>(
        &'a self,
        zone: &'a TimeZone,
        after: Timestamp,
    ) -> impl Iterator<Item = Opening> + 'a {
        let first = zone.to_datetime(after).date().saturating_sub(LONGEST_DAYS.days());
        first
            .series(1.day())
            .filter(|date| self.days.contains(date.weekday()))
            .map_while(|date| self.opening(date, zone))
    }

    fn opening(&self, date: Date, zone: &TimeZone) -> Option<Opening> {
        let last = date.checked_add(self.end_days.days()).ok()?;
        Opening::between(date.to_datetime(self.start), last.to_datetime(self.end), zone)
    }
}

/// What stands before and after the `-` between start and end. A `-` before the first time belongs to a range
/// of days.
fn halves(whole: Piece<'_>) -> Result<(Piece<'_>, Piece<'_>), ParseWindowError> {
    if whole.text.is_empty() {
        return Err(ParseWindowError::new(WindowFault::Empty, whole));
    }
    let colon = whole.text.find(':').ok_or_else(|| ParseWindowError::new(WindowFault::NoTime, whole))?;
    let dash = whole.text[colon..].find('-').map(|at| colon + at);
    let dash = dash.ok_or_else(|| ParseWindowError::new(WindowFault::NoEnd, whole))?;
    Ok((whole.before(dash).trim(), whole.from(dash + 1).trim()))
}

/// The last word is the time; what stands before it, if anything, says the days.
fn days_and_time(half: Piece<'_>) -> (Option<Piece<'_>>, Piece<'_>) {
    half.rsplit_blank().map_or((None, half), |(days, time)| (Some(days.trim()), time))
}

/// A time of day; `24:00` is the end of the day.
enum TimeOfDay {
    At(Time),
    EndOfDay,
}

impl TimeOfDay {
    fn parse(piece: Piece<'_>) -> Result<Self, ParseWindowError> {
        let number = |text: &str| {
            let digits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse::<i8>().ok()).flatten()
        };
        let parsed =
            piece.text.split_once(':').and_then(|(hour, minute)| match (number(hour)?, number(minute)?) {
                (24, 0) => Some(Self::EndOfDay),
                (hour, minute) => Time::new(hour, minute, 0, 0).ok().map(Self::At),
            });
        parsed.ok_or_else(|| ParseWindowError::new(WindowFault::BadTime(piece.text.to_owned()), piece))
    }

    /// This time, `days` later, as whole days and a time that a clock can show.
    fn after(&self, days: i8) -> (i8, Time) {
        match *self {
            Self::At(time) => (days, time),
            Self::EndOfDay => (days + 1, time(0, 0, 0, 0)),
        }
    }
}

/// A set of days of the week, one bit each, Monday first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Days(u8);

impl Days {
    const EVERY: Self = Self(0b111_1111);

    fn parse(piece: Piece<'_>) -> Result<Self, ParseWindowError> {
        if piece.text == "*" {
            return Ok(Self::EVERY);
        }
        let mut days = Self(0);
        for part in piece.split(',') {
            if let Some((first, last)) = part.split_once('-') {
                let (first, last) = (weekday(first.trim())?, weekday(last.trim())?);
                first.cycle_forward().take(7).take_while(|day| *day != last).for_each(|day| days.insert(day));
                days.insert(last);
            } else {
                days.insert(weekday(part.trim())?);
            }
        }
        Ok(days)
    }

    fn insert(&mut self, day: Weekday) {
        self.0 |= 1 << day.to_monday_zero_offset();
    }

    fn contains(self, day: Weekday) -> bool {
        self.0 & (1 << day.to_monday_zero_offset()) != 0
    }

    /// The only day of the set.
    fn single(self) -> Option<Weekday> {
        let mut days = Weekday::Monday.cycle_forward().take(7).filter(|day| self.contains(*day));
        days.next().filter(|_| self.0.is_power_of_two())
    }
}

fn weekday(piece: Piece<'_>) -> Result<Weekday, ParseWindowError> {
    Ok(match piece.text.to_ascii_lowercase().as_str() {
        "mon" | "monday" => Weekday::Monday,
        "tue" | "tues" | "tuesday" => Weekday::Tuesday,
        "wed" | "weds" | "wednesday" => Weekday::Wednesday,
        "thu" | "thur" | "thurs" | "thursday" => Weekday::Thursday,
        "fri" | "friday" => Weekday::Friday,
        "sat" | "saturday" => Weekday::Saturday,
        "sun" | "sunday" => Weekday::Sunday,
        _ => return Err(ParseWindowError::new(WindowFault::UnknownDay(piece.text.to_owned()), piece)),
    })
}

fn name(day: Weekday) -> &'static str {
    ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][usize::from(day.to_monday_zero_offset().unsigned_abs())]
}

#[cfg(test)]
mod tests;
