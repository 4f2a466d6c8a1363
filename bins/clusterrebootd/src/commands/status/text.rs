//! What `status` says to people: the answer first, then how it came about.

use std::fmt::Write;

use crb_config::Settings;
use crb_decide::{Outcome, Reason};
use crb_orchestrate::{LastReboot, Report};

use crate::commands::status::ahead::Ahead;
use crate::commands::status::last;
use crate::commands::status::warning::Warning;

/// The report as text.
pub(crate) fn told(
    settings: &Settings,
    report: &Report,
    ahead: Option<&Ahead>,
    last_reboot: Option<&LastReboot>,
    warnings: &[Warning],
    colour: bool,
) -> String {
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
        line(&mut text, &format!("  {}", sentence(reason, ahead)));
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
    if let Some(ahead) = ahead {
        line(&mut text, &format!("windows: {ahead}"));
    }
    if let Some(reboot) = last_reboot {
        line(&mut text, &format!("last reboot: {}", last::sentence(reboot)));
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

/// The reason's sentence. A time at which the windows change stands in their own zone.
fn sentence(reason: &Reason, ahead: Option<&Ahead>) -> String {
    let code = reason.code();
    let sentence = reason.to_string();
    let until = match reason {
        Reason::WindowDenied { until, .. } | Reason::WindowOutsideAllow { until } => *until,
        _ => None,
    };
    let local = until.zip(ahead).and_then(|(until, ahead)| {
        let start = sentence.strip_suffix(&format!("{until:.0}"))?;
        Some(format!("{start}{} [{code}]", ahead.local(until)))
    });
    local.unwrap_or_else(|| format!("{sentence} [{code}]"))
}

fn line(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    writeln!(text, "{line}").ok();
}

#[cfg(test)]
mod tests {
    use crb_windows::{Window, Windows};
    use jiff::{Timestamp, tz::TimeZone};

    use super::*;

    #[test]
    fn windows_hold_back_until_a_local_time() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let windows = Windows::new(vec![Window::parse("02:00-04:00").unwrap()], vec![], zone);
        let now: Timestamp = "2026-11-25T11:00:00Z".parse().unwrap();
        let ahead = Ahead::of(&windows, now);
        let until = ahead.as_ref().and_then(|ahead| ahead.opens.as_ref()).map(jiff::Zoned::timestamp);
        let cases = [
            (
                Reason::WindowOutsideAllow { until },
                "no allow window is open until Thu 2026-11-26 02:00 Europe/Berlin [window_outside_allow]",
            ),
            (
                Reason::WindowDenied { window: "02:00-04:00".to_owned(), until },
                "the deny window \"02:00-04:00\" is active until Thu 2026-11-26 02:00 Europe/Berlin [window_denied]",
            ),
            (
                Reason::WindowOutsideAllow { until: None },
                "no allow window is open, and nothing ends that [window_outside_allow]",
            ),
            (Reason::NoRebootRequired, "no detector asks for a reboot [no_reboot_required]"),
        ];
        for (reason, expected) in cases {
            assert_eq!(sentence(&reason, ahead.as_ref()), expected);
        }
    }
}
