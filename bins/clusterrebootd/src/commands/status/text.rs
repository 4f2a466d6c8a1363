//! What `status` says to people: the answer first, then how it came about.

use std::fmt::Write;

use crb_config::Settings;
use crb_decide::{Outcome, Reason};
use crb_orchestrate::Report;

use crate::commands::status::warning::Warning;

/// The report as text.
pub(crate) fn told(settings: &Settings, report: &Report, warnings: &[Warning], colour: bool) -> String {
    let paint = |code: &str, text: &str| {
        if colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    };
    let outcome = report.decision.outcome();
    let hue = match outcome {
        Outcome::Ready | Outcome::NoAction | Outcome::RecheckCleared | Outcome::LockSkipped => "32",
        _ => "33",
    };
    let mut text = format!("{}: {}\n", settings.node_name, paint(hue, outcome.as_str()));
    for reason in report.decision.reasons() {
        line(&mut text, &format!("  {}", sentence(reason)));
    }
    line(&mut text, "");
    let required = match report.reboot_required {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unknown",
    };
    line(&mut text, &format!("reboot required: {required}"));
    if settings.dry_run {
        line(&mut text, "dry run: on, nothing is ever rebooted");
    }
    for checked in &report.checked {
        let (hue, verdict) = if checked.reasons.is_empty() { ("32", "open") } else { ("33", "closed") };
        let verdict = paint(hue, &format!("{verdict:6}"));
        line(&mut text, &format!("{verdict} {:14} {}", checked.gate.as_str(), checked.stage));
    }
    for Warning { code, message } in warnings {
        line(&mut text, &format!("{} {message} [{code}]", paint("33", "warning:")));
    }
    text
}

fn sentence(reason: &Reason) -> String {
    format!("{reason} [{}]", reason.code())
}

fn line(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    writeln!(text, "{line}").ok();
}
