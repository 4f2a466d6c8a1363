//! Whether a binary does on another machine what it does here: in a root that holds nothing else, on another processor,
//! and under a name service that would load modules.

mod bare;
mod foreign;
mod names;

use std::path::Path;

use xtask::{Failure, Step, Tool, Workspace};

use crate::build::Binary;
use crate::directory::{make, remove};
use crate::targets::Arch;

/// A configuration without a fault, of a node that needs a reboot because a program says so.
const CONFIG: &str = "\
node_name: tried
reboot_required_detectors:
  - {name: own-check, type: command, cmd: [/bin/true], success_exit_codes: [0]}
health_script: /bin/true
etcd_endpoints: [127.0.0.1:9]
etcd_namespace: /tried
lock_key: /tried/lock
";

/// Something that a binary is asked to do.
struct Case<'a> {
    words: &'a [&'a str],
    /// How it has to end.
    code: i32,
    /// What it has to say, among other things.
    says: &'a str,
}

/// What trying the binaries of these targets needs.
pub(crate) fn tools(arches: &[Arch]) -> Vec<Tool> {
    arches.iter().filter(|arch| Some(**arch) != Arch::HOST).map(|_| Tool::ForeignQemu).collect()
}

/// Tries a binary in every way that this machine can, in a directory below a folder, and prints each.
pub(crate) fn try_out(workspace: &Workspace, folder: &Path, binary: &Binary) -> Result<(), Failure> {
    let folder = folder.join("tried");
    remove(&folder)?;
    make(&folder)?;
    let outcome = if Some(binary.arch) == Arch::HOST {
        bare::try_out(workspace, binary, &folder).and_then(|()| names::try_out(binary, &folder))
    } else {
        foreign::try_out(workspace, binary, &folder)
    };
    // What did not work may be looked at where it is.
    outcome.and_then(|()| remove(&folder))
}

/// Asks a binary for each of these; `program` is how it is started.
fn ask_all(binary: &Binary, program: &Step, cases: &[Case<'_>]) -> Result<(), Failure> {
    for case in cases {
        let step = program.clone().args(case.words.iter().copied());
        let (status, said) = step.answer()?;
        if status.code() != Some(case.code) || !said.contains(case.says) {
            return Err(Failure::Verdict(format!(
                "`{step}` was to end with code {} and to say `{}`; it ended with {status} and said:\n{said}",
                case.code, case.says
            )));
        }
        println!("{}: {} ends with code {}", binary.arch.name(), case.words.join(" "), case.code);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(case: &Case<'_>) -> Result<(), String> {
        let binary =
            Binary { arch: Arch::X86_64, triple: "x86_64-unknown-linux-musl", path: "/bin/sh".into() };
        let program = Step::new("sh").args(["-c"]);
        ask_all(&binary, &program, std::slice::from_ref(case)).map_err(|failure| failure.to_string())
    }

    #[test]
    fn both_the_code_and_the_words_count() {
        let words: &[&str] = &["echo all is well; exit 2"];
        assert_eq!(tried(&Case { words, code: 2, says: "is well" }), Ok(()));
        let told = tried(&Case { words, code: 0, says: "is well" }).expect_err("it ends with 2");
        assert_eq!(
            told,
            "`sh -c 'echo all is well; exit 2'` was to end with code 0 and to say `is well`; it ended with exit status: 2 \
             and said:\nall is well"
        );
        assert!(tried(&Case { words, code: 2, says: "is lost" }).is_err());
    }
}
