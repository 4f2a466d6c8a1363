//! Signatures by cosign with a key in a file, made and verified without any network.

use std::path::Path;

use xtask::{Failure, Step, Workspace};

use crate::files;

/// What the name of a signature ends in.
pub(crate) const SUFFIX: &str = ".sig";

/// A half of a pair of keys.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Half {
    /// It signs.
    Private,
    /// It verifies.
    Public,
}

/// Looks whether a file is this half of a pair, for a mistake would otherwise be told at the end of everything, or of every file.
pub(crate) fn look(key: &Path, half: Half) -> Result<(), Failure> {
    let (mark, what) = match half {
        Half::Private => (" PRIVATE KEY-----", "private"),
        Half::Public => ("-----BEGIN PUBLIC KEY-----", "public"),
    };
    if String::from_utf8_lossy(&files::read(key)?).contains(mark) {
        return Ok(());
    }
    Err(Failure::Verdict(format!(
        "{}: it is no {what} key; docs/releasing.md tells how a pair is made, and which half is for what",
        key.display()
    )))
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{key_pair, workspace};

    #[test]
    fn the_other_half_of_a_pair_is_known_before_anything_is_signed_or_verified() {
        let workspace = workspace();
        xtask::see_to(&workspace, &[xtask::Tool::Cosign]).expect("it can be got");
        let dir = tempfile::tempdir().expect("a directory");
        key_pair(&workspace, dir.path());
        let (private, public) = (dir.path().join("cosign.key"), dir.path().join("cosign.pub"));
        assert!(look(&private, Half::Private).is_ok() && look(&public, Half::Public).is_ok());
        let cases = [
            (&public, Half::Private, "it is no private key"),
            (&private, Half::Public, "it is no public key"),
        ];
        for (key, half, told) in cases {
            let failure = look(key, half).expect_err("it is the other one");
            assert!(failure.to_string().contains(told), "{failure}");
        }
        assert!(look(&dir.path().join("none"), Half::Private).is_err());
    }
}
