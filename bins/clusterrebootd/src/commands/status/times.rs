//! Times for people: in one zone, and how far away they are.

use jiff::{SignedDuration, Timestamp};

use crate::words::{self, Moment};

impl Moment {
    /// The IANA name of the zone; a system's zone may have none.
    pub(crate) fn zone_name(&self) -> Option<&str> {
        self.zone.iana_name()
    }

    /// An instant as `Mon 2026-11-30 02:00 Europe/Berlin`. Without a name of the zone, its offset stands there.
    pub(crate) fn in_zone(&self, instant: Timestamp) -> String {
        words::in_zone(instant, &self.zone)
    }

    /// How long it is until then, as `4 d 14 h`: the two largest units that say something. A part of a minute counts as
    /// a whole one, so that nothing is said to be 0 min away.
    pub(crate) fn until(&self, then: Timestamp) -> String {
        minutes((then.duration_since(self.now).as_secs().max(0) + 59) / 60)
    }

    /// How long it has been since then, in whole minutes.
    pub(crate) fn since(&self, then: Timestamp) -> String {
        match self.now.duration_since(then).as_secs() {
            ..60 => "less than a minute".to_owned(),
            seconds => minutes(seconds / 60),
        }
    }
}

fn minutes(minutes: i64) -> String {
    // Here nothing is told to the second.
    if minutes == 0 { "0 min".to_owned() } else { words::span(SignedDuration::from_mins(minutes)) }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn the_two_largest_units_say_how_far_away_a_time_is() {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let moment = Moment { now, zone: TimeZone::UTC };
        let table = [
            (0, "0 min", "less than a minute"),
            (1, "1 min", "less than a minute"),
            (61, "2 min", "1 min"),
            (3_600, "1 h", "1 h"),
            (3_660, "1 h 1 min", "1 h 1 min"),
            (86_400, "1 d", "1 d"),
            (90_000, "1 d 1 h", "1 d 1 h"),
        ];
        for (seconds, until, since) in table {
            let span = SignedDuration::from_secs(seconds);
            assert_eq!(moment.until(now + span), until, "{seconds} s ahead");
            assert_eq!(moment.since(now - span), since, "{seconds} s ago");
        }
        assert_eq!(moment.since(now + SignedDuration::from_secs(9)), "less than a minute");
    }

    #[test]
    fn shows_the_offset_of_a_zone_without_a_name() {
        let moment = Moment { now: Timestamp::UNIX_EPOCH, zone: TimeZone::fixed(jiff::tz::offset(-3)) };
        assert_eq!(moment.in_zone(Timestamp::UNIX_EPOCH), "Wed 1969-12-31 21:00 -03:00");
    }
}
