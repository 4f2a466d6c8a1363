//! All steps on the way to packages, computed before the first is taken.

use std::cell::OnceCell;
use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use xtask::{Failure, Step, Workspace};

use super::action::{Action, Means};
use crate::build::{Binary, PROGRAM};
use crate::nfpm::{self, CONFIG, Format, Package};
use crate::sign;
use crate::source::Source;
use crate::sums::Sums;
use crate::targets::{Arch, Libc};
use crate::version::PackageVersion;

/// What is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// The binaries that will have been built.
    pub(crate) binaries: Vec<Binary>,
    pub(crate) version: PackageVersion,
    /// The private key to sign with, if any.
    pub(crate) key: Option<PathBuf>,
    pub(crate) source: Source,
}

/// Where things are taken from, where they are made, and where they end.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// A checkout of the repository.
    source: PathBuf,
    /// Where the packages stand in the end.
    pub(crate) target: PathBuf,
    /// Where everything is made.
    partial: PathBuf,
}

impl Place {
    pub(crate) fn of(source: &Path, target: &Path) -> Self {
        Self { source: source.into(), partial: target.with_extension("partial"), target: target.into() }
    }
}

/// The steps, in order.
#[derive(Debug)]
pub(crate) struct Plan {
    /// A checkout of the repository; paths are told from here.
    source: PathBuf,
    heading: String,
    actions: Vec<Action>,
}

/// What the program itself says for its packages: the file, and the words that ask for it.
const PAGES: [(&str, &str); 5] = [
    ("clusterrebootd.8", "man 8"),
    ("clusterrebootd.yaml.5", "man 5"),
    ("clusterrebootd.bash", "completions bash"),
    ("clusterrebootd.fish", "completions fish"),
    ("clusterrebootd.zsh", "completions zsh"),
];

/// What is made and packed as .gz.
const COMPRESSED: [&str; 4] =
    ["changelog.Debian", "THIRD-PARTY", "clusterrebootd.8", "clusterrebootd.yaml.5"];

/// The program, as it runs on this machine. It says the same for every processor, and so is built once more only where
/// none of the binaries is for ours.
fn program(workspace: &Workspace, binaries: &[Binary], place: &Place) -> Step {
    match binaries.iter().find(|binary| Some(binary.arch) == Arch::HOST) {
        Some(binary) => Step::new(&binary.path),
        None => workspace.cargo("run --quiet --locked --package").args([PROGRAM, "--"]).dir(&place.source),
    }
}

/// Signs an empty file, so that a wrong password is told before minutes go into the build.
fn try_out(workspace: &Workspace, key: &Path, dir: &Path) -> Vec<Action> {
    const NAME: &str = "try-the-key";
    let touch = Step::new("touch").args([dir.join(NAME)]);
    vec![Action::Empty(dir.into()), Action::Run(touch), Action::Run(sign::step(workspace, key, dir, NAME))]
}

