//! Storms: whole fleets of the real daemon under faults drawn from a seed, on a clock of their own.
//!
//! [`run`] draws a fleet and its hardships from a seed ([`mix`]), lets it live through some virtual hours of
//! them ([`script`]), then heals everything and waits until everybody who needs a reboot has had it. Meanwhile
//! the [`oracle`] looks at every revision of the store and at everything that happens to machines, and at
//! nothing that a daemon says. What it sees that must not be is a [`Violation`]. The same seed tells the same
//! story, to the last event.

mod classic;
mod clocks;
mod fault;
mod fleet;
mod heal;
mod hooks;
mod line;
mod mix;
mod mutant;
mod operator;
mod oracle;
mod script;
mod step;
mod tape;
mod verdict;
mod wire;

use tokio::runtime::Builder;

pub use fault::{Fault, Tally};
pub use mutant::Mutant;
pub use oracle::{Invariant, Violation};
pub use verdict::{End, Verdict};

/// Which storm to let loose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Where all chance comes from.
    pub seed: u64,
    /// How many machines; `None`: drawn from the seed.
    pub nodes: Option<usize>,
    /// How many virtual hours it lasts, before everything is healed.
    pub hours: u64,
    /// What is left out of the protocol.
    pub mutant: Option<Mutant>,
    /// The mutant to whose liking the fleet and its hardships are drawn, be it left out or not.
    pub focus: Option<Mutant>,
    /// How many of the last events to keep, which is slow, and changes nothing else.
    pub tells: usize,
}

impl Options {
    /// The storm of `seed`: of as many machines as the seed draws, for a day, on the protocol as it is.
    pub const fn new(seed: u64) -> Self {
        Self { seed, nodes: None, hours: 24, mutant: None, focus: None, tells: 0 }
    }
}

/// Lets a storm loose, and says what it came to.
///
/// # Errors
/// When no runtime can be had, which is the fault of neither protocol nor storm.
pub fn run(options: Options) -> std::io::Result<Verdict> {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build()?;
    Ok(runtime.block_on(fleet::storm(options)))
}
