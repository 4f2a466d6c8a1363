//! A static binary by the Rust of this machine.

use std::path::Path;

use xtask::flags::{Linker, cflags, rustflags};
use xtask::{Failure, Step, Workspace};

use super::{PROGRAM, Site};
use crate::source::Source;
use crate::targets::{Arch, Libc};

/// What the environment of a person may hold that makes other bytes: what cargo, build scripts and C compilers ask for before
/// what we tell them, or beside it. One that ends in `=` is a whole name.
const OF_THE_PERSON: [&str; 26] = [
    "AR=",
    "AR_",
    "ARFLAGS",
    "CC=",
    "CC_",
    "CFLAGS",
    "CRATE_CC_",
    "HOST_AR",
    "HOST_CC",
    "HOST_CFLAGS",
    "TARGET_AR",
    "TARGET_CC",
    "TARGET_CFLAGS",
    "CPATH=",
    "C_INCLUDE_PATH=",
    "LIBRARY_PATH=",
    "COMPILER_PATH=",
    "GCC_EXEC_PREFIX=",
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_RUSTFLAGS=",
    "CARGO_INCREMENTAL=",
    "CARGO_PROFILE_RELEASE_",
    "CARGO_TARGET_",
    "RUSTC=",
    "RUSTC_",
    "RUSTFLAGS=",
];

/// How cargo is asked to build the program, noting in it the crates that it was built of.
pub(super) fn line(triple: &str) -> String {
    format!("auditable build --release --locked --package {PROGRAM} --target {triple}")
}

/// Whether the Rust of this machine has its standard library for a target.
pub(super) fn has_std(workspace: &Workspace, triple: &str) -> bool {
    let step = Step::new(rustc(workspace)).args(["--print", "target-libdir", "--target", triple]);
    step.dir(&workspace.root).ask().is_ok_and(|directory| Path::new(&directory).is_dir())
}

fn rustc(workspace: &Workspace) -> std::path::PathBuf {
    workspace.which("rustc").next().unwrap_or_else(|| "rustc".into())
}

/// Where the sources of the standard library stand, if they are there, and how they are called where they are not.
fn own_sources(workspace: &Workspace) -> Result<(std::path::PathBuf, String), Failure> {
    let ask = |words: &[&str]| Step::new(rustc(workspace)).args(words.to_vec()).dir(&workspace.root).ask();
    let sysroot = ask(&["--print", "sysroot"])?;
    let told = ask(&["-vV"])?;
    let hash = told.lines().find_map(|line| line.strip_prefix("commit-hash: ")).unwrap_or("unknown");
    Ok((Path::new(&sysroot).join("lib/rustlib/src/rust"), format!("/rustc/{hash}")))
}

/// The step that builds for a target.
pub(super) fn step(
    workspace: &Workspace,
    site: &Site,
    commit: &Source,
    arch: Arch,
    libc: Libc,
) -> Result<Step, Failure> {
    let (sources, name) = own_sources(workspace)?;
    Ok(composed(workspace, site, commit, (arch, libc), (&sources, &name)))
}

fn composed(
    workspace: &Workspace,
    site: &Site,
    commit: &Source,
    (arch, libc): (Arch, Libc),
    own_sources: (&Path, &str),
) -> Step {
    let target_dir = site.target_dir();
    // The later ones may stand below the earlier ones.
    let remapped = [
        own_sources,
        (site.source.as_path(), "/build"),
        (site.cargo_home.as_path(), "/cargo"),
        (target_dir.as_path(), "/out"),
    ];
    let linker = if libc == Libc::Gnu { Linker::HOST } else { Linker::Any };
    let mut c = cflags(&remapped[1..]);
    if libc == Libc::Musl {
        // Some distributions have their compiler put calls of glibc's own checks everywhere.
        c.push(" -U_FORTIFY_SOURCE");
    }
    let step = workspace
        .cargo(&line(arch.triple(libc)))
        .args(["--target-dir".as_ref(), target_dir.as_os_str()])
        .dir(&site.source)
        .without(&OF_THE_PERSON)
        .env("CARGO_HOME", &site.cargo_home)
        .env("CARGO_ENCODED_RUSTFLAGS", rustflags(linker, &remapped))
        .env("CFLAGS", c)
        .env("SOURCE_DATE_EPOCH", commit.time.to_string())
        .env("CLUSTERREBOOTD_COMMIT", commit.name());
    let Some((cc, linked_by, program)) = compiler(arch, libc) else { return step };
    let step = step.env(cc, program);
    // On the host's own processor, Rust brings what musl needs at linking.
    if Arch::HOST == Some(arch) { step } else { step.env(linked_by, program) }
}

