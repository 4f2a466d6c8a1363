//! When a certificate may be used. rustls tells this of the other side's certificates alone.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

/// From when until when a certificate may be used, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first second.
    pub from: Timestamp,
    /// The last second.
    pub until: Timestamp,
}

impl fmt::Display for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "valid from {} until {}", self.from, self.until)
    }
}

/// Tags of DER (ITU-T X.690).
const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const VERSION: u8 = 0xa0;

impl Validity {
    /// That of a certificate in DER (RFC 5280, 4.1).
    pub(super) fn of(certificate: &[u8]) -> Option<Self> {
        let mut certificate = Der(certificate).content(SEQUENCE)?;
        let mut signed = certificate.content(SEQUENCE)?;
        if signed.0.first() == Some(&VERSION) {
            signed.next()?;
        }
        // Serial number, signature algorithm and issuer stand before it.
        for _ in 0..3 {
            signed.next()?;
        }
        let mut validity = signed.content(SEQUENCE)?;
        Some(Self { from: validity.time()?, until: validity.time()? })
    }
}

/// Elements of DER, one after the other.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The next element's tag and content.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&[tag, short], rest) = self.0.split_first_chunk::<2>()?;
        let (length, rest) = match usize::from(short) {
            length @ 0..0x80 => (length, rest),
            long => {
                let (bytes, rest) = rest.split_at_checked(long - 0x80).filter(|_| long - 0x80 <= 4)?;
                (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
            }
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    fn content(&mut self, tag: u8) -> Option<Self> {
        self.next().filter(|(found, _)| *found == tag).map(|(_, content)| Self(content))
    }

    /// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`.
    fn time(&mut self) -> Option<Timestamp> {
        let (tag, text) = self.next()?;
        let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
        let (year, rest) = text.split_at_checked(match tag {
            UTC_TIME => 2,
            GENERALIZED_TIME => 4,
            _ => return None,
        })?;
        let year: i16 = year.parse().ok()?;
        let year = match (tag, year) {
            (UTC_TIME, 50..) => 1900 + year,
            (UTC_TIME, _) => 2000 + year,
            _ => year,
        };
        let two = |at: usize| rest.get(at..at + 2)?.parse::<i8>().ok();
        let date = Date::new(year, two(0)?, two(2)?).ok()?;
        let time = Time::new(two(4)?, two(6)?, two(8)?, 0).ok().filter(|_| rest.len() == 10)?;
        Offset::UTC.to_timestamp(DateTime::from_parts(date, time)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The beginning of a certificate, with its times.
    fn certificate(version: bool, times: &[u8]) -> Vec<u8> {
        let wrap = |tag: u8, content: &[u8]| {
            let length = u16::try_from(content.len()).unwrap().to_be_bytes();
            [&[tag, 0x82], &length[..], content].concat()
        };
        let version = if version { wrap(VERSION, &[2, 1, 2]) } else { vec![] };
        let before = [wrap(2, &[7]), wrap(SEQUENCE, &[6, 1, 42]), wrap(SEQUENCE, &[0; 300])].concat();
        let signed = [version, before, wrap(SEQUENCE, times)].concat();
        wrap(SEQUENCE, &wrap(SEQUENCE, &signed))
    }

    #[test]
    fn both_forms_of_time_are_read() {
        let times =
            [&[UTC_TIME, 13], &b"991231235959Z"[..], &[GENERALIZED_TIME, 15], b"20500101000000Z\0"].concat();
        let times = &times[..times.len() - 1];
        for version in [true, false] {
            // Fifteen bytes are announced: "20500101000000Z".
            let validity = Validity::of(&certificate(version, times)).unwrap();
            assert_eq!(
                validity.to_string(),
                "valid from 1999-12-31T23:59:59Z until 2050-01-01T00:00:00Z",
                "version {version}"
            );
        }
    }

    #[test]
    fn what_is_cut_off_or_no_certificate_has_none() {
        let times = [&[UTC_TIME, 13], &b"260101000000Z"[..], &[UTC_TIME, 13], b"270101000000Z"].concat();
        let whole = certificate(true, &times);
        assert!(Validity::of(&whole).is_some());
        for length in 0..whole.len() {
            assert_eq!(Validity::of(&whole[..length]), None, "{length} bytes");
        }
        for time in ["261301000000Z", "260101250000Z", "2601010000Z", "260101000000+", "26010100000Zx"] {
            let times =
                [&[UTC_TIME, u8::try_from(time.len()).unwrap()], time.as_bytes(), &times[15..]].concat();
            assert_eq!(Validity::of(&certificate(true, &times)), None, "{time}");
        }
    }
}
