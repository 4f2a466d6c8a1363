//! Where we are: the repository, its `target/tools`, and what the environment says. Read once, here.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::step::Step;

/// The repository and the surroundings in which its commands run.
#[derive(Debug)]
pub struct Workspace {
    /// The directory of the root `Cargo.toml`.
    pub root: PathBuf,
    /// Where we put tools that the system lacks: `target/tools`.
    pub tools: PathBuf,
    /// The root for `cargo install`. In CI that is cargo's own home, which outlives the checkout.
    pub installs: PathBuf,
    /// Cargo's home, where crates are kept.
    pub cargo_home: PathBuf,
    /// Whether `CI` is set.
    pub ci: bool,
    /// `PROTOC`, which the build prefers to PATH.
    pub protoc: Option<PathBuf>,
    /// `PROTOC_INCLUDE`, where the build looks for google's own definitions.
    pub protoc_include: Option<PathBuf>,
    /// Where we look for tools: PATH, cargo's home, the places where we put them, and those of root's programs.
    search: Vec<PathBuf>,
    /// PATH for the programs that we run. Ours come first, being there because PATH has none or too old ones, and those of
    /// root's programs last.
    path: OsString,
    cargo: OsString,
    /// `CARGO_TARGET_DIR`, if it is set, from the root of the file system: cargo takes a relative one from where it is started,
    /// which for some of our steps is not where we were.
    target: Option<PathBuf>,
}

impl Workspace {
    /// Reads the environment.
    #[allow(clippy::disallowed_methods, reason = "this file owns the environment of xtask")]
    pub fn find() -> Result<Self, Failure> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let root = root.canonicalize().map_err(|source| Failure::File { path: root, source })?;
        let target = env::var_os("CARGO_TARGET_DIR").filter(|dir| !dir.is_empty());
        let target = target.map(|dir| absolute(Path::new(&dir))).transpose()?;
        let tools = target.clone().unwrap_or_else(|| root.join("target")).join("tools");
        let cargo_home = env::var_os("CARGO_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".cargo")));
        let ci = env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");

        let path = env::var_os("PATH").unwrap_or_default();
        let theirs: Vec<_> = env::split_paths(&path)
            .filter_map(|dir| std::path::absolute(dir).ok())
            .chain(cargo_home.iter().map(|home| home.join("bin")))
            .collect();
        // Some distributions keep `ip` and `chroot` from the PATH of those who are not root.
        let of_root = [PathBuf::from("/usr/sbin"), PathBuf::from("/sbin")];
        let ours = vec![tools.join("bin"), tools.join("unpacked/usr/bin")];

        Ok(Self {
            installs: cargo_home.clone().filter(|_| ci).unwrap_or_else(|| tools.clone()),
            // Without a home of one's own, cargo does not start either.
            cargo_home: cargo_home.unwrap_or_default(),
            protoc: env::var_os("PROTOC").map(PathBuf::from),
            protoc_include: env::var_os("PROTOC_INCLUDE").map(PathBuf::from),
            cargo: env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
            root,
            tools,
            target,
            ci,
            path: env::join_paths(ours.iter().chain(&theirs).chain(&of_root)).unwrap_or(path),
            search: [theirs, ours, of_root.into()].concat(),
        })
    }

    /// Becomes this very program once more, as root by way of `sudo`, with the same environment. Returns only if that fails.
    #[allow(clippy::disallowed_methods, reason = "this file owns the environment of xtask")]
    pub fn once_more_as_root(&self, args: impl IntoIterator<Item = OsString>) -> Failure {
        match env::current_exe() {
            Ok(program) => self.as_root(&program).args(args).become_it(),
            Err(source) => Failure::File { path: "/proc/self/exe".into(), source },
        }
    }

    /// sudo has a PATH of its own, whatever else it keeps.
    fn as_root(&self, program: &Path) -> Step {
        let mut path = OsString::from("PATH=");
        path.push(&self.path);
        Step::of("sudo -n --preserve-env env").args([path]).args([program])
    }

    /// A made-up place, to see what would be run there: nothing is looked up.
    pub fn at(root: &str) -> Self {
        let tools = Path::new(root).join("target/tools");
        Self {
            root: root.into(),
            installs: tools.clone(),
            cargo_home: "/home/.cargo".into(),
            tools,
            ci: false,
            protoc: None,
            protoc_include: None,
            search: Vec::new(),
            path: OsString::new(),
            cargo: "cargo".into(),
            target: None,
        }
    }

    /// The programs of this name: those in PATH first, then cargo's home, then our own tools.
    pub fn which(&self, name: &str) -> impl Iterator<Item = PathBuf> {
        self.search.iter().map(move |dir| dir.join(name)).filter(|file| is_executable(file))
    }

    /// A step that runs a program at the root of the workspace, and finds it among our tools, too.
    pub fn tool(&self, program: &str) -> Step {
        Step::new(program).env("PATH", &self.path).dir(&self.root)
    }

    /// A step that runs cargo at the root of the workspace, and finds our tools.
    pub fn cargo(&self, line: &str) -> Step {
        let step =
            Step::new(&self.cargo).args(line.split_whitespace()).env("PATH", &self.path).dir(&self.root);
        match &self.target {
            Some(target) => step.env("CARGO_TARGET_DIR", target),
            None => step,
        }
    }
}

/// Without `..` in it, by which a compiler would not know it again, unless it is not there yet.
fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    path.canonicalize()
        .or_else(|_| std::path::absolute(path))
        .map_err(|source| Failure::File { path: path.into(), source })
}

fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_of_root_are_found_by_all_that_we_run() {
        let workspace = Workspace::find().expect("the repository");
        let last: Vec<_> =
            env::split_paths(&workspace.path).skip_while(|dir| dir != Path::new("/usr/sbin")).collect();
        assert!(last.ends_with(&["/usr/sbin".into(), "/sbin".into()]), "{last:?}");
        assert!(workspace.tool("chroot").args(["--version"]).ask().is_ok());
    }

    #[test]
    fn every_cargo_of_ours_builds_where_the_first_one_did() {
        let mut workspace = Workspace::at("/repo");
        assert_eq!(workspace.cargo("fmt").to_string(), "cargo fmt");
        let here = env::current_dir().expect("we are somewhere");
        let cases = [("out", here.join("out")), ("src/..", here.canonicalize().expect("we are there"))];
        for (given, expected) in cases {
            workspace.target = Some(absolute(Path::new(given)).expect("there is a place to go from"));
            let expected = format!("CARGO_TARGET_DIR={} cargo fmt", expected.display());
            assert_eq!(workspace.cargo("fmt").to_string(), expected);
        }
    }

    #[test]
    fn root_is_given_the_same_path() {
        let mut workspace = Workspace::at("/repo");
        workspace.path = "/repo/target/tools/bin:/usr/bin".into();
        assert_eq!(
            workspace.as_root(Path::new("/repo/target/debug/xtask-release")).to_string(),
            "sudo -n --preserve-env env PATH=/repo/target/tools/bin:/usr/bin /repo/target/debug/xtask-release"
        );
    }
}
