//! The tools that our commands need beside Rust: find them, or get them, or say how.

mod kind;
mod packages;
mod pinned;
mod plan;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::step::Step;
use crate::system::System;
use crate::version::Version;
use crate::workspace::Workspace;

pub use kind::Tool;
use plan::Plan;

/// A tool that is there and works.
#[derive(Clone, Debug)]
pub struct Found {
    /// Which.
    pub tool: Tool,
    /// The program.
    pub path: PathBuf,
    /// What it says of itself.
    pub version: Version,
}

/// A tool that is not there, why, and what to do about it.
#[derive(Debug)]
pub struct Missing {
    tool: Tool,
    why: String,
    remedy: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tool, why, remedy } = self;
        write!(f, "  {tool}: {why}\n    get it with: {remedy}")
    }
}

/// Finds each of these tools, and gets those that are missing. All that cannot be got are named together,
/// before minutes go into building another.
pub fn see_to(workspace: &Workspace, tools: &[Tool]) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for &tool in tools {
        match look(workspace, tool) {
            Ok(this) => found.push(this),
            Err(_) if tool.is_built() && !missing.is_empty() => {}
            Err(why) => match get(workspace, tool, why) {
                Ok(this) => found.push(this),
                Err(this) => missing.push(this),
            },
        }
    }
    if missing.is_empty() { Ok(found) } else { Err(Failure::Missing(missing)) }
}

/// Those of these tools that are there, and those that are not, of which none is got.
pub fn look_for(workspace: &Workspace, tools: &[Tool]) -> (Vec<Found>, Vec<Missing>) {
    let system = System::detect();
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for &tool in tools {
        match look(workspace, tool) {
            Ok(this) => found.push(this),
            Err(why) => missing.push(Missing { tool, why, remedy: plan::remedy(tool, system) }),
        }
    }
    (found, missing)
}

/// Tells a program where the servers of tests are; `crb-testbed` reads this.
pub fn with_servers(step: Step, found: &[Found]) -> Step {
    found.iter().fold(step, |step, Found { tool, path, .. }| match tool {
        Tool::Etcd => step.env("CRB_ETCD", path),
        Tool::Etcdctl => step.env("CRB_ETCDCTL", path),
        Tool::Tmux => step.env("CRB_TMUX", path),
        _ => step,
    })
}

/// The first program of this name that works and is not too old; or what is wrong with the first of all.
fn look(workspace: &Workspace, tool: Tool) -> Result<Found, String> {
    let named = workspace.protoc.iter().filter(|_| tool == Tool::Protoc);
    let pinned = workspace.tools.join("bin").join(tool.program());
    let pinned = Some(pinned).filter(|path| tool.makes_releases() && path.is_file());
    let mut why = None;
    for path in named.cloned().chain(pinned).chain(workspace.which(tool.program())) {
        match examine(workspace, tool, &path) {
            Ok(version) => return Ok(Found { tool, path, version }),
            Err(problem) => why = why.or_else(|| Some(format!("{}: {problem}", path.display()))),
        }
    }
    Err(why.unwrap_or_else(|| "not found".into()))
}

fn examine(workspace: &Workspace, tool: Tool, path: &Path) -> Result<Version, String> {
    // Some tell it beside their output.
    let told = Step::new(path).args(tool.version_args()).ask_for_all();
    let said = told.map_err(|failure| failure.to_string())?;
    let version = Version::parse(&said).ok_or("tells no version")?;
    if version < tool.least() {
        return Err(format!("{version} is too old, {} is needed", tool.least()));
    }
    if tool == Tool::Protoc {
        compile_an_import(workspace, path)
            .map_err(|_| "it finds no google/protobuf/descriptor.proto".to_owned())?;
    }
    Ok(version)
}

/// Some distributions package protoc without google's own definitions, which the etcd client's build imports.
fn compile_an_import(workspace: &Workspace, protoc: &Path) -> Result<(), Failure> {
    let dir = workspace.tools.join("probe");
    let file = dir.join("probe.proto");
    let text = "syntax = \"proto3\";\nimport \"google/protobuf/descriptor.proto\";\n\
                message Probe { google.protobuf.FileOptions options = 1; }\n";
    fs::create_dir_all(&dir)
        .and_then(|()| fs::write(&file, text))
        .map_err(|source| Failure::File { path: file, source })?;
    let mut step = Step::new(protoc).args(["-I", "."]);
    if let Some(include) = &workspace.protoc_include {
        step = step.args(["-I".as_ref(), include.as_os_str()]);
    }
    step.args(["--descriptor_set_out=/dev/null", "probe.proto"]).dir(dir).ask().map(drop)
}

/// Carries out the plan for a tool, if there is one, and looks again.
fn get(workspace: &Workspace, tool: Tool, why: String) -> Result<Found, Missing> {
    let system = System::detect();
    let remedy = plan::remedy(tool, system);
    let Some(plan) = plan::plan(tool, system, workspace) else {
        return Err(Missing { tool, why, remedy });
    };
    eprintln!("{tool}: {why}; getting it{}", plan.warning);
    carry_out(&plan)
        .map_err(|failure| failure.to_string())
        .and_then(|()| look(workspace, tool))
        .map_err(|why| Missing { tool, why, remedy })
}

/// Package lists are missing on new systems and grow old on others; both show as a failure that a refresh may
/// mend.
fn carry_out(plan: &Plan) -> Result<(), Failure> {
    if let Some(dir) = &plan.dir {
        fs::create_dir_all(dir).map_err(|source| Failure::File { path: dir.clone(), source })?;
    }
    let run = || plan.steps.iter().try_for_each(Step::run);
    match (run(), &plan.refresh) {
        (Err(failure), Some(refresh)) => {
            eprintln!("{failure}; trying again with fresh package lists");
            refresh.run()?;
            run()
        }
        (outcome, _) => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_only_looked_for_is_not_got() {
        let root = std::env::temp_dir().join("no-workspace-of-anybody");
        let (found, missing) = look_for(&Workspace::at(&root.to_string_lossy()), &[Tool::Nfpm, Tool::Cosign]);
        assert_eq!((found.len(), missing.len()), (0, 2));
        let told = missing[0].to_string();
        assert_eq!(told, "  nfpm: not found\n    get it with: python3 with pip, and cargo xtask setup");
        assert!(!root.exists(), "nothing was put there");
    }
}
