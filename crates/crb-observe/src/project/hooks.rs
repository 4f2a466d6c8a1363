//! Hooks.

use std::time::Duration;

use crb_decide::{HookEnd, HookPhase, OnFailure};

use super::Said;
use super::fields::{excerpt, ms};
use crate::level::Level;
use crate::record::Fields;

pub(super) fn started(phase: HookPhase, hook: &str) -> Said {
    let fields = Fields::default().with("phase", phase.as_str()).with("hook", hook).with("state", "started");
    Said::info(format!("the {} hook {hook} starts", phase.as_str()), fields)
}

pub(super) fn ended(
    phase: HookPhase,
    hook: &str,
    end: &HookEnd,
    on_failure: OnFailure,
    [stdout, stderr]: [&str; 2],
    took: Duration,
) -> Said {
    let (level, follows) = match (end.is_success(), on_failure, phase) {
        // Where there is one for every event, that it ran is no news.
        (true, _, HookPhase::OnEvent) => (Level::Debug, ""),
        (true, _, _) => (Level::Info, ""),
        (false, _, HookPhase::OnEvent) => (Level::Warn, "; the event is not told again"),
        (false, OnFailure::Continue, _) => (Level::Warn, "; all goes on without it"),
        (false, OnFailure::Block, HookPhase::PreReboot) => (Level::Error, "; the reboot is called off"),
        (false, OnFailure::Block, HookPhase::PostReboot) => {
            (Level::Error, "; it is run again until it succeeds, and the slot is held that long")
        }
    };
    let exit_code = match end {
        HookEnd::Succeeded => Some(0),
        HookEnd::Failed { exit_code } => Some(*exit_code),
        _ => None,
    };
    Said::new(
        level,
        format!("the {} hook {hook} {end}{follows}", phase.as_str()),
        Fields::default()
            .with("phase", phase.as_str())
            .with("hook", hook)
            .with("state", "ended")
            .with("result", end.as_str())
            .with_some("exit_code", exit_code)
            .with("on_failure", on_failure.as_str())
            .with_some("stdout", excerpt(stdout))
            .with_some("stderr", excerpt(stderr))
            .with("duration_ms", ms(took)),
    )
}

pub(super) fn dropped(events: u64) -> Said {
    Said::warn(
        format!("{events} events were not handed to the hook for events, which is slower than they come"),
        Fields::default().with("events", events),
    )
}
