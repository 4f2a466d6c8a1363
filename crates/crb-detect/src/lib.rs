//! Is a reboot needed?
//!
//! A [`Detector`] looks and says needed, not needed, or unknown and why; there is one file a detector. The
//! [`Engine`] asks all of them, and [`Findings`] is what they said. What follows from it is decided in
//! `crb-decide`: an unknown holds the reboot back.

mod command;
mod detector;
mod engine;
mod error;
mod file;
mod kernel;
mod preset;
mod release;
mod watch;

pub use command::CommandDetector;
pub use detector::{Detector, Look};
pub use engine::{Engine, Finding, Findings};
pub use error::WatchError;
pub use file::FileDetector;
pub use kernel::KernelDetector;
