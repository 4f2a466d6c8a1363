//! A static binary by the Rust of a Debian, which stands in a directory below `target/roots` and is made once.
//!
//! The Debian is of the host's own processor, so that nothing is emulated, and brings a cross compiler and Rust's standard
//! library for the other one. It is entered with the mounts of a namespace of its own, which nobody else sees and which
//! end with the build.

use std::fs;
use std::path::{Path, PathBuf};

use xtask::flags::{Linker, rustflags};
use xtask::{Rights, Step, System, Tool, Workspace};

use super::Site;
use super::cargo::line;
use crate::source::Source;
use crate::targets::{Arch, Libc};

/// Debian's stable release has too old a Rust for most of its life; in unstable, packages of two processors are often of
/// two versions and cannot be installed together.
const SUITE: &str = "testing";

/// Mounts what the build needs into the root `$1`, namely the sources `$2`, what cargo makes of them `$3` and cargo's home
/// `$4`, and runs the rest of the words there.
const ENTER: &str = r#"root=$1 source=$2 out=$3 cargo=$4; shift 4
mount --bind "$source" "$root/build"
mount --bind "$out" "$root/out"
mount --bind "$cargo" "$root/cargo"
mount --rbind /dev "$root/dev"
mount --rbind /proc "$root/proc"
exec /usr/sbin/chroot "$root" /usr/bin/env --ignore-environment --chdir=/build "$@""#;

/// Finishes the new root `$1`: what was made by the recipe `$3` becomes the root `$2`.
const FINISH: &str = r#"mkdir "$1/build" "$1/out" "$1/cargo"
printf %s "$3" > "$1/.recipe"
rm -rf "$2"
mv "$1" "$2""#;

/// A Debian that builds for a target.
pub(super) struct Root {
    arch: Arch,
    directory: PathBuf,
}

impl Root {
    pub(super) fn of(arch: Arch, roots: &Path) -> Self {
        Self { arch, directory: roots.join(format!("debian-{SUITE}-{}", arch.debian())) }
    }

    /// The steps that make it; none if it is there and was made as it would be made now. One that was not finished is
    /// never taken for one that was.
    pub(super) fn missing(&self) -> Vec<Step> {
        let kept = fs::read_to_string(self.directory.join(".recipe"));
        let new = self.directory.with_extension("new");
        let recipe = recipe(self.arch, &new);
        // A Debian of then may have too old a Rust for what is built now.
        let oldest = concat!("for Rust ", env!("CARGO_PKG_RUST_VERSION"), " or newer");
        let text = format!("{}\n{oldest}", recipe.each_ref().map(ToString::to_string).join("\n"));
        if kept.is_ok_and(|kept| kept == text) {
            return Vec::new();
        }
        let mut steps =
            vec![Step::of("rm -rf").args([&new, &archive(&new)]), Step::of("mkdir -p").args([&new])];
        steps.extend(recipe);
        steps.push(Step::new("rm").args([archive(&new)]));
        let finish = Step::of("sh -euc").args([FINISH, "finish"]).args([&new, &self.directory]);
        steps.push(finish.args([text]));
        steps
    }

    /// The steps that build there. The second of them uses the network, with the host's own settings for it; the others do
    /// not. The tool that Debian does not have is the host's own, for both are of one processor.
    pub(super) fn build(
        &self,
        workspace: &Workspace,
        site: &Site,
        commit: &Source,
        auditable: &Path,
    ) -> [Step; 4] {
        let lent = self.directory.join("usr/local/bin").join(Tool::Auditable.program());
        let fetch = workspace
            .cargo(&format!("fetch --locked --target {}", self.arch.triple(Libc::Gnu)))
            .dir(&site.source);
        [
            Step::of("install -D").args([auditable, &lent]),
            fetch,
            Step::of("mkdir -p").args([site.target_dir()]),
            inside(site, &workspace.cargo_home, commit, self.arch, &self.directory),
        ]
    }
}

