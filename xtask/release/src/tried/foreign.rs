//! On the processor that this machine is not of, which qemu plays.

use std::path::Path;

use xtask::{Failure, Step, Tool, Workspace, see_to};

use super::{CONFIG, Case, ask_all};
use crate::build::Binary;
use crate::files;

pub(super) fn try_out(workspace: &Workspace, binary: &Binary, folder: &Path) -> Result<(), Failure> {
    let config = folder.join("config.yaml");
    files::write(&config, CONFIG)?;
    let failing = folder.join("failing.yaml");
    files::write(&failing, CONFIG.replace("/bin/true]", "/no/such/program]"))?;
    let template = workspace.root.join("packaging/config.yaml");
    let [config, failing, template] = [&config, &failing, &template].map(|path| path.to_string_lossy());
    let target = format!("target {}", binary.triple);
    let cases = [
        Case { words: &["version"], code: 0, says: &target },
        Case { words: &["validate-config", "--config", &config], code: 0, says: ": valid" },
        Case { words: &["validate-config", "--config", &template], code: 2, says: "config.yaml:" },
        Case { words: &["schema"], code: 0, says: "\"$schema\"" },
        Case { words: &["simulate", "--config", &config], code: 0, says: "A reboot is needed." },
        Case { words: &["simulate", "--config", &failing], code: 6, says: "own-check" },
        Case { words: &["demo", "--nodes", "3"], code: 0, says: "3 nodes rebooted" },
        Case { words: &["no-such-command"], code: 64, says: "no-such-command" },
    ];
    for qemu in see_to(workspace, &[Tool::ForeignQemu])? {
        ask_all(binary, &Step::new(qemu.path).args([&binary.path]), &cases)?;
    }
    Ok(())
}
