//! In a root that holds the binary, some configurations and nothing else: no C library, no shell, no /proc, no time zones. To change the root
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
    files::write(
        &folder.join("utc.yaml"),
        format!("{CONFIG}windows: {{timezone: UTC, allow: ['* 22:00-05:00']}}\n"),
    )?;
    files::write(&folder.join("zone.yaml"), format!("{CONFIG}windows: {{timezone: Europe/Berlin}}\n"))?;
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
        Case { words: &["validate-config", "--config", "/utc.yaml"], code: 0, says: "/utc.yaml: valid" },
        Case {
            words: &["validate-config", "--config", "/zone.yaml"],
            code: 2,
            says: "install the package `tzdata`",
        },
        Case { words: &["schema"], code: 0, says: "\"$schema\"" },
        Case { words: &["no-such-command"], code: 64, says: "no-such-command" },
    ];
    ask_all(binary, &program, &cases)
}
