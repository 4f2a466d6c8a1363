//! `cargo xtask setup`: see to all tools, and print which are used.

use xtask::{Failure, Found, Manager, System, Tool, Workspace, see_to};

pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let tools = to_be_had(System::detect().manager);
    for Found { tool, path, version } in see_to(workspace, &tools)? {
        println!("{tool:<18} {version:<8} {}", path.display());
    }
    Ok(())
}

/// Not every distribution has what makes and tries binaries of another processor, and tries packages. The commands that need it
/// say so.
fn to_be_had(manager: Option<Manager>) -> Vec<Tool> {
    let everywhere = |tool: &Tool| {
        let only_there =
            [Tool::Mmdebstrap, Tool::ForeignQemu, Tool::Dnf, Tool::Lintian, Tool::Rpmlint].contains(tool);
        !only_there
    };
    Tool::ALL.into_iter().filter(|tool| manager == Some(Manager::Apt) || everywhere(tool)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_debian_has_fails_nobody_elsewhere() {
        assert_eq!(to_be_had(Some(Manager::Apt)), Tool::ALL);
        for manager in [Some(Manager::Dnf), Some(Manager::Zypper), Some(Manager::Pacman), None] {
            let tools = to_be_had(manager);
            assert_eq!(tools.len(), Tool::ALL.len() - 5, "{manager:?}");
            assert!(tools.contains(&Tool::Auditable), "{manager:?}");
        }
    }
}
