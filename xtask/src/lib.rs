//! What the repository's own commands are made of: programs to run as data, the tools that they need, and how these are
//! got where they are missing.
//!
//! Nothing but the standard library is used here, so that a fresh clone has its first commands within seconds. Commands
//! that need more (packages, measurements, virtual machines) are crates beside this one; `cargo xtask` builds each when it
//! is first asked for.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "for programs at the terminal of a person")]

mod failure;
pub mod flags;
pub mod maintainer;
mod program;
mod step;
mod system;
mod tools;
mod version;
mod workspace;

pub use failure::Failure;
pub use program::program;
pub use step::Step;
pub use system::{Manager, Rights, System};
pub use tools::{Found, Missing, Tool, look_for, see_to, with_servers};
pub use version::Version;
pub use workspace::Workspace;
