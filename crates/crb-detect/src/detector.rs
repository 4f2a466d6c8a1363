//! What every detector can do.

use std::future::pending;

use async_trait::async_trait;
use crb_decide::DetectorVerdict;

use crate::WatchError;

/// Something that can tell whether this machine needs a reboot.
#[async_trait]
pub trait Detector: Send + Sync {
    /// The name in the configuration.
    fn name(&self) -> &str;

    /// Looks once. Every look ends: detectors bound it in time, and what is not told in time is unknown.
    async fn look(&self) -> Look;

    /// Returns when it has something else to say than it said last, so that it should be looked at now and not only
    /// at the next interval. By default it never does: most detectors cannot tell without a look.
    ///
    /// # Errors
    /// What keeps it from noticing. It is looked at all the same.
    async fn changed(&self) -> Result<(), WatchError> {
        pending().await
    }
}

/// What a detector saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Whether it asks for a reboot.
    pub verdict: DetectorVerdict,
    /// The exit code, where a program ran and ended by itself.
    pub exit_code: Option<i32>,
    /// What there is to read for people: what a program wrote, or what was found; may be empty.
    pub output: String,
}

impl Look {
    /// A look of which there is no more to say.
    pub fn bare(verdict: DetectorVerdict) -> Self {
        Self { verdict, exit_code: None, output: String::new() }
    }
}
