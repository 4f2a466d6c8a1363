//! `cargo xtask setup`: see to all tools, and print which are used.

use xtask::{Failure, Found, Tool, Workspace, see_to};

pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    for Found { tool, path, version } in see_to(workspace, &Tool::ALL)? {
        println!("{tool:<14} {version:<8} {}", path.display());
    }
    Ok(())
}
