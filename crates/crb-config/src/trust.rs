//! Whether a file that we run, as root, could have been written by another user.

use std::{
    fs::{self, Metadata},
    os::unix::fs::MetadataExt,
    path::Path,
};

use crate::{
    fault::Fault,
    read::Slot,
    sink::{Read, Told},
};

/// Whoever may write.
const WRITABLE_BY_OTHERS: u32 = 0o022;
const EXECUTABLE: u32 = 0o111;
const ROOT: u32 = 0;

/// What a machine does as long as a program is missing that says whether a reboot is needed, or whether it may be.
pub(crate) const NO_REBOOT: &str = "this node will not reboot";

/// Checks the program at an absolute `path`, which `slot` names. A program that is not there, or not yet
/// executable, is worth a warning: the machine may still be being set up; `without` says what comes of it until it is
/// there. One that others could have written is refused.
pub(crate) fn check_program(slot: &Slot<'_>, path: &Path, without: &str) -> Read<()> {
    let shown = path.display();
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => {
            let fault = Fault::warning("config::script_missing", format!("cannot look at {shown}: {error}"));
            let fault = fault.advise(format!("until it is there, {without}"));
            slot.tell(fault, &format!("named by `{}`", slot.path()));
            return Ok(());
        }
    };
    if let Some(distrust) = of(&metadata) {
        return Err(distrust.tell(slot, path));
    }
    if !metadata.is_file() || metadata.mode() & EXECUTABLE == 0 {
        let fault =
            Fault::warning("config::script_not_executable", format!("{shown} is not an executable file"));
        slot.tell(fault.advise(format!("run `chmod +x {shown}`")), &format!("named by `{}`", slot.path()));
    }
    Ok(())
}

/// Why a file cannot be trusted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Distrust {
    /// Other users may write it.
    Writable,
    /// It belongs to a user that is neither root nor ours.
    Owned {
        /// That user's id.
        by: u32,
    },
}

/// What speaks against a file, if anything does.
pub(crate) fn of(metadata: &Metadata) -> Option<Distrust> {
    distrust(metadata.mode(), metadata.uid(), rustix::process::geteuid().as_raw())
}

/// What speaks against a file of this mode and owner, for a daemon that runs as `us`.
fn distrust(mode: u32, owner: u32, us: u32) -> Option<Distrust> {
    if owner != ROOT && owner != us {
        Some(Distrust::Owned { by: owner })
    } else if mode & WRITABLE_BY_OTHERS != 0 {
        Some(Distrust::Writable)
    } else {
        None
    }
}

impl Distrust {
    fn tell(&self, slot: &Slot<'_>, path: &Path) -> Told {
        let code = match self {
            Self::Writable => "config::script_writable_by_others",
            Self::Owned { .. } => "config::script_owned_by_other",
        };
        slot.refuse(self.fault(code, path), "would be run as this daemon's user")
    }

    /// What is wrong with the file at `path`, and how to mend it.
    pub(crate) fn fault(&self, code: &'static str, path: &Path) -> Fault {
        let shown = path.display();
        match self {
            Self::Writable => Fault::error(code, format!("{shown} can be written by other users"))
                .advise(format!("run `chmod go-w {shown}`")),
            Self::Owned { by } => Fault::error(code, format!("{shown} belongs to user {by}"))
                .advise(format!("run `chown root {shown}` and `chmod go-w {shown}`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trusts_what_only_root_and_we_can_write() {
        let cases = [
            (0o755, 0, 0, None),
            (0o755, 0, 1000, None),
            (0o755, 1000, 1000, None),
            (0o4555, 0, 0, None),
            (0o775, 0, 0, Some(Distrust::Writable)),
            (0o757, 0, 0, Some(Distrust::Writable)),
            (0o722, 1000, 1000, Some(Distrust::Writable)),
            (0o755, 1000, 0, Some(Distrust::Owned { by: 1000 })),
            (0o777, 1000, 1001, Some(Distrust::Owned { by: 1000 })),
        ];
        for (mode, owner, us, expected) in cases {
            assert_eq!(distrust(mode, owner, us), expected, "{mode:o} of {owner} for {us}");
        }
    }
}
