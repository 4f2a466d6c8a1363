//! Runs one child to its end: a process group of its own, a time-out, bounded output, no shell.
//!
//! A [`Job`] says what to run and [`Job::run`] runs it; [`Finished`] says how it went, or [`StartError`] why
//! it did not begin. Detectors, the health script, hooks and the reboot command all go through here.
//! [`expand`] fills variables into the words of a command; [`page`] shows a text in a pager, which has the terminal.
//!
//! **Invariant:** no other crate starts a process, and nothing is ever handed to a shell.

mod end;
mod error;
mod expand;
mod group;
mod job;
mod output;
mod pager;
mod spawn;

pub use end::{End, Finished};
pub use error::StartError;
pub use expand::expand;
pub use job::{Job, OnDrop};
pub use output::{Captured, KEPT_BYTES};
pub use pager::page;
