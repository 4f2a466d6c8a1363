//! `cargo xtask generate`: the files that are made from the code. The tests named `generated` make and compare them.

use std::ffi::OsString;

use xtask::{Failure, Step, Workspace};

pub(crate) fn run(workspace: &Workspace, args: &[OsString]) -> Result<(), Failure> {
    step(workspace, args)?.run()
}

fn step(workspace: &Workspace, args: &[OsString]) -> Result<Step, Failure> {
    let compare = workspace.cargo("test --quiet --package crb-config --test generated");
    match args {
        [] => Ok(compare.env("CRB_GENERATE", "1")),
        [only] if only == "--check" => Ok(compare),
        _ => Err(Failure::Usage("`generate` takes --check and nothing else".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_written_unless_they_are_only_checked() {
        let workspace = Workspace::at("/repo");
        let step = |args: &[&str]| {
            let args: Vec<OsString> = args.iter().map(OsString::from).collect();
            step(&workspace, &args).map(|step| step.to_string()).map_err(|failure| failure.exit_code())
        };
        let compare = "cargo test --quiet --package crb-config --test generated";
        assert_eq!(step(&[]), Ok(format!("CRB_GENERATE=1 {compare}")));
        assert_eq!(step(&["--check"]), Ok(compare.to_owned()));
        for args in [&["--chek"][..], &["--check", "--check"]] {
            assert_eq!(step(args), Err(64), "{args:?}");
        }
    }
}
