//! Windows that open once: `{from: 2026-12-20, until: 2027-01-04}`.

use std::fmt;

use jiff::tz::TimeZone;

use crate::{
    error::{ParseWindowError, WindowFault},
    moment::WindowMoment,
    opening::Opening,
    piece::Piece,
};

/// Opens at `from` and closes at `until`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dated {
    from: WindowMoment,
    until: WindowMoment,
}

impl Dated {
    /// # Errors
    ///
    /// When `until` is not after `from` in `zone`; the range is of `until` as it shows itself.
    pub(crate) fn new(
        from: WindowMoment,
        until: WindowMoment,
        zone: &TimeZone,
    ) -> Result<Self, ParseWindowError> {
        let dated = Self { from, until };
        if dated.opening(zone).is_some_and(|opening| !opening.is_empty()) {
            return Ok(dated);
        }
        let (from, until) = (dated.from.to_string(), dated.until.to_string());
        let fault = WindowFault::EndsBeforeFrom { from, until: until.clone() };
        Err(ParseWindowError::new(fault, Piece::whole(&until)))
    }

    pub(crate) fn opening(&self, zone: &TimeZone) -> Option<Opening> {
        Some(Opening { start: self.from.instant(zone)?, end: self.until.instant(zone)? })
    }
}

impl fmt::Display for Dated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "from {} until {}", self.from, self.until)
    }
}
