//! What `status` says to people: the answer first, then how it came about.

use crb_config::Settings;
use crb_decide::{Outcome, Reason};
use crb_orchestrate::WhyNot;

use crate::commands::status::Findings;
use crate::commands::status::gates::{Row, Verdict, rows};
use crate::commands::status::last;
use crate::commands::status::since::Since;
use crate::commands::status::warning::Warning;
use crate::words::{Moment, painted, plain, wrapped};

/// How text is laid out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// How many columns a line may have.
    pub(crate) width: usize,
    /// Whether it may be coloured.
    pub(crate) colour: bool,
}

impl Layout {
    fn paint(self, hue: &str, text: &str) -> String {
        painted(text, hue, self.colour)
    }

    /// The words of `text` behind `first`, in lines that begin, from the second one on, with `indent` blanks. Some of them
    /// are other nodes'.
    fn lines(self, first: &str, indent: usize, text: &str) -> String {
        let words: Vec<String> = text.split_whitespace().map(plain).collect();
        wrapped(&format!("{first}{}", words.join(" ")), self.width, indent) + "\n"
    }

    /// A fact: its name and what there is to say of it.
    fn fact(self, name: &str, told: &str) -> String {
        self.lines(&format!("{name}: "), 2, told)
    }
}

/// The report as text.
pub(crate) fn told(settings: &Settings, findings: &Findings<'_>, moment: &Moment, layout: Layout) -> String {
    let Findings { report, since, reboot_required_since, queue, ahead, last_reboot, warnings } = findings;
    let outcome = report.decision.outcome();
    let hue = match outcome {
        Outcome::Ready | Outcome::NoAction | Outcome::RecheckCleared | Outcome::LockSkipped => "32",
        _ => "33",
    };
    let mut text = format!("{}: {}\n", settings.node_name, layout.paint(hue, outcome.as_str()));
    for reason in report.decision.reasons() {
        text += &layout.lines("  ", 4, &sentence(reason, moment));
    }
    text.push('\n');
    let required = match (report.reboot_required, reboot_required_since) {
        (Some(true), Some(then)) => {
            format!("yes, since {}, for {}", moment.in_zone(*then), moment.since(*then))
        }
        (Some(true), None) => "yes".to_owned(),
        (Some(false), _) => "no".to_owned(),
        (None, _) => "unknown".to_owned(),
    };
    text += &layout.fact("reboot required", &required);
    if settings.dry_run {
        text += &layout.fact("dry run", "on, nothing is ever rebooted");
    }
    if let Some(seat) = queue {
        text += &layout.fact("queue", &seat.to_string());
    }
    if let Some(ahead) = ahead {
        text += &layout.fact("windows", &ahead.to_string());
    }
    if let Some(reboot) = last_reboot {
        text += &layout.fact("last reboot", &last::sentence(reboot));
    }
    for row in rows(report) {
        text += &gate(&row, *since, moment, layout);
    }
    for Warning { code, message } in warnings {
        let first = format!("{} ", layout.paint("33", "warning:"));
        text += &layout.lines(&first, 2, &format!("{message} [{code}]"));
    }
    text
}

/// One line for the gate, and what closes it below.
fn gate(Row { gate, stage, verdict }: &Row<'_>, since: Since<'_>, moment: &Moment, layout: Layout) -> String {
    const INDENT: usize = 10;
    let line = |hue, verdict, why: &str| {
        let verdict = layout.paint(hue, &format!("{verdict:9}"));
        format!("{verdict} {:14} {stage}{why}\n", gate.as_str())
    };
    let checked = match verdict {
        Verdict::NotAsked(why) => {
            let why = match why {
                WhyNot::KillSwitch => "kill switch",
                WhyNot::HealthSkipped => "--skip-health",
                WhyNot::LockSkipped => "--skip-lock",
            };
            return line("2", "not asked", &format!(" ({why})"));
        }
        Verdict::Asked { checked, .. } if checked.reasons.is_empty() => return line("32", "open", ""),
        Verdict::Asked { checked, .. } => checked,
    };
    let mut text = line("33", "closed", "");
    let first = format!("{:INDENT$}", "");
    for reason in &checked.reasons {
        text += &layout.lines(&first, INDENT + 2, &sentence(reason, moment));
        let since = since
            .of(reason)
            .map(|then| format!("since {}, for {}", moment.in_zone(then), moment.since(then)));
        let lifts = reason
            .lifts_at()
            .map(|then| format!("lifts {}, in {}", moment.in_zone(then), moment.until(then)));
        let dates: Vec<String> = since.into_iter().chain(lifts).collect();
        if !dates.is_empty() {
            text += &layout.lines(&format!("{first}  "), INDENT + 2, &dates.join("; "));
        }
    }
    text
}

