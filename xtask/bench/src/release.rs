//! The program that ships.

use std::path::PathBuf;

use xtask::{Failure, Workspace};

/// Builds the program as packages hold it, for the machine that we are on.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let arch = std::env::consts::ARCH;
    workspace.cargo(&format!("xtask package --target {arch}")).run()?;
    let built = workspace.tools.with_file_name("package");
    let candidates =
        ["musl", "gnu"].map(|libc| built.join(format!("{arch}-unknown-linux-{libc}/clusterrebootd")));
    // Which of them was built depends on the Rust that is there; what was built last is what was asked for.
    let changed = |file: &PathBuf| file.metadata().and_then(|meta| meta.modified()).ok();
    candidates.into_iter().filter(|file| file.is_file()).max_by_key(changed).ok_or_else(|| {
        Failure::Verdict(format!("`cargo xtask package` left no program in {}", built.display()))
    })
}
