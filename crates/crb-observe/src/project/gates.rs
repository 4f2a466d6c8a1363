//! What the local gates saw.

use std::time::Duration;

use crb_decide::{DetectorVerdict, Reason, ScriptVerdict, Stage, WindowState};
use serde_json::Value;

use super::Said;
use super::fields::{excerpt, level, ms, object, time};
use crate::event::DetectorReport;
use crate::labels;
use crate::level::Level;
use crate::record::Fields;

pub(super) fn detectors(stage: Stage, reports: &[DetectorReport], took: Duration) -> Said {
    let result = labels::detectors(reports);
    let (level, message) = match result {
        "error" => (Level::Warn, format!("{} could not tell", named(reports, is_unknown))),
        "requires" => {
            (Level::Info, format!("{} asks for a reboot", named(reports, |v| *v == DetectorVerdict::Needed)))
        }
        _ => (Level::Info, "no detector asks for a reboot".to_owned()),
    };
    let requires_reboot = (result != "error").then_some(result == "requires");
    Said::new(
        level,
        message,
        Fields::default()
            .with("phase", stage.as_str())
            .with("result", result)
            .with("requires_reboot", requires_reboot)
            .with("detector_summaries", reports.iter().map(summary).collect::<Value>())
            .with("duration_ms", ms(took)),
    )
}

fn is_unknown(verdict: &DetectorVerdict) -> bool {
    matches!(verdict, DetectorVerdict::Unknown(_))
}

fn named(reports: &[DetectorReport], wanted: fn(&DetectorVerdict) -> bool) -> String {
    let names: Vec<&str> =
        reports.iter().filter(|report| wanted(&report.verdict)).map(|report| report.name.as_str()).collect();
    names.join(", ")
}

fn summary(report: &DetectorReport) -> Value {
    let (requires, error) = match &report.verdict {
        DetectorVerdict::Needed => (Value::Bool(true), None),
        DetectorVerdict::NotNeeded => (Value::Bool(false), None),
        DetectorVerdict::Unknown(error) => (Value::Null, Some(error.as_str())),
    };
    object([
        ("name", Some(report.name.as_str().into())),
        ("requires", Some(requires)),
        ("error", error.map(Value::from)),
        ("exit_code", report.exit_code.map(Value::from)),
        // What a detector that works prints is its own affair.
        ("output", error.and_then(|_| excerpt(&report.output)).map(Value::from)),
        ("duration_ms", Some(ms(report.took).into())),
    ])
}

pub(super) fn health(
    phase: &str,
    verdict: &ScriptVerdict,
    stdout: &str,
    stderr: &str,
    took: Duration,
) -> Said {
    let fields = Fields::default().with("phase", phase).with("result", labels::health(verdict));
    let Some(against) = verdict.against() else {
        let fields = fields.with("exit_code", 0).with("duration_ms", ms(took));
        return Said::info("this node is healthy", fields);
    };
    let exit_code = match verdict {
        ScriptVerdict::Failed { exit_code } => Some(*exit_code),
        _ => None,
    };
    Said::warn(
        against.to_string(),
        fields
            .with("reason", against.code())
            .with_some("exit_code", exit_code)
            .with_some("stdout", excerpt(stdout))
            .with_some("stderr", excerpt(stderr))
            .with("duration_ms", ms(took)),
    )
}

pub(super) fn kill_switch(stage: Stage, active: Option<&Reason>) -> Said {
    Said::new(
        active.map_or(Level::Info, level),
        active.map_or_else(|| "no kill switch".to_owned(), Reason::to_string),
        Fields::default()
            .with("stage", stage.as_str())
            .with("result", labels::kill_switch(active))
            .with_some("reason", active.map(Reason::code)),
    )
}

pub(super) fn window(stage: Stage, seen: &WindowState) -> Said {
    let (message, window, until) = match seen {
        WindowState::Open { until } => ("the maintenance windows allow a reboot".to_owned(), None, *until),
        WindowState::Denied { window, until } => {
            (format!("the deny window {window:?} is active"), Some(window.as_str()), *until)
        }
        WindowState::OutsideAllow { until } => ("no allow window is open".to_owned(), None, *until),
    };
    Said::info(
        message,
        Fields::default()
            .with("stage", stage.as_str())
            .with("result", labels::window(seen))
            .with_some("matched_expression", window)
            .with_some("until", until.map(time)),
    )
}
