//! A static binary by the Rust of a Debian, which stands in a directory below `target/roots` and is made once.
//!
//! The Debian is of the host's own processor, so that nothing is emulated, and brings a cross compiler and Rust's standard
//! library for the other one. It is entered with the mounts of a namespace of its own, which nobody else sees and which
//! end with the build.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use xtask::flags::{Linker, rustflags};
use xtask::{Failure, Rights, Step, System, Tool, Workspace, see_to};

use super::cargo::{Commit, line};
use super::{Site, make_directory};
use crate::targets::{Arch, Libc};

/// Debian's stable release has too old a Rust for most of its life; in unstable, packages of two processors are often of
/// two versions and cannot be installed together.
const SUITE: &str = "testing";

/// Below the root: the sources, what cargo makes of them, and cargo's home.
const SOURCE: &str = "build";
const OUT: &str = "out";
const CARGO_HOME: &str = "cargo";

/// Kept in a root that is whole: the steps by which it was made.
const RECIPE: &str = ".recipe";

/// Mounts what the build needs into the root `$1` and runs the rest of the words there.
const ENTER: &str = r#"root=$1 source=$2 out=$3 cargo=$4; shift 4
mount --bind "$source" "$root/build"
mount --bind "$out" "$root/out"
mount --bind "$cargo" "$root/cargo"
mount --rbind /dev "$root/dev"
mount --rbind /proc "$root/proc"
exec /usr/sbin/chroot "$root" /usr/bin/env --ignore-environment --chdir=/build "$@""#;

/// Where the root for a target stands.
fn root(arch: Arch, roots: &Path) -> PathBuf {
    roots.join(format!("debian-{SUITE}-{}", arch.debian()))
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
    let archive = directory.with_extension("tar");
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

/// Makes the root for a target, unless it is there and was made as it would be made now. One that was not finished is
/// never taken for one that was.
pub(super) fn make(arch: Arch, roots: &Path) -> Result<(), Failure> {
    let whole = root(arch, roots);
    let new = whole.with_extension("new");
    let recipe = recipe(arch, &new);
    let text = recipe.each_ref().map(ToString::to_string).join("\n");
    if fs::read_to_string(whole.join(RECIPE)).is_ok_and(|kept| kept == text) {
        return Ok(());
    }
    eprintln!(
        "making {}, a Debian of some 1.5 GiB with a compiler; this takes minutes, once",
        whole.display()
    );
    for stale in [&new, &whole] {
        remove(stale)?;
    }
    make_directory(&new)?;
    recipe.iter().try_for_each(Step::run)?;
    for directory in [SOURCE, OUT, CARGO_HOME] {
        make_directory(&new.join(directory))?;
    }
    let refused = |source| Failure::File { path: new.clone(), source };
    fs::remove_file(new.with_extension("tar")).map_err(refused)?;
    fs::write(new.join(RECIPE), text).map_err(refused)?;
    fs::rename(&new, &whole).map_err(refused)
}

/// Removes what an earlier run left.
fn remove(directory: &Path) -> Result<(), Failure> {
    match fs::remove_dir_all(directory) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Failure::File { path: directory.into(), source })
        }
        _ => Ok(()),
    }
}

/// Puts the tool of ours into the root that Debian does not have: the host's own, for the root is of its processor.
pub(super) fn lend_tools(workspace: &Workspace, arch: Arch, roots: &Path) -> Result<(), Failure> {
    for found in see_to(workspace, &[Tool::Auditable])? {
        let lent = root(arch, roots).join("usr/local/bin").join(found.tool.program());
        fs::copy(&found.path, &lent).map_err(|source| Failure::File { path: lent, source })?;
    }
    Ok(())
}

/// A step in a mount namespace of its own, as root there.
pub(crate) fn unshare(line: &str) -> Step {
    let step = match System::detect().rights {
        Rights::Root => Step::of("unshare --mount"),
        Rights::Sudo | Rights::None => Step::of("unshare --map-root-user --mount"),
    };
    step.args(line.split_whitespace())
}

/// The steps that build for a target. The first uses the network, with the host's own settings for it; the second does
/// not.
pub(super) fn steps(
    workspace: &Workspace,
    site: &Site,
    commit: &Commit,
    arch: Arch,
    roots: &Path,
) -> [Step; 2] {
    let triple = arch.triple(Libc::Gnu);
    let fetch = workspace
        .cargo(&format!("fetch --locked --target {triple}"))
        .dir(&site.source)
        .env("CARGO_HOME", &site.cargo_home);
    [fetch, inside(site, commit, arch, &root(arch, roots))]
}

fn inside(site: &Site, commit: &Commit, arch: Arch, root: &Path) -> Step {
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
        format!("CARGO_HOME=/{CARGO_HOME}"),
        format!("CARGO_TARGET_DIR=/{OUT}"),
        format!("CARGO_ENCODED_RUSTFLAGS={}", flags.to_string_lossy()),
        format!("{linker}={cc}"),
        format!("SOURCE_DATE_EPOCH={}", commit.time),
        format!("CLUSTERREBOOTD_COMMIT={}", commit.name),
        "cargo".into(),
    ];
    words.extend(line(triple).split_whitespace().map(Into::into));
    words.push("--offline".into());
    unshare("sh -euc")
        .args([ENTER, "enter"])
        .args([root.to_owned(), site.source.clone(), site.target_dir(), site.cargo_home.clone()])
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
    fn inside_nothing_of_the_hosts_surroundings_is_seen_and_nothing_is_fetched() {
        let site = Site::of(&Workspace::at("/home/ann/repo"));
        let commit = Commit { name: "0123456789ab".into(), time: "1700000000".into() };
        let told = inside(&site, &commit, Arch::Aarch64, Path::new("/roots/debian")).to_string();
        let (_, rest) = told.split_once(" enter ").expect("the name of the script");
        assert_eq!(
            rest.replace('\u{1f}', " "),
            "/roots/debian /home/ann/repo /home/ann/repo/target/package/cargo /home/.cargo \
             PATH=/usr/local/bin:/usr/bin:/bin HOME=/tmp CARGO_HOME=/cargo CARGO_TARGET_DIR=/out \
             'CARGO_ENCODED_RUSTFLAGS=-Ctarget-feature=+crt-static -Clink-arg=-fuse-ld=lld \
             -Clink-arg=-Wl,--icf=all -Clink-arg=-Wl,-z,pack-relative-relocs' \
             CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc SOURCE_DATE_EPOCH=1700000000 \
             CLUSTERREBOOTD_COMMIT=0123456789ab cargo auditable build --release --locked \
             --package clusterrebootd --target aarch64-unknown-linux-gnu --offline"
        );
        assert!(ENTER.contains("--ignore-environment"), "{ENTER}");
    }
}
