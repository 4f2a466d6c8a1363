//! The openings of many windows as one row of stretches that neither overlap nor meet.

use std::iter::Peekable;

use jiff::{Timestamp, tz::TimeZone};

use crate::{opening::Opening, window::Window};

/// Yields the stretches in order, each as soon as its end is known.
pub(crate) struct Merged<'a> {
    ahead: Vec<Peekable<Box<dyn Iterator<Item = Opening> + 'a>>>,
}

impl<'a> Merged<'a> {
    /// What the openings of `windows` make that end after `after` and start before `until`.
    pub(crate) fn new(windows: &'a [Window], zone: &'a TimeZone, after: Timestamp, until: Timestamp) -> Self {
        let openings = windows.iter().map(|window| {
            let openings: Box<dyn Iterator<Item = Opening> + 'a> =
                Box::new(window.openings(zone, after, until));
            openings.peekable()
        });
        Self { ahead: openings.collect() }
    }
}

impl Iterator for Merged<'_> {
    type Item = Opening;

    fn next(&mut self) -> Option<Opening> {
        let starts = self.ahead.iter_mut().filter_map(|openings| openings.peek().map(|next| next.start));
        let start = starts.min()?;
        let mut end = start;
        loop {
            let reached = end;
            for openings in &mut self.ahead {
                while let Some(next) = openings.next_if(|next| next.start <= end) {
                    end = end.max(next.end);
                }
            }
            if end == reached {
                return Some(Opening { start, end });
            }
        }
    }
}
