//! The static binary of each target: by which way it is built here, what that needs, and the steps.

mod cargo;
mod debian;
mod route;

use std::fs;
use std::path::{Path, PathBuf};

use xtask::{Failure, Step, Tool, Workspace, see_to};

use crate::targets::Arch;
use cargo::Commit;
pub(crate) use debian::unshare;
use route::Route;

/// The program that packages hold.
pub(crate) const PROGRAM: &str = "clusterrebootd";

/// Where a build takes its sources from and where it puts what comes of them.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// A checkout of the repository.
    pub(crate) source: PathBuf,
    /// `target/package` of that checkout.
    pub(crate) out: PathBuf,
    /// Cargo's home, where crates are kept.
    pub(crate) cargo_home: PathBuf,
}

/// A binary that was built.
#[derive(Clone, Debug)]
pub(crate) struct Binary {
    /// The processor that it is for.
    pub(crate) arch: Arch,
    /// Rust's name of what it was built for.
    pub(crate) triple: &'static str,
    /// The file.
    pub(crate) path: PathBuf,
}

/// How the targets are built on this machine.
#[derive(Debug)]
pub(crate) struct Plan {
    routes: Vec<(Arch, Route)>,
    /// Where the roots are kept that hold a Debian with a compiler.
    roots: PathBuf,
}

impl Site {
    /// Where everybody builds.
    pub(crate) fn of(workspace: &Workspace) -> Self {
        Self {
            source: workspace.root.clone(),
            out: workspace.tools.with_file_name("package"),
            cargo_home: workspace.cargo_home.clone(),
        }
    }

    /// Where cargo works on it.
    pub(crate) fn target_dir(&self) -> PathBuf {
        self.out.join("cargo")
    }

    /// Where the binary of a target is put at last.
    fn binary(&self, triple: &str) -> PathBuf {
        self.out.join(triple).join(PROGRAM)
    }
}

impl Plan {
    /// Chooses a way for each target, by the Rust that is there, and sees to what the ways need. All that is missing is
    /// named together.
    pub(crate) fn make(workspace: &Workspace, arches: &[Arch]) -> Result<Self, Failure> {
        let routes =
            route::choose(arches, Arch::HOST, |triple| cargo::has_std(workspace, triple)).collect::<Vec<_>>();
        let plan = Self { routes, roots: workspace.tools.with_file_name("roots") };
        let told = plan.routes.iter().filter_map(|(arch, route)| route.lacks(*arch));
        let tools = see_to(workspace, &plan.tools()).err();
        let all: Vec<String> = tools.iter().map(ToString::to_string).chain(told).collect();
        if all.is_empty() {
            return Ok(plan);
        }
        let instead = plan.routes.iter().filter_map(|(arch, route)| route.instead(*arch));
        Err(Failure::Verdict(all.into_iter().chain(instead).collect::<Vec<_>>().join("\n")))
    }

    /// What the ways need beside Rust.
    pub(crate) fn tools(&self) -> Vec<Tool> {
        let mut tools = vec![Tool::Protoc];
        for tool in self.routes.iter().flat_map(|(arch, route)| route.tools(*arch)) {
            if !tools.contains(tool) {
                tools.push(*tool);
            }
        }
        // It takes long to build, and is in vain if another is missing.
        tools.push(Tool::Auditable);
        tools
    }

    /// The steps that end in the binary of each target. What `debian::make` has to do first is not among them: it is
    /// done once.
    fn steps(&self, workspace: &Workspace, site: &Site, commit: &Commit) -> Result<Vec<Step>, Failure> {
        let mut steps = Vec::new();
        for &(arch, route) in &self.routes {
            match route.libc() {
                Some(libc) => steps.push(cargo::step(workspace, site, commit, arch, libc)?),
                None => steps.extend(debian::steps(workspace, site, commit, arch, &self.roots)),
            }
        }
        Ok(steps)
    }

    /// Builds the binary of every target.
    pub(crate) fn run(&self, workspace: &Workspace, site: &Site) -> Result<Vec<Binary>, Failure> {
        let commit = Commit::of(&site.source)?;
        make_directory(&site.target_dir())?;
        for &(arch, route) in &self.routes {
            if route == Route::Debian {
                debian::make(arch, &self.roots)?;
                debian::lend_tools(workspace, arch, &self.roots)?;
            }
        }
        self.steps(workspace, site, &commit)?.iter().try_for_each(Step::run)?;
        self.routes.iter().map(|&(arch, route)| collect(site, arch, route.triple(arch))).collect()
    }
}

/// Puts the binary where it is looked for, apart from what cargo keeps beside it.
fn collect(site: &Site, arch: Arch, triple: &'static str) -> Result<Binary, Failure> {
    let built = site.target_dir().join(triple).join("release").join(PROGRAM);
    let path = site.binary(triple);
    make_directory(&site.out.join(triple))?;
    fs::copy(&built, &path).map_err(|source| Failure::File { path: built, source })?;
    Ok(Binary { arch, triple, path })
}

pub(crate) fn make_directory(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|source| Failure::File { path: path.into(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(routes: &[(Arch, Route)]) -> Plan {
        Plan { routes: routes.into(), roots: "/repo/target/roots".into() }
    }

    #[test]
    fn a_tool_is_seen_to_once_and_what_is_built_comes_last() {
        let all = [(Arch::X86_64, Route::Host), (Arch::Aarch64, Route::Debian)];
        assert_eq!(plan(&all).tools(), [Tool::Protoc, Tool::Mmdebstrap, Tool::Auditable]);
        assert_eq!(plan(&all[..1]).tools(), [Tool::Protoc, Tool::Auditable]);
    }

    #[test]
    fn binaries_stand_apart_by_what_they_were_built_for() {
        let site = Site::of(&Workspace::at("/repo"));
        let path = site.binary("x86_64-unknown-linux-musl");
        assert_eq!(path, Path::new("/repo/target/package/x86_64-unknown-linux-musl/clusterrebootd"));
    }
}