/// The archive that a root is made by way of.
fn archive(directory: &Path) -> PathBuf {
    directory.with_extension("tar")
}

/// The processor of the compiler's own programs.
fn own() -> Arch {
    Arch::HOST.unwrap_or(Arch::X86_64)
}

/// What the root holds beside the least that a Debian is.
fn packages(arch: Arch) -> String {
    let (own, other) = (own(), arch);
    let mut packages = vec!["rustc", "cargo", "lld", "protobuf-compiler", "libprotobuf-dev"];
    let std = format!("libstd-rust-dev:{}", other.debian());
    if own == other {
        packages.extend(["gcc", "libc6-dev"]);
    } else {
        packages.extend(match other {
            Arch::X86_64 => ["gcc-x86-64-linux-gnu", "libc6-dev-amd64-cross", &std],
            Arch::Aarch64 => ["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross", &std],
        });
    }
    packages.join(",")
}

/// The steps that make the root in an empty directory, by way of an archive beside it, so that all files are of whoever
/// runs this and a later user needs no more rights than the first.
fn recipe(arch: Arch, directory: &Path) -> [Step; 2] {
    let archive = archive(directory);
    let architectures = match (own(), arch) {
        (own, other) if own == other => own.debian().to_owned(),
        (own, other) => format!("{},{}", own.debian(), other.debian()),
    };
    let options = [
        "--variant=apt".to_owned(),
        "--format=tar".to_owned(),
        format!("--architectures={architectures}"),
        // A mirror may lag behind; what it has is signed all the same.
        "--aptopt=Acquire::Check-Valid-Until \"false\"".to_owned(),
        "--aptopt=APT::Install-Recommends \"false\"".to_owned(),
        "--dpkgopt=path-exclude=/usr/share/doc/*".to_owned(),
        "--dpkgopt=path-exclude=/usr/share/man/*".to_owned(),
        "--dpkgopt=path-exclude=/usr/share/locale/*".to_owned(),
        format!("--include={}", packages(arch)),
        SUITE.to_owned(),
    ];
    [
        Step::new("mmdebstrap").args(options).args([&archive]),
        Step::of("tar --extract --no-same-owner --exclude=./dev/* --file")
            .args([&archive])
            .args(["--directory".as_ref(), directory.as_os_str()]),
    ]
}

/// A step in a mount namespace of its own, as root there.
pub(crate) fn unshare(line: &str) -> Step {
    let step = match System::detect().rights {
        Rights::Root => Step::of("unshare --mount"),
        Rights::Sudo | Rights::None => Step::of("unshare --map-root-user --mount"),
    };
    step.args(line.split_whitespace())
}

