//! In a root that holds the binary, two configurations and nothing else: no C library, no shell, no /proc.

use std::path::Path;

use xtask::{Failure, Rights, Step, System, Workspace};

use super::{CONFIG, Case, ask_all, copy, write};
use crate::build::{Binary, PROGRAM};

pub(super) fn try_out(workspace: &Workspace, binary: &Binary, folder: &Path) -> Result<(), Failure> {
    copy(&binary.path, &folder.join(PROGRAM))?;
    copy(&workspace.root.join("packaging/config.yaml"), &folder.join("template.yaml"))?;
    write(folder.join("config.yaml"), CONFIG)?;
    let program = enter(System::detect().rights).args([folder]).args([format!("/{PROGRAM}")]);
    let target = format!("target {}", binary.triple);
    let cases = [
        Case { words: &["version"], code: 0, says: &target },
        Case {
            words: &["validate-config", "--config", "/config.yaml"],
            code: 0,
            says: "/config.yaml: valid",
        },
        Case { words: &["validate-config", "--config", "/template.yaml"], code: 2, says: "/template.yaml:" },
        Case { words: &["schema"], code: 0, says: "\"$schema\"" },
        Case { words: &["no-such-command"], code: 64, says: "no-such-command" },
    ];
    ask_all(binary, &program, &cases)
}

/// Whoever is not root becomes so in a namespace.
fn enter(rights: Rights) -> Step {
    match rights {
        Rights::Root => Step::new("chroot"),
        Rights::Sudo | Rights::None => Step::of("unshare --map-root-user chroot"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_root_needs_no_rights_of_this_machine() {
        let lines = [Rights::Root, Rights::Sudo, Rights::None].map(|rights| enter(rights).to_string());
        assert_eq!(lines, ["chroot", "unshare --map-root-user chroot", "unshare --map-root-user chroot"]);
    }
}
