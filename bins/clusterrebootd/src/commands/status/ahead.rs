//! What the windows have in store, in their own zone: when they open next, and when that ends.

use std::fmt;

use crb_windows::Windows;
use jiff::{Timestamp, Zoned};

use crate::words::Moment;

/// The next opening and closing, seen from now. What is more than 400 days away is not seen.
#[derive(Debug)]
pub(crate) struct Ahead {
    moment: Moment,
    only_denies: bool,
    /// Whether the windows allow a reboot now.
    pub(crate) open: bool,
    /// When they next begin to.
    pub(crate) opens: Option<Zoned>,
    /// When they cease to: now, if they are open, or else after they have opened.
    pub(crate) closes: Option<Zoned>,
}

impl Ahead {
    /// Nothing where there are no windows at all.
    pub(crate) fn of(windows: &Windows, now: Timestamp) -> Option<Self> {
        if windows.allow().is_empty() && windows.deny().is_empty() {
            return None;
        }
        let outlook = windows.outlook(now);
        let zoned = |instant: Timestamp| instant.to_zoned(windows.zone().clone());
        Some(Self {
            moment: Moment { now, zone: windows.zone().clone() },
            only_denies: windows.allow().is_empty(),
            open: outlook.open,
            opens: outlook.opens.map(zoned),
            closes: outlook.closes.map(zoned),
        })
    }

    /// The IANA name of the zone; a system's zone may have none.
    pub(crate) fn zone_name(&self) -> Option<&str> {
        self.moment.zone_name()
    }
}

/// As one sentence without its subject.
impl fmt::Display for Ahead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = |then: &Zoned| self.moment.in_zone(then.timestamp());
        let away = |then: &Zoned| self.moment.until(then.timestamp());
        let window = if self.only_denies { "deny windows leave off" } else { "allow window opens" };
        match (self.open, &self.opens, &self.closes) {
            (true, opens, Some(closes)) => {
                write!(f, "open, until {}, for {}", local(closes), away(closes))?;
                match opens {
                    Some(opens) => write!(f, "; {window} again {}", local(opens)),
                    None => write!(f, "; nothing opens again within 400 days"),
                }
            }
            (true, _, None) => write!(f, "open, and nothing closes within 400 days"),
            (false, Some(opens), closes) => {
                write!(f, "closed; {window} {}, in {}", local(opens), away(opens))?;
                match closes {
                    Some(closes) if closes.date() == opens.date() => {
                        write!(f, "; closes {}", closes.strftime("%H:%M"))
                    }
                    Some(closes) => write!(f, "; closes {}", closes.strftime("%a %Y-%m-%d %H:%M")),
                    None => Ok(()),
                }
            }
            (false, None, _) => write!(f, "closed, and nothing opens within 400 days"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crb_windows::{CronExpression, Window, WindowDuration};
    use jiff::tz::TimeZone;

    use super::*;

    fn told(allow: &[Window], deny: &[Window], now: &str) -> String {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let windows = Windows::new(allow.to_vec(), deny.to_vec(), zone);
        Ahead::of(&windows, now.parse().unwrap()).unwrap().to_string()
    }

    #[test]
    fn names_the_next_opening_and_closing_in_local_time() {
        let cron = |expression, duration| {
            let expression = CronExpression::parse(expression).unwrap();
            [Window::cron(expression, WindowDuration::parse(duration).unwrap())]
        };
        let (monday, night, half) =
            (cron("0 2 * * 1", "2h"), cron("0 22 * * 1", "4h"), cron("30 2 * * *", "1h"));
        let (always, weekend) = (cron("* * * * *", "1m"), [Window::parse("Fri 18:00-Mon 05:00").unwrap()]);
        let cases: [(&[Window], &[Window], &str, &str); 8] = [
            (
                &monday,
                &[],
                "2026-11-25T11:00:00Z",
                "closed; allow window opens Mon 2026-11-30 02:00 Europe/Berlin, in 4 d 14 h; closes 04:00",
            ),
            (
                &night,
                &[],
                "2026-11-30T20:29:30Z",
                "closed; allow window opens Mon 2026-11-30 22:00 Europe/Berlin, in 31 min; closes Tue 2026-12-01 02:00",
            ),
            (
                &monday,
                &[],
                "2026-11-30T01:40:00Z",
                "open, until Mon 2026-11-30 04:00 Europe/Berlin, for 1 h 20 min; \
                 allow window opens again Mon 2026-12-07 02:00 Europe/Berlin",
            ),
            // In the morning on which clocks skip it.
            (
                &half,
                &[],
                "2026-03-29T00:00:00Z",
                "closed; allow window opens Sun 2026-03-29 03:00 Europe/Berlin, in 1 h; closes 04:00",
            ),
            (
                &[],
                &weekend,
                "2026-11-28T11:00:00Z",
                "closed; deny windows leave off Mon 2026-11-30 05:00 Europe/Berlin, in 1 d 17 h; closes Fri 2026-12-04 18:00",
            ),
            (&always, &[], "2026-11-28T11:00:00Z", "open, and nothing closes within 400 days"),
            (&[], &always, "2026-11-28T11:00:00Z", "closed, and nothing opens within 400 days"),
            (&monday, &always, "2026-11-28T11:00:00Z", "closed, and nothing opens within 400 days"),
        ];
        for (allow, deny, now, expected) in cases {
            assert_eq!(told(allow, deny, now), expected, "{now}");
        }
    }

    #[test]
    fn says_nothing_without_windows() {
        assert!(Ahead::of(&Windows::new(vec![], vec![], TimeZone::UTC), Timestamp::UNIX_EPOCH).is_none());
    }
}
