//! How a claim goes on: after a start of the daemon, and after a run of the reboot command.

use serde::{Deserialize, Serialize};

/// How often the reboot command is run under one claim before the node is given up as stuck.
pub const MAX_RUNS: u32 = 3;

/// Where the owner of a queue key is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimPhase {
    /// In the queue, with a lease. Also what a key of the earlier Go daemon is read as.
    #[default]
    Waiting,
    /// The claim is in the store; the command has not been allowed to run.
    Committed,
    /// The command may have run.
    Armed,
    /// Back with a new boot id, and not yet proven healthy.
    Verifying,
    /// The command ran as often as it may, and the machine is still there.
    Stuck,
}

impl ClaimPhase {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Committed => "committed",
            Self::Armed => "armed",
            Self::Verifying => "verifying",
            Self::Stuck => "stuck",
        }
    }
}

/// What a node does with a claim of its own that it finds when it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Resume {
    /// Booted anew: prove that the node is healthy, then release.
    Verify,
    /// Nothing can have run: give the claim back.
    Abort,
    /// The command may have run and the machine is still there: arm and run again.
    ArmAgain,
    /// Hold the claim and wait for a boot or an operator.
    Hold,
}

/// How to go on with a claim in `phase`, found in the same boot as the one it was made in, or in another.
pub const fn resume(phase: ClaimPhase, same_boot: bool) -> Resume {
    match (phase, same_boot) {
        (_, false) => Resume::Verify,
        (ClaimPhase::Waiting | ClaimPhase::Committed, true) => Resume::Abort,
        (ClaimPhase::Armed, true) => Resume::ArmAgain,
        // A claim under verification was made in an earlier boot. One that says otherwise tells nothing.
        (ClaimPhase::Verifying | ClaimPhase::Stuck, true) => Resume::Hold,
    }
}

/// How a run of the reboot command ended, with the machine still up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandEnd {
    /// It could not be started.
    NotStarted(String),
    /// It ended with an error, by a signal, or not in time.
    Failed(String),
    /// It ended well, and the machine was still up when the time to reboot had passed.
    StillUp,
}

/// What follows a run of the reboot command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum NextStep {
    /// None ever ran: give the claim back.
    Abort,
    /// Arm and run once more.
    ArmAgain,
    /// Give up, and hold the claim.
    GiveUp,
}

/// What follows a run that ended with `end`, the `runs`th under this claim (counted from 1).
///
/// After an earlier run a command that could not be started counts as one more failed run: the earlier
/// one may still take effect, so the claim must not be given back.
pub const fn after_command(end: &CommandEnd, runs: u32) -> NextStep {
    match end {
        CommandEnd::NotStarted(_) if runs <= 1 => NextStep::Abort,
        CommandEnd::NotStarted(_) | CommandEnd::Failed(_) | CommandEnd::StillUp => {
            if runs < MAX_RUNS {
                NextStep::ArmAgain
            } else {
                NextStep::GiveUp
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_given_back_only_if_nothing_can_have_run() {
        let table = [
            (ClaimPhase::Waiting, true, Resume::Abort),
            (ClaimPhase::Committed, true, Resume::Abort),
            (ClaimPhase::Armed, true, Resume::ArmAgain),
            (ClaimPhase::Verifying, true, Resume::Hold),
            (ClaimPhase::Stuck, true, Resume::Hold),
            (ClaimPhase::Waiting, false, Resume::Verify),
            (ClaimPhase::Committed, false, Resume::Verify),
            (ClaimPhase::Armed, false, Resume::Verify),
            (ClaimPhase::Verifying, false, Resume::Verify),
            (ClaimPhase::Stuck, false, Resume::Verify),
        ];
        for (phase, same_boot, expected) in table {
            assert_eq!(resume(phase, same_boot), expected, "{phase:?}, same boot: {same_boot}");
        }
    }

    #[test]
    fn the_command_runs_three_times_and_an_earlier_run_forbids_the_abort() {
        let not_started = CommandEnd::NotStarted("no such file".to_owned());
        let table = [
            (&not_started, 1, NextStep::Abort),
            (&not_started, 2, NextStep::ArmAgain),
            (&not_started, 3, NextStep::GiveUp),
            (&CommandEnd::StillUp, 1, NextStep::ArmAgain),
            (&CommandEnd::StillUp, 2, NextStep::ArmAgain),
            (&CommandEnd::StillUp, 3, NextStep::GiveUp),
            (&CommandEnd::StillUp, 4, NextStep::GiveUp),
        ];
        for (end, runs, expected) in table {
            assert_eq!(after_command(end, runs), expected, "{end:?} in run {runs}");
        }
    }
}
