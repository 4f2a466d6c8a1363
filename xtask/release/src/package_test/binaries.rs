//! The program out of the packages, tried where nothing else is.

use std::path::{Path, PathBuf};

use xtask::{Failure, Step, Tool, Workspace, see_to};

use super::journal::Faults;
use super::older::unpack;
use crate::build::{Binary, PROGRAM};
use crate::digest::sha256;
use crate::files;
use crate::nfpm::Package;
use crate::targets::{Arch, Libc};
use crate::tried;

/// Tries the program of one processor out of these packages, of which all must have the same.
pub(super) fn try_out(
    workspace: &Workspace,
    arch: Arch,
    packages: &[(Package, PathBuf)],
    folder: &Path,
    faults: &mut Faults,
) -> Result<(), Failure> {
    let mut programs = Vec::new();
    for (package, file) in packages {
        let inside = folder.join(package.format.name());
        unpack(package.format, file, &inside)?;
        let path = inside.join("usr/bin").join(PROGRAM);
        programs.push((sha256(&files::read(&path)?), path));
    }
    let Some((first, path)) = programs.first() else { return Ok(()) };
    if programs.iter().any(|(digest, _)| digest != first) {
        faults.push(format!("the packages of {} hold different programs", arch.name()));
    }
    let binary = Binary { arch, triple: triple(workspace, arch, path)?, path: path.clone() };
    tried::try_out(workspace, folder, &binary)
}

/// What the program was built for, which it tells.
fn triple(workspace: &Workspace, arch: Arch, program: &Path) -> Result<&'static str, Failure> {
    let step = if Some(arch) == Arch::HOST {
        Step::new(program)
    } else {
        let qemu = see_to(workspace, &[Tool::ForeignQemu])?.into_iter().next();
        let qemu = qemu.ok_or_else(|| Failure::Verdict("there is no qemu".into()))?;
        Step::new(qemu.path).args([program])
    };
    let said = step.args(["version"]).ask()?;
    let told = |libc: &Libc| said.contains(arch.triple(*libc));
    let libc = [Libc::Musl, Libc::Gnu].into_iter().find(told);
    libc.map(|libc| arch.triple(libc))
        .ok_or_else(|| Failure::Verdict(format!("the program is not for {}: {said}", arch.name())))
}
