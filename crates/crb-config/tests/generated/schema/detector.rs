//! `reboot_required_detectors[]`.

#![expect(dead_code, reason = "these types are described, and nothing is read into them")]

use schemars::JsonSchema;

use super::kinds::{ExitCode, Idle, Program, Seconds, Text, Unset};

/// What tells that a reboot is needed.
#[derive(JsonSchema)]
#[schemars(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Detector {
    /// A reboot is needed while something is at `path`.
    File {
        /// Its name in logs and metrics, unique in the list. Without one, `file:` and the path.
        name: Option<String>,
        /// The file whose presence means that a reboot is needed.
        path: Text,
        /// Belongs to the type `command`.
        cmd: Option<Unset>,
        /// Means nothing to this type.
        success_exit_codes: Option<Idle>,
        /// Means nothing to this type.
        timeout_sec: Option<Idle>,
    },
    /// A reboot is needed when a program says so by its exit code. One that cannot be run, is not found (126, 127),
    /// ends by a signal or takes too long is unknown, and holds the reboot back.
    Command {
        /// Its name in logs and metrics, unique in the list. Without one, `command:` and the program.
        name: Option<String>,
        /// The program and its arguments, run as they stand here and never through a shell. Nobody but root or the
        /// daemon's user may be able to write a program that is given by its absolute path.
        cmd: Program,
        /// The exit codes that mean that a reboot is needed. Without any, every code but 0 does.
        success_exit_codes: Option<Vec<ExitCode>>,
        /// How long it may run, in seconds. 0 is read as 30, with a warning.
        #[schemars(extend("default" = 30))]
        timeout_sec: Option<Seconds<0>>,
        /// Belongs to the type `file`.
        path: Option<Unset>,
    },
    /// A reboot is needed when a newer kernel of the running one's flavour is installed (Debian, Ubuntu, RHEL,
    /// Fedora, SUSE, Arch).
    Kernel {
        /// Its name in logs and metrics, unique in the list. Without one, `kernel`.
        name: Option<String>,
        /// Belongs to the type `file`.
        path: Option<Unset>,
        /// Belongs to the type `command`.
        cmd: Option<Unset>,
        /// Means nothing to this type.
        success_exit_codes: Option<Idle>,
        /// Means nothing to this type.
        timeout_sec: Option<Idle>,
    },
    /// A reboot is needed when `needs-restarting -r` says so (RHEL, Fedora).
    NeedsRestarting(Preset),
    /// A reboot is needed when `zypper needs-rebooting` says so (SUSE).
    Zypper(Preset),
}

/// A command of which only the time is left to choose.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Preset {
    /// Its name in logs and metrics, unique in the list. Without one, the name of the type.
    name: Option<String>,
    /// How long it may run, in seconds. 0 is read as 30, with a warning.
    #[schemars(extend("default" = 30))]
    timeout_sec: Option<Seconds<0>>,
    /// Belongs to the type `file`.
    path: Option<Unset>,
    /// Belongs to the type `command`.
    cmd: Option<Unset>,
    /// Is given: all other exit codes are unknown.
    success_exit_codes: Option<Unset>,
}
