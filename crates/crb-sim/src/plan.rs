//! What a roll-out would come to: the real decisions on a virtual clock.
//!
//! [`forecast`] takes an [`Outset`], which is who is on the roster, who is out, who wants to reboot and what stands in
//! the way, and lets the fleet take its turns. Every verdict is that of a [`Pass`](crb_decide::Pass) over the very gates
//! of the daemon; only time is not waited for: the clock jumps to the next moment at which anything can change. There is
//! no store and no chance, so the same outset always comes to the same [`Forecast`].
//!
//! The tests hold it together with fleets of the real daemon on a paused clock.

mod course;
mod forecast;
mod judge;
mod outset;
mod share;
mod sky;

pub use course::forecast;
pub use forecast::{Barred, Effort, End, Forecast, PlannedReboot, Stretch};
pub use outset::{Member, Outset, Turn};
pub use share::{Cause, Share};

#[cfg(test)]
mod tests;
