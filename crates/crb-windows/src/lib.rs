//! Maintenance windows as civil time: when may a node reboot, and when does that change?
//!
//! A [`Window`] is what an operator writes: every week, as in `Fri 18:00-Mon 08:00`, whenever a cron expression matches,
//! or once, between two dates. [`Windows`] holds the allowing and the denying ones with the zone they are meant in, and answers [`Windows::at`] with a [`WindowState`]:
//! denied beats allowed, and without allowing windows every instant that is not denied is open.
//!
//! The crate is pure. The instant comes in as an argument, and so does the time zone.

mod cron;
mod dated;
mod duration;
mod error;
mod merged;
mod moment;
mod opening;
mod piece;
mod segment;
mod weekly;
mod window;
mod windows;

pub use crb_decide::WindowState;
pub use cron::CronExpression;
pub use duration::WindowDuration;
pub use error::{CronField, ParseWindowError, WindowFault};
pub use moment::WindowMoment;
pub use window::Window;
pub use windows::{Outlook, Windows};
