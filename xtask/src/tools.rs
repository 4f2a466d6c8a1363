//! The tools that our commands need beside Rust: find them, or get them, or say how.

mod cosign;
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

/// The first program of this name that works and is neither too old nor too new; or what is wrong with the first of all.
fn look(workspace: &Workspace, tool: Tool) -> Result<Found, String> {
    let named = workspace.protoc.iter().filter(|_| tool == Tool::Protoc);
    let pinned = Some(own(workspace, tool)).filter(|path| tool.makes_releases() && path.is_file());
    if let (Some(path), Some(pin)) = (&pinned, pin(tool))
        && pinned::is_outdated(path, pin)
    {
        return Err(format!("{}: it is not the one that is pinned now", path.display()));
    }
    let mut why = None;
    for path in named.cloned().chain(pinned).chain(workspace.which(tool.program())) {
        match examine(workspace, tool, &path) {
            Ok(version) => return Ok(Found { tool, path, version }),
            Err(problem) => why = why.or_else(|| Some(format!("{}: {problem}", path.display()))),
        }
    }
    Err(why.unwrap_or_else(|| "not found".into()))
}

/// What tells the version and the checksum of a tool that makes releases.
const fn pin(tool: Tool) -> Option<&'static str> {
    match tool {
        Tool::Nfpm => Some(pinned::NFPM),
        Tool::Cosign => Some(cosign::PINNED),
        _ => None,
    }
}

fn examine(workspace: &Workspace, tool: Tool, path: &Path) -> Result<Version, String> {
    // Some tell it beside their output.
    let told = Step::new(path).args(tool.version_args()).ask_for_all();
    judge(workspace, tool, path, &told.map_err(|failure| failure.to_string())?)
}

/// Whether a program will do, by what it says of its version.
fn judge(workspace: &Workspace, tool: Tool, path: &Path, said: &str) -> Result<Version, String> {
    let version = match tool {
        Tool::Cosign => {
            cosign::version(said, || Step::new(path).args(["sign-blob", "--help"]).ask_for_all())?
        }
        _ => Version::parse(said).ok_or("tells no version")?,
    };
    if version < tool.least() {
        return Err(format!("{version} is too old, {} is needed", tool.least()));
    }
    if let Some(bound) = tool.below().filter(|bound| version >= *bound) {
        return Err(format!("{version} is too new, one before {bound} is needed"));
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
    forget(workspace, tool)
        .and_then(|()| carry_out(&plan))
        .map_err(|failure| failure.to_string())
        .and_then(|()| look(workspace, tool))
        .map_err(|why| Missing { tool, why, remedy })
}

/// What was got before goes, or it would stand before whatever a person puts in PATH in its stead.
fn forget(workspace: &Workspace, tool: Tool) -> Result<(), Failure> {
    let path = own(workspace, tool);
    if !tool.makes_releases() || !path.exists() {
        return Ok(());
    }
    fs::remove_file(&path).map_err(|source| Failure::File { path, source })
}

/// Where the tool is if we got it by what is pinned.
fn own(workspace: &Workspace, tool: Tool) -> PathBuf {
    workspace.tools.join("bin").join(tool.program())
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
            run()?;
        }
        (outcome, _) => outcome?,
    }
    plan.proof.as_ref().map_or(Ok(()), |proof| {
        (proof.prove)(&proof.dir)?;
        proof.place.run()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cosign_of_another_major_version_is_refused() {
        let workspace = Workspace::at("/repo");
        let cases = [
            ("v2.6.1", Ok(Version(2, 6, 1))),
            ("v3.0.2", Err("3.0.2 is too new, one before 3.0.0 is needed")),
            ("v1.13.6", Err("1.13.6 is too old, 2.4.0 is needed")),
        ];
        for (version, expected) in cases {
            let said = format!("GitVersion: {version}");
            let judged = judge(&workspace, Tool::Cosign, Path::new("/cosign"), &said);
            assert_eq!(judged, expected.map_err(ToOwned::to_owned), "{version}");
        }
    }

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