/// The reason's sentence. The time at which it lifts stands in the zone of the others.
fn sentence(reason: &Reason, moment: &Moment) -> String {
    let code = reason.code();
    let sentence = reason.to_string();
    let local = reason.lifts_at().and_then(|until| {
        let start = sentence.strip_suffix(&format!("{until:.0}"))?;
        Some(format!("{start}{} [{code}]", moment.in_zone(until)))
    });
    local.unwrap_or_else(|| format!("{sentence} [{code}]"))
}

#[cfg(test)]
mod tests {
    use crb_decide::{Checked, Decision, Gate, Stage};
    use crb_observe::Standing;
    use crb_windows::{Window, Windows};
    use jiff::{Timestamp, tz::TimeZone};

    use super::*;

    #[test]
    fn windows_hold_back_until_a_local_time() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let windows = Windows::new(vec![Window::parse("02:00-04:00").unwrap()], vec![], zone);
        let now: Timestamp = "2026-11-25T11:00:00Z".parse().unwrap();
        let until = windows.outlook(now).opens;
        let moment = Moment { now, zone: windows.zone().clone() };
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
            assert_eq!(sentence(&reason, &moment), expected);
        }
    }

    #[test]
    fn lines_are_no_longer_than_the_screen_and_words_stay_whole() {
        let text = "node-b is unhealthy (heartbeat: the health script ended with 1) [peer_unhealthy]";
        let lines = |width| Layout { width, colour: false }.lines("    ", 6, text);
        assert_eq!(
            lines(40),
            "    node-b is unhealthy (heartbeat: the\n      health script ended with 1)\n      [peer_unhealthy]\n"
        );
        assert_eq!(lines(200), format!("    {text}\n"));
        assert_eq!(Layout { width: 4, colour: false }.lines("", 1, "longer words"), "longer\n words\n");
    }

    #[test]
    fn what_a_peer_says_does_nothing_to_the_terminal() {
        let layout = Layout { width: 80, colour: false };
        assert_eq!(layout.fact("health", "script\u{1b}[2J\nended"), "health: script\\u{1b}[2J ended\n");
    }

    #[test]
    fn a_closed_gate_tells_since_when_and_the_earliest_time_at_which_it_opens() {
        let at = |time: &str| time.parse::<Timestamp>().unwrap();
        let moment =
            Moment { now: at("2026-11-29T17:00:00Z"), zone: TimeZone::get("Europe/Berlin").unwrap() };
        let until = Some(at("2026-11-30T07:00:00Z"));
        let reasons = vec![Reason::WindowDenied { window: "Fri 18:00-Mon 08:00".to_owned(), until }];
        let mut standing = Standing::default();
        standing.take(at("2026-11-27T17:00:00Z"), &Decision::for_one(reasons[0].clone()), Some(true));
        let checked = Checked { gate: Gate::Windows, stage: Stage::BeforeLock, at: moment.now, reasons };
        let told = |width, standing| {
            let verdict = Verdict::Asked { checked: &checked, beyond: false };
            let row = Row { gate: checked.gate, stage: checked.stage, verdict };
            gate(&row, Since { view: None, own: None, standing }, &moment, Layout { width, colour: false })
        };
        assert_eq!(
            told(80, Some(&standing)),
            "closed    windows        pre-lock\n          \
             the deny window \"Fri 18:00-Mon 08:00\" is active until Mon 2026-11-30\n            \
             08:00 Europe/Berlin [window_denied]\n            \
             since Fri 2026-11-27 18:00 Europe/Berlin, for 2 d; lifts Mon\n            \
             2026-11-30 08:00 Europe/Berlin, in 14 h\n"
        );
        assert!(
            told(200, None).ends_with("\n            lifts Mon 2026-11-30 08:00 Europe/Berlin, in 14 h\n")
        );
    }
}
