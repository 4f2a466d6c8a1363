//! `cargo xtask setup`: see to all tools, and print which are used.

use crate::failure::Failure;
use crate::tools::{self, Found, Tool};
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    for Found { tool, path, version } in tools::see_to(workspace, &Tool::ALL)? {
        println!("{tool:<14} {version:<8} {}", path.display());
    }
    Ok(())
}
