//! What a storm came to.

use std::fmt;
use std::time::Duration;

use super::Options;
use super::fault::Tally;
use super::oracle::{Invariant, Seen, Violation};

/// How a storm ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Nothing was broken, and everybody who needed it had a reboot in the end.
    Well,
    /// This was broken first; several things, if they were at once.
    Broken(Vec<Violation>),
    /// A daemon panicked.
    Died(String),
}

/// What a storm came to.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Which storm it was.
    pub options: Options,
    /// How it ended.
    pub end: End,
    /// A number that tells this history from every other.
    pub hash: u64,
    /// How many machines there were.
    pub nodes: usize,
    /// How long it lasted, healing included, in virtual time.
    pub lasted: Duration,
    /// How many events the daemons told.
    pub events: u64,
    /// What the oracle saw.
    pub seen: Seen,
    /// What went wrong.
    pub faults: Tally,
    /// The last events, if they were to be kept.
    pub last: Vec<String>,
}

impl Verdict {
    /// Whether nothing was broken.
    pub fn is_well(&self) -> bool {
        self.end == End::Well
    }

    /// Whether this was among what was broken.
    pub fn broke(&self, invariant: Invariant) -> bool {
        match &self.end {
            End::Broken(violations) => violations.iter().any(|violation| violation.invariant == invariant),
            End::Well | End::Died(_) => false,
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Well => f.write_str("nothing was broken"),
            Self::Broken(violations) => {
                let told: Vec<String> = violations.iter().map(Violation::to_string).collect();
                f.write_str(&told.join("\n"))
            }
            Self::Died(how) => write!(f, "a daemon died: {how}"),
        }
    }
}
