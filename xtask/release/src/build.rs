//! The static binary of each target: by which way it is built here, what that needs, and the steps.

mod cargo;
mod debian;
pub(crate) mod fit;
mod route;

use std::path::PathBuf;

use xtask::{Failure, Found, Step, Tool, Workspace, look_for, see_to};

use crate::source::Source;
use crate::targets::Arch;
pub(crate) use debian::unshare;
use route::Route;

/// The program that packages hold.
pub(crate) const PROGRAM: &str = "clusterrebootd";

/// Where a build takes its sources from and where it puts what comes of them.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// A checkout of the repository.
    pub(crate) source: PathBuf,
    /// `target/static` of that checkout: a directory for each binary, and cargo's own.
    pub(crate) out: PathBuf,
    /// Cargo's home, where crates are kept, for the Rust of this machine. That of a Debian always has the user's own, under
    /// one name.
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
    /// What notes in a program the crates that it was built of.
    auditable: PathBuf,
}

impl Site {
    /// Where everybody builds.
    pub(crate) fn of(workspace: &Workspace) -> Self {
        Self {
            source: workspace.root.clone(),
            out: workspace.tools.with_file_name("static"),
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
    /// Chooses a way for each target, by the Rust that is there, and sees to what the ways need and to these tools, which are
    /// needed afterwards. All that is missing is named together, before the first build begins.
    pub(crate) fn make(workspace: &Workspace, arches: &[Arch], afterwards: &[Tool]) -> Result<Self, Failure> {
        fit::look(&Site::of(workspace))?;
        let mut plan = Self::choose(workspace, arches);
        let mut lacks = plan.lacks();
        match see_to(workspace, &plan.tools(afterwards)) {
            Ok(found) if lacks.is_empty() => {
                plan.take(found);
                return Ok(plan);
            }
            Ok(_) => lacks.insert(0, "this is missing".into()),
            Err(failure) => lacks.insert(0, failure.to_string()),
        }
        lacks.extend(plan.routes.iter().filter_map(|(arch, route)| route.instead(*arch)));
        Err(Failure::Verdict(lacks.join("\n")))
    }

    /// The same for those who only want to see it: nothing is got, and what is missing is told.
    pub(crate) fn sketch(
        workspace: &Workspace,
        arches: &[Arch],
        afterwards: &[Tool],
    ) -> Result<(Self, Vec<String>), Failure> {
        fit::look(&Site::of(workspace))?;
        let mut plan = Self::choose(workspace, arches);
        let (found, missing) = look_for(workspace, &plan.tools(afterwards));
        plan.take(found);
        let mut lacks: Vec<_> = missing.iter().map(ToString::to_string).collect();
        lacks.extend(plan.lacks());
        Ok((plan, lacks))
    }

    fn choose(workspace: &Workspace, arches: &[Arch]) -> Self {
        let routes = route::choose(arches, Arch::HOST, |triple| cargo::has_std(workspace, triple)).collect();
        let roots = workspace.tools.with_file_name("roots");
        Self { routes, roots, auditable: Tool::Auditable.program().into() }
    }

    fn take(&mut self, found: Vec<Found>) {
        if let Some(found) = found.into_iter().find(|found| found.tool == Tool::Auditable) {
            self.auditable = found.path;
        }
    }

    /// What is missing that is no tool.
    fn lacks(&self) -> Vec<String> {
        self.routes.iter().filter_map(|(arch, route)| route.lacks(*arch)).collect()
    }

    /// What the ways need beside Rust, and what is needed afterwards.
    fn tools(&self, afterwards: &[Tool]) -> Vec<Tool> {
        let mut tools = vec![Tool::Protoc];
        tools.extend(afterwards);
        for tool in self.routes.iter().flat_map(|(arch, route)| route.tools(*arch)) {
            if !tools.contains(tool) {
                tools.push(*tool);
            }
        }
        // It takes long to build, and is in vain if another is missing.
        tools.push(Tool::Auditable);
        tools
    }

    /// Where the binary of every target will be.
    pub(crate) fn binaries(&self, site: &Site) -> Vec<Binary> {
        let binary = |&(arch, route): &(Arch, Route)| {
            let triple = route.triple(arch);
            Binary { arch, triple, path: site.binary(triple) }
        };
        self.routes.iter().map(binary).collect()
    }

    /// The steps that end in the binary of each target.
    pub(crate) fn steps(&self, workspace: &Workspace, site: &Site) -> Result<Vec<Step>, Failure> {
        let commit = Source::of(&site.source)?;
        let mut steps = Vec::new();
        for &(arch, route) in &self.routes {
            if let Some(libc) = route.libc() {
                steps.push(cargo::step(workspace, site, &commit, arch, libc)?);
            } else {
                let root = debian::Root::of(arch, &self.roots);
                steps.extend(root.missing());
                steps.extend(root.build(workspace, site, &commit, &self.auditable));
            }
            // Apart from what cargo keeps beside it.
            let triple = route.triple(arch);
            let built = site.target_dir().join(triple).join("release").join(PROGRAM);
            steps.push(Step::of("install -D").args([built, site.binary(triple)]));
        }
        Ok(steps)
    }

    /// Builds the binary of every target.
    pub(crate) fn run(&self, workspace: &Workspace, site: &Site) -> Result<Vec<Binary>, Failure> {
        self.steps(workspace, site)?.iter().try_for_each(Step::run)?;
        Ok(self.binaries(site))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(routes: &[(Arch, Route)]) -> Plan {
        Plan {
            routes: routes.into(),
            roots: "/repo/target/roots".into(),
            auditable: "cargo-auditable".into(),
        }
    }

    #[test]
    fn a_tool_is_seen_to_once_and_what_is_built_comes_last() {
        let all = [(Arch::X86_64, Route::Host), (Arch::Aarch64, Route::Debian)];
        assert_eq!(plan(&all).tools(&[]), [Tool::Protoc, Tool::Mmdebstrap, Tool::Auditable]);
        let afterwards = [Tool::Nfpm, Tool::Cosign];
        let expected = [Tool::Protoc, Tool::Nfpm, Tool::Cosign, Tool::Auditable];
        assert_eq!(plan(&all[..1]).tools(&afterwards), expected);
    }

    #[test]
    fn binaries_stand_apart_by_what_they_were_built_for() {
        let site = Site::of(&Workspace::at("/repo"));
        let plan = plan(&[(Arch::X86_64, Route::Musl), (Arch::Aarch64, Route::Debian)]);
        let paths = plan.binaries(&site).into_iter().map(|binary| binary.path.display().to_string());
        assert_eq!(
            paths.collect::<Vec<_>>(),
            [
                "/repo/target/static/x86_64-unknown-linux-musl/clusterrebootd",
                "/repo/target/static/aarch64-unknown-linux-gnu/clusterrebootd",
            ]
        );
    }
}