fn inside(site: &Site, cargo_home: &Path, commit: &Source, arch: Arch, root: &Path) -> Step {
    let triple = arch.triple(Libc::Gnu);
    let (cc, linker) = match arch {
        Arch::X86_64 => ("x86_64-linux-gnu-gcc", "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER"),
        Arch::Aarch64 => ("aarch64-linux-gnu-gcc", "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER"),
    };
    // Everybody builds in the same place here: no path is left to rename, in Rust or in C.
    let flags = rustflags(Linker::LldIfTold, &[]);
    let mut words = vec![
        "PATH=/usr/local/bin:/usr/bin:/bin".into(),
        "HOME=/tmp".into(),
        "CARGO_HOME=/cargo".into(),
        "CARGO_TARGET_DIR=/out".into(),
        format!("CARGO_ENCODED_RUSTFLAGS={}", flags.to_string_lossy()),
        format!("{linker}={cc}"),
        format!("SOURCE_DATE_EPOCH={}", commit.time),
        format!("CLUSTERREBOOTD_COMMIT={}", commit.name()),
        "cargo".into(),
    ];
    words.extend(line(triple).split_whitespace().map(Into::into));
    words.push("--offline".into());
    unshare("sh -euc")
        .args([ENTER, "enter"])
        .args([root, &site.source, &site.target_dir(), cargo_home])
        .args(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn the_debian_holds_a_compiler_for_the_other_processor() {
        let steps = recipe(Arch::Aarch64, Path::new("/repo/target/roots/debian.new"));
        assert_eq!(
            steps.map(|step| step.to_string()),
            [
                "mmdebstrap --variant=apt --format=tar --architectures=amd64,arm64 \
                 '--aptopt=Acquire::Check-Valid-Until \"false\"' '--aptopt=APT::Install-Recommends \"false\"' \
                 '--dpkgopt=path-exclude=/usr/share/doc/*' '--dpkgopt=path-exclude=/usr/share/man/*' \
                 '--dpkgopt=path-exclude=/usr/share/locale/*' \
                 --include=rustc,cargo,lld,protobuf-compiler,libprotobuf-dev,gcc-aarch64-linux-gnu,\
                 libc6-dev-arm64-cross,libstd-rust-dev:arm64 testing /repo/target/roots/debian.tar",
                "tar --extract --no-same-owner '--exclude=./dev/*' --file /repo/target/roots/debian.tar \
                 --directory /repo/target/roots/debian.new",
            ]
        );
    }

    #[test]
    fn a_root_is_made_anew_unless_it_was_made_in_the_very_same_way() {
        let roots = tempfile::tempdir().expect("a directory");
        let root = Root::of(Arch::Aarch64, roots.path());
        let steps: Vec<_> = root.missing().iter().map(ToString::to_string).collect();
        let programs: Vec<_> = steps.iter().filter_map(|step| step.split(' ').next()).collect();
        assert_eq!(programs, ["rm", "mkdir", "mmdebstrap", "tar", "rm", "sh"]);
        // The last step alone, as if the ones before had been taken.
        fs::create_dir_all(root.directory.with_extension("new")).expect("a directory");
        root.missing().last().expect("a step").ask().expect("it can be taken");
        assert_eq!(root.missing(), []);
        let kept = fs::read_to_string(root.directory.join(".recipe")).expect("it is there");
        assert!(
            kept.ends_with(concat!("\nfor Rust ", env!("CARGO_PKG_RUST_VERSION"), " or newer")),
            "{kept}"
        );
        fs::write(root.directory.join(".recipe"), "made otherwise").expect("a file");
        assert_eq!(root.missing().len(), 6);
    }

    #[test]
    fn inside_nothing_of_the_hosts_surroundings_is_seen_and_nothing_is_fetched() {
        let site = Site::of(&Workspace::at("/home/ann/repo"));
        let commit = Source { commit: "0123456789ab".into(), time: 1_700_000_000, changed: Vec::new() };
        let told =
            inside(&site, &site.cargo_home, &commit, Arch::Aarch64, Path::new("/roots/debian")).to_string();
        let (_, rest) = told.split_once(" enter ").expect("the name of the script");
        assert_eq!(
            rest.replace(r"\x1f", " "),
            "/roots/debian /home/ann/repo /home/ann/repo/target/static/cargo /home/.cargo \
             PATH=/usr/local/bin:/usr/bin:/bin HOME=/tmp CARGO_HOME=/cargo CARGO_TARGET_DIR=/out \
             $'CARGO_ENCODED_RUSTFLAGS=-Ctarget-feature=+crt-static -Csymbol-mangling-version=v0 \
             -Clink-arg=-fuse-ld=lld -Clink-arg=-Wl,--icf=all -Clink-arg=-Wl,-z,pack-relative-relocs' \
             CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc SOURCE_DATE_EPOCH=1700000000 \
             CLUSTERREBOOTD_COMMIT=0123456789ab cargo auditable build --release --locked \
             --package clusterrebootd --target aarch64-unknown-linux-gnu --offline"
        );
        assert!(ENTER.contains("--ignore-environment"), "{ENTER}");
    }
}