/// The C compiler for a target that the host's own does not do for, and the variables that name it to build scripts and
/// as the linker.
fn compiler(arch: Arch, libc: Libc) -> Option<(&'static str, &'static str, &'static str)> {
    if libc == Libc::Gnu {
        return None;
    }
    let foreign = Arch::HOST != Some(arch);
    Some(match arch {
        Arch::X86_64 => (
            "CC_x86_64_unknown_linux_musl",
            "CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER",
            if foreign { "x86_64-linux-gnu-gcc" } else { "musl-gcc" },
        ),
        Arch::Aarch64 => (
            "CC_aarch64_unknown_linux_musl",
            "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER",
            if foreign { "aarch64-linux-gnu-gcc" } else { "musl-gcc" },
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(arch: Arch, libc: Libc) -> Step {
        let workspace = Workspace::at("/home/ann/repo");
        let site = Site::of(&workspace);
        let commit = Source { commit: "0123456789ab".into(), time: 1_700_000_000, changed: Vec::new() };
        let own = (Path::new("/rust/lib/rustlib/src/rust"), "/rustc/abc");
        composed(&workspace, &site, &commit, (arch, libc), own)
    }

    /// One word a line, with the separators of flags made visible.
    fn told(arch: Arch, libc: Libc) -> String {
        step(arch, libc).to_string().replace(r"\x1f", "\n  ")
    }

    #[test]
    fn what_a_person_set_for_other_builds_gets_into_none_of_these() {
        let kept_out = "AR AR_x86_64_unknown_linux_musl CC CC_x86_64-unknown-linux-musl CFLAGS \
            CFLAGS_aarch64_unknown_linux_musl HOST_AR HOST_CC HOST_CFLAGS TARGET_AR TARGET_CC TARGET_CFLAGS \
            CRATE_CC_NO_DEFAULTS CPATH C_INCLUDE_PATH LIBRARY_PATH COMPILER_PATH GCC_EXEC_PREFIX RUSTC RUSTFLAGS \
            RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER RUSTC_BOOTSTRAP CARGO_BUILD_RUSTC CARGO_BUILD_RUSTC_WRAPPER \
            CARGO_BUILD_RUSTFLAGS CARGO_INCREMENTAL CARGO_PROFILE_RELEASE_LTO \
            CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER \
            CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS COSIGN_PASSWORD";
        // A build needs these, and the same comes of it.
        let let_through = "PATH HOME CARGO_HOME RUSTUP_HOME RUSTUP_TOOLCHAIN CARGO_BUILD_JOBS CARGO_NET_OFFLINE PROTOC \
            CCACHE_DIR HTTPS_PROXY";
        for arch in Arch::ALL {
            for libc in [Libc::Musl, Libc::Gnu] {
                let step = step(arch, libc);
                for name in kept_out.split_whitespace() {
                    assert!(!step.lets_through(name), "{name}");
                }
                for name in let_through.split_whitespace() {
                    assert!(step.lets_through(name), "{name}");
                }
            }
        }
    }

    const PATHS: &str = "--remap-path-prefix=/rust/lib/rustlib/src/rust=/rustc/abc
  --remap-path-prefix=/home/ann/repo=/build
  --remap-path-prefix=/home/.cargo=/cargo
  --remap-path-prefix=/home/ann/repo/target/static/cargo=/out'";
    const IN_C: &str = "CFLAGS='-ffile-prefix-map=/home/ann/repo=/build \
        -ffile-prefix-map=/home/.cargo=/cargo \
        -ffile-prefix-map=/home/ann/repo/target/static/cargo=/out";
    const COMMIT: &str = "SOURCE_DATE_EPOCH=1700000000 CLUSTERREBOOTD_COMMIT=0123456789ab";

    fn build(triple: &str) -> String {
        format!(
            "cargo auditable build --release --locked --package clusterrebootd --target {triple} \
             --target-dir /home/ann/repo/target/static/cargo"
        )
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn the_hosts_own_glibc_needs_flags_alone() {
        let expected = format!(
            "CARGO_HOME=/home/.cargo CARGO_ENCODED_RUSTFLAGS=$'-Ctarget-feature=+crt-static
  -Csymbol-mangling-version=v0
  -Clink-arg=-Wl,--icf=all
  -Clink-arg=-Wl,-z,pack-relative-relocs
  {PATHS} {IN_C}' {COMMIT} {}",
            build("x86_64-unknown-linux-gnu")
        );
        assert_eq!(told(Arch::X86_64, Libc::Gnu), expected);
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn musl_needs_a_compiler_and_for_a_foreign_processor_a_linker_too() {
        let cases = [
            (Arch::X86_64, "CC_x86_64_unknown_linux_musl=musl-gcc"),
            (
                Arch::Aarch64,
                "CC_aarch64_unknown_linux_musl=aarch64-linux-gnu-gcc \
                 CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER=aarch64-linux-gnu-gcc",
            ),
        ];
        for (arch, compilers) in cases {
            let expected = format!(
                "CARGO_HOME=/home/.cargo CARGO_ENCODED_RUSTFLAGS=$'-Ctarget-feature=+crt-static
  -Csymbol-mangling-version=v0
  {PATHS} {IN_C} -U_FORTIFY_SOURCE' {COMMIT} {compilers} {}",
                build(arch.triple(Libc::Musl))
            );
            assert_eq!(told(arch, Libc::Musl), expected);
        }
    }
}
