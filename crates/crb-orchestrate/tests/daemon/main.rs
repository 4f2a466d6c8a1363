//! The daemon on the in-memory store, with stand-ins for everything around it and a paused clock.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

mod back;
mod command;
mod dry;
mod gates;
mod heartbeat;
mod hooks;
mod hooks_undone;
mod marker;
mod outage;
mod overdue;
mod pause;
mod presence;
mod queue;
mod reload;
mod shutdown;
mod waking;
mod watchdog;
