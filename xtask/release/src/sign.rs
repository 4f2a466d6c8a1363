//! Signatures by cosign with a key in a file, made and verified without any network.

use std::path::Path;

use xtask::{Step, Workspace};

/// What the name of a signature ends in.
pub(crate) const SUFFIX: &str = ".sig";

/// Signs a file; the signature stands beside it. cosign takes the key's password from `COSIGN_PASSWORD`, or asks for it.
pub(crate) fn step(workspace: &Workspace, key: &Path, dir: &Path, name: &str) -> Step {
    let file = dir.join(name);
    workspace
        .tool("cosign")
        .args(["sign-blob", "--yes", "--tlog-upload=false", "--key"])
        .args([
            key.as_os_str(),
            "--output-signature".as_ref(),
            dir.join(format!("{name}{SUFFIX}")).as_os_str(),
        ])
        .args([file])
        .keep_password()
}

/// Verifies the signature that stands beside a file.
pub(crate) fn verify(workspace: &Workspace, key: &Path, dir: &Path, name: &str) -> Step {
    workspace
        .tool("cosign")
        .args(["verify-blob", "--private-infrastructure", "--key"])
        .args([key.as_os_str(), "--signature".as_ref(), dir.join(format!("{name}{SUFFIX}")).as_os_str()])
        .args([dir.join(name)])
}
