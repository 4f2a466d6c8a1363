//! `simulate`: the detectors, once.

use std::fmt::Write;

use crb_decide::{DetectorVerdict, ExitCode};
use crb_detect::{Finding, Findings};

use crate::cli::ConfigArgs;
use crate::commands::{block_on, config};
use crate::system::System;
use crate::{compose, output};

pub(crate) fn run(args: &ConfigArgs, system: &System) -> ExitCode {
    let settings = match config::read(&args.config, system) {
        Ok(loaded) => loaded.settings,
        Err(code) => return code,
    };
    block_on(async move {
        let findings = compose::detectors(&settings.detectors).evaluate().await;
        output::result(&told(&findings));
        let failed = |finding: &Finding| matches!(finding.verdict, DetectorVerdict::Unknown(_));
        if findings.detectors.iter().any(failed) { ExitCode::DetectorFailed } else { ExitCode::Success }
    })
}

fn told(findings: &Findings) -> String {
    let width = findings.detectors.iter().map(|finding| finding.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for Finding { name, verdict, exit_code, output, took } in &findings.detectors {
        let verdict = match verdict {
            DetectorVerdict::Needed => "reboot needed".to_owned(),
            DetectorVerdict::NotNeeded => "not needed".to_owned(),
            DetectorVerdict::Unknown(error) => format!("failed: {error}"),
        };
        let code = exit_code.map_or_else(String::new, |code| format!(", exit code {code}"));
        // Writing to a string cannot fail.
        writeln!(text, "{name:width$}  {verdict} ({} ms{code})", took.as_millis()).ok();
        for line in output.lines() {
            writeln!(text, "{:width$}  | {line}", "").ok();
        }
    }
    let needed = findings.detectors.iter().any(|finding| finding.verdict == DetectorVerdict::Needed);
    let failed =
        findings.detectors.iter().any(|finding| matches!(finding.verdict, DetectorVerdict::Unknown(_)));
    text.push_str(match (failed, needed) {
        (true, _) => "A detector failed: this holds every reboot of this node back.",
        (false, true) => "A reboot is needed.",
        (false, false) => "No reboot is needed.",
    });
    text
}