/// Computes the steps; `built` are those that end in the binaries.
pub(crate) fn plan(workspace: &Workspace, order: &Order, place: &Place, built: Vec<Step>) -> Plan {
    let Order { binaries, version, key, source } = order;
    let time = Timestamp::from_second(source.time).unwrap_or_default();
    let out = place.partial.join("out");
    let mut actions = key.as_deref().map_or_else(Vec::new, |key| try_out(workspace, key, &place.partial));
    actions.extend(built.into_iter().map(Action::Run));
    actions.push(Action::Empty(place.partial.clone()));
    actions.push(Action::Empty(out.clone()));

    let mut names = Vec::new();
    for binary in binaries {
        let made = place.partial.join(binary.triple);
        actions.push(Action::Empty(made.clone()));
        actions.push(Action::Changelog { version: version.clone(), time, dir: made.clone() });
        let libc = Libc::of(binary.triple);
        actions.push(Action::Licences { libc, binary: binary.path.clone(), file: made.join("THIRD-PARTY") });
        for (file, words) in PAGES {
            let step = program(workspace, binaries, place).args(words.split(' '));
            actions.push(Action::Capture { step, file: made.join(file) });
        }
        let gzip = workspace.tool("gzip").args(["-9", "-n"]);
        actions.push(Action::Run(gzip.args(COMPRESSED.map(|file| made.join(file)))));
        for format in Format::ALL {
            let package = Package { format, arch: binary.arch, version: version.clone() };
            let config = match format {
                Format::Deb => place.source.join(CONFIG),
                Format::Rpm => made.join("rpm.yaml"),
            };
            let step =
                nfpm::step(workspace, &place.source, &package, binary, (&made, &config, &out), source.time);
            actions.push(Action::Run(step));
            names.extend([package.file(), package.sbom()]);
            actions.push(Action::Describe { package, binary: binary.path.clone(), time, dir: out.clone() });
        }
    }
    for sums in Sums::ALL {
        actions.push(Action::Sum { sums, dir: out.clone(), names: names.clone() });
    }
    if let Some(key) = key {
        names.extend(Sums::ALL.map(|sums| sums.file().to_owned()));
        names.sort();
        let sign = |name: &String| Action::Run(sign::step(workspace, key, &out, name));
        actions.extend(names.iter().map(sign));
    }
    actions.push(Action::Replace { with: out, target: place.target.clone() });
    actions.push(Action::Remove(place.partial.clone()));

    let heading = format!("{PROGRAM} {} of commit {}, {time}", version.full(), source.commit);
    Plan { source: place.source.clone(), heading, actions }
}

impl Plan {
    /// Takes the steps, and tells of each.
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<(), Failure> {
        eprintln!("{}", self.heading);
        let means = Means { workspace, source: &self.source, catalogue: OnceCell::new() };
        for (index, action) in self.actions.iter().enumerate() {
            let progress = format!("[{}/{}]", index + 1, self.actions.len());
            match action {
                Action::Run(_) => eprint!("{progress} "),
                other => eprintln!("{progress} {}", self.told(other)),
            }
            action.run(&means)?;
        }
        Ok(())
    }

    fn told(&self, action: &Action) -> String {
        action.to_string().replace(&format!("{}/", self.source.display()), "")
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.heading)?;
        self.actions.iter().try_for_each(|action| writeln!(f, "{}", self.told(action)))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use super::*;

    fn told(arches: &[Arch], key: Option<&str>) -> String {
        let workspace = Workspace::at("/repo");
        let binaries = arches.iter().map(|&arch| {
            let triple = arch.triple(Libc::Musl);
            Binary { arch, triple, path: Path::new("/repo/target/static").join(triple).join(PROGRAM) }
        });
        let order = Order {
            binaries: binaries.collect(),
            version: PackageVersion::of_file("0.2.0-rc.1-1").expect("a version"),
            key: key.map(PathBuf::from),
            source: Source { commit: "0123456789ab".into(), time: 1_800_000_000, changed: Vec::new() },
        };
        let place = Place::of(&workspace.root, Path::new("/repo/target/package"));
        plan(&workspace, &order, &place, vec![Step::of("cargo auditable build --release")]).to_string()
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn everything_is_told_beforehand() {
        expect_file!["snapshots/signed.txt"].assert_eq(&told(&Arch::ALL, Some("/keys/cosign.key")));
    }

    #[test]
    fn the_key_is_tried_before_anything_is_built() {
        let told = told(&Arch::ALL, Some("/keys/cosign.key"));
        let first = |word: &str| told.lines().position(|line| line.starts_with(word)).expect("a step");
        assert!(first("$ cosign sign-blob ") < first("$ cargo auditable build"), "{told}");
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn what_the_program_says_of_itself_is_asked_of_one_that_runs_here() {
        let told = told(&[Arch::Aarch64], None);
        let asked = "$ cargo run --quiet --locked --package clusterrebootd -- man 8 > ";
        assert!(told.lines().any(|line| line.starts_with(asked)), "{told}");
        assert!(!told.contains("cosign"), "{told}");
    }
}
