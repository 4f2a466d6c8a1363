//! The last reboot, as the machine remembers it for as long as the boot lasts to which it led.

use crb_decide::BootId;
use crb_orchestrate::{HookRun, LastReboot};
use jiff::Timestamp;

use crate::adapters::last_reboot;
use crate::commands::status::warning::Warning;
use crate::directory::Directory;

/// The reboot that led to the boot `here`, if there was one; otherwise what keeps us from knowing, if anything does.
pub(crate) fn of(runtime: &Directory, here: &BootId) -> (Option<LastReboot>, Option<Warning>) {
    match last_reboot(runtime) {
        Ok(last) => (last.filter(|last| last.boot_id == *here), None),
        Err(error) => {
            let message = format!("what is known of the last reboot cannot be read: {error}");
            (None, Some(Warning { code: "last_reboot_unreadable", message }))
        }
    }
}

/// The reboot as one sentence without its subject.
pub(crate) fn sentence(last: &LastReboot) -> String {
    let after = last.committed_at.map(|at| format!(", {} after the commit", length(at, last.verified_at)));
    let verified = format!("verified {:.0}{}", last.verified_at, after.unwrap_or_default());
    let asked = Some(last.detectors.join(", ")).filter(|asked| !asked.is_empty());
    let hooks =
        Some(last.hooks.iter().map(hook).collect::<Vec<_>>().join(", ")).filter(|ran| !ran.is_empty());
    let parts = [
        Some(verified),
        asked.map(|asked| format!("asked for by {asked}")),
        hooks.map(|ran| format!("hooks: {ran}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn hook(run: &HookRun) -> String {
    format!(
        "{} {} ({:.1} s)",
        run.hook,
        run.result,
        std::time::Duration::from_millis(run.duration_ms).as_secs_f64()
    )
}

fn length(from: Timestamp, until: Timestamp) -> String {
    let seconds = until.duration_since(from).as_secs().max(0);
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use crb_decide::{HookPhase, NodeName};

    use super::*;

    #[test]
    fn says_what_is_known() {
        let at = |second: i64| Timestamp::from_second(1_700_000_000 + second).unwrap();
        let hook = |phase, hook: &str, duration_ms| HookRun {
            phase,
            hook: hook.to_owned(),
            result: "success".to_owned(),
            duration_ms,
        };
        let mut last = LastReboot {
            node: NodeName::try_new("web-1").unwrap(),
            boot_id: BootId("boot-2".to_owned()),
            boot_before: None,
            committed_at: Some(at(0)),
            back_at: at(90),
            verified_at: at(95),
            detectors: vec!["kernel".to_owned(), "marker".to_owned()],
            attempts: 1,
            history: None,
            hooks: vec![
                hook(HookPhase::PreReboot, "drain", 12_340),
                hook(HookPhase::PostReboot, "undrain", 50),
            ],
        };
        assert_eq!(
            sentence(&last),
            "verified 2023-11-14T22:14:55Z, 1 min 35 s after the commit; asked for by kernel, marker; \
             hooks: drain success (12.3 s), undrain success (0.1 s)"
        );
        (last.committed_at, last.detectors, last.hooks) = (None, vec![], vec![]);
        assert_eq!(sentence(&last), "verified 2023-11-14T22:14:55Z");
    }
}
