//! `cargo xtask test`: every test of the workspace, on real etcd servers where they ask for them.

use std::ffi::OsString;

use xtask::{Failure, Step, Tool, Workspace, see_to, with_servers};

use crate::simulate;

pub(crate) const NEEDED: [Tool; 20] = [
    Tool::Protoc,
    Tool::Etcd,
    Tool::Etcdctl,
    Tool::Ip,
    Tool::Tmux,
    Tool::Shellcheck,
    Tool::Jq,
    Tool::Curl,
    Tool::Socat,
    Tool::Promtool,
    Tool::Nfpm,
    Tool::Syft,
    Tool::Dpkg,
    Tool::Rpm,
    Tool::Cosign,
    Tool::SystemdAnalyze,
    Tool::Groff,
    Tool::Zsh,
    Tool::Fish,
    Tool::Nextest,
];

pub(crate) fn run(workspace: &Workspace, args: &[OsString]) -> Result<(), Failure> {
    let found = see_to(workspace, &NEEDED)?;
    steps(workspace, args).into_iter().try_for_each(|step| with_servers(step, &found).run())
}

/// The doctests go first, being few and quick, and the storms last; arguments choose among the other tests alone.
fn steps(workspace: &Workspace, args: &[OsString]) -> Vec<Step> {
    let profile = if workspace.ci { " --profile ci" } else { "" };
    let scope = if args.iter().any(chooses_a_package) { "" } else { " --workspace" };
    let nextest = workspace.cargo(&format!("nextest run{scope}{profile}")).args(args);
    if !args.is_empty() {
        return vec![nextest];
    }
    let mut steps = vec![workspace.cargo("test --doc --workspace"), nextest];
    steps.extend(simulate::tests(workspace));
    steps
}

/// With `--workspace` beside it, cargo would not heed the choice.
fn chooses_a_package(arg: &OsString) -> bool {
    let arg = arg.to_string_lossy();
    arg.starts_with("-p") || arg.starts_with("--package") || arg.starts_with("--manifest-path")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(ci: bool, args: &[&str]) -> Vec<String> {
        let mut workspace = Workspace::at("/repo");
        workspace.ci = ci;
        let args: Vec<_> = args.iter().map(OsString::from).collect();
        steps(&workspace, &args).iter().map(Step::to_string).collect()
    }

    #[test]
    fn arguments_narrow_what_is_run() {
        let simulate = "cargo run --quiet --profile simulate --package crb-sim --example simulate --";
        let (storms, mutants) = (format!("{simulate} --seeds 500"), format!("{simulate} --mutants"));
        let all = |nextest| ["cargo test --doc --workspace", nextest, &storms, &mutants];
        let cases: [(bool, &[&str], &[&str]); 5] = [
            (false, &[], &all("cargo nextest run --workspace")),
            (true, &[], &all("cargo nextest run --workspace --profile ci")),
            (false, &["fleet"], &["cargo nextest run --workspace fleet"]),
            (false, &["-p", "crb-lock"], &["cargo nextest run -p crb-lock"]),
            (
                true,
                &["--package=crb-lock", "queue"],
                &["cargo nextest run --profile ci --package=crb-lock queue"],
            ),
        ];
        for (ci, args, expected) in cases {
            assert_eq!(lines(ci, args), expected);
        }
    }
}
