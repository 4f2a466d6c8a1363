//! What the distributions' own critics say of packages.

use std::path::Path;

use xtask::{Failure, Step, Workspace};

use super::journal::Faults;
use crate::nfpm::Format;

/// Has the critic of its format look at a package. Errors and warnings are faults; what else it remarks is only printed.
pub(super) fn look(
    workspace: &Workspace,
    format: Format,
    file: &Path,
    faults: &mut Faults,
) -> Result<(), Failure> {
    let step = match format {
        Format::Deb => Step::of(
            "lintian --no-cfg --display-info --pedantic --tag-display-limit 0 --fail-on error,warning",
        ),
        Format::Rpm => {
            Step::of("rpmlint --strict --config").args([workspace.root.join("packaging/rpm/rpmlintrc.toml")])
        }
    };
    let (status, said) = step.args([file]).answer()?;
    let found = found(format, &said);
    for line in said.lines().filter(|line| !found.contains(line)) {
        println!("    {line}");
    }
    faults.extend(found.iter().map(|line| (*line).to_owned()));
    if !status.success() && found.is_empty() {
        faults.push(format!("it ended with {status} and said:\n{said}"));
    }
    Ok(())
}

/// The lines that tell of errors and warnings.
fn found(format: Format, said: &str) -> Vec<&str> {
    let is_one = |line: &&str| match format {
        Format::Deb => line.starts_with("E: ") || line.starts_with("W: "),
        Format::Rpm => line.contains(": E: ") || line.contains(": W: "),
    };
    said.lines().filter(is_one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_and_warnings_are_told_apart_from_remarks() {
        let said = "E: clusterrebootd: no-copyright-file\nW: clusterrebootd: no-manual-page\nI: clusterrebootd: a\nP: b";
        let expected = ["E: clusterrebootd: no-copyright-file", "W: clusterrebootd: no-manual-page"];
        assert_eq!(found(Format::Deb, said), expected);
        let said =
            "clusterrebootd.x86_64: E: no-binary\nclusterrebootd.x86_64: W: no-manual\n1 packages checked";
        assert_eq!(found(Format::Rpm, said).len(), 2);
    }
}
