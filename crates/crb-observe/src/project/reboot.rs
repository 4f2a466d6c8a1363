//! The reboot itself.

use std::time::Duration;

use crb_decide::{ClaimPhase, CommandEnd};
use jiff::Timestamp;

use super::Said;
use super::fields::{ms, time};
use crate::level::Level;
use crate::record::Fields;

pub(super) fn committed(deadline: Timestamp) -> Said {
    Said::info("the claim is in the store", Fields::default().with("deadline", time(deadline)))
}

pub(super) fn command_started(command: &[String], run: u32) -> Said {
    Said::info(
        format!("runs {}", command.join(" ")),
        Fields::default().with("state", "started").with("run", run).with("command", command),
    )
}

pub(super) fn command_ended(end: &CommandEnd, run: u32, took: Duration) -> Said {
    let (message, result, error) = match end {
        CommandEnd::NotStarted(error) => {
            (format!("the reboot command could not be started: {error}"), "not_started", Some(error))
        }
        CommandEnd::Failed(error) => (format!("the reboot command failed: {error}"), "failed", Some(error)),
        CommandEnd::StillUp => {
            ("the reboot command ended well, and the machine is still up".to_owned(), "still_up", None)
        }
    };
    Said::error(
        message,
        Fields::default()
            .with("state", "ended")
            .with("run", run)
            .with("result", result)
            .with_some("error", error.map(String::as_str))
            .with("duration_ms", ms(took)),
    )
}

pub(super) fn claim(phase: ClaimPhase, reason: &str) -> Said {
    let level = match phase {
        ClaimPhase::Stuck => Level::Error,
        ClaimPhase::Waiting | ClaimPhase::Committed | ClaimPhase::Armed | ClaimPhase::Verifying => {
            Level::Info
        }
    };
    Said::new(
        level,
        format!("the claim is {}: {reason}", phase.as_str()),
        Fields::default().with("phase", phase.as_str()).with("reason", reason),
    )
}

pub(super) fn verified(out_for: Duration) -> Said {
    Said::info(
        format!("back and healthy after {} s", out_for.as_secs()),
        Fields::default().with("duration_ms", ms(out_for)),
    )
}
