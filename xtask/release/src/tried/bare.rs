//! In a root that holds the binary, two configurations and nothing else: no C library, no shell, no /proc. To change the root
//! one has to be root, which whoever tries packages is.

use std::path::Path;

use xtask::{Failure, Workspace};

use super::{CONFIG, Case, ask_all};
use crate::build::{Binary, PROGRAM};
use crate::files;

pub(super) fn try_out(workspace: &Workspace, binary: &Binary, folder: &Path) -> Result<(), Failure> {
    files::copy(&binary.path, &folder.join(PROGRAM))?;
    files::copy(&workspace.root.join("packaging/config.yaml"), &folder.join("template.yaml"))?;
    files::write(&folder.join("config.yaml"), CONFIG)?;
    let program = workspace.tool("chroot").args([folder]).args([format!("/{PROGRAM}")]);
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
