//! Presets of the command detector for what distributions bring along: program and exit codes are given.
//!
//! They are stricter than a plain command. Both programs document what their exit codes mean; any code beside those
//! says that they failed, and is unknown.

use std::time::Duration;

use crate::CommandDetector;
use crate::command::Rule;

/// `needs-restarting -r` of yum-utils, dnf 4 and dnf 5 ends with 1 when a reboot is needed, and with 1 when it
/// fails as well, be it because a mirror is away. What tells the two apart is the sentence that all three print.
const NEEDS_RESTARTING: ([&str; 2], Rule) =
    (["needs-restarting", "-r"], Rule::Preset { needed: 1, saying: Some("Reboot is required") });

/// `zypper needs-rebooting` ends with 102, `ZYPPER_EXIT_INF_REBOOT_NEEDED`, and with 1 to 8 when it fails.
const ZYPPER: ([&str; 2], Rule) = (["zypper", "needs-rebooting"], Rule::Preset { needed: 102, saying: None });

impl CommandDetector {
    /// The detector for RHEL, Fedora and their kin, which runs `needs-restarting -r` for `timeout` at most.
    pub fn needs_restarting(name: impl Into<String>, timeout: Duration) -> Self {
        Self::preset(name, NEEDS_RESTARTING, timeout)
    }

    /// The detector for SUSE, which runs `zypper needs-rebooting` for `timeout` at most.
    pub fn zypper(name: impl Into<String>, timeout: Duration) -> Self {
        Self::preset(name, ZYPPER, timeout)
    }

    fn preset(name: impl Into<String>, (argv, rule): ([&str; 2], Rule), timeout: Duration) -> Self {
        // The sentence is looked for as it is written untranslated.
        let plain = ("LC_ALL".to_owned(), "C".to_owned());
        Self::with_rule(name, argv.map(str::to_owned).to_vec(), timeout, rule).env(plain)
    }
}

#[cfg(test)]
mod tests {
    use crb_decide::DetectorVerdict::{self, Needed, NotNeeded};

    use super::*;
    use crate::Detector;

    const AMPLE: Duration = Duration::from_secs(30);

    /// What dnf 4 and dnf 5 print.
    const REQUIRED: &str = "Core libraries or services have been updated since boot-up:\n  * kernel-core\n\n\
                            Reboot is required to fully utilize these updates.\n";

    /// What yum-utils prints.
    const REQUIRED_BY_YUM: &str =
        "Reboot is required to ensure that your system benefits from these updates.";

    fn unknown(why: &str) -> DetectorVerdict {
        DetectorVerdict::Unknown(why.to_owned())
    }

    /// The verdict of a preset whose program is a stand-in that prints `output` and ends with `code`.
    async fn verdict(preset: &([&str; 2], Rule), code: u8, output: &str) -> DetectorVerdict {
        let script = format!("printf '%s' \"$0\"; exit {code}");
        let argv = ["/bin/sh", "-c", &script, output].map(str::to_owned).to_vec();
        CommandDetector::with_rule("preset", argv, AMPLE, preset.1.clone()).look().await.verdict
    }

    #[tokio::test]
    async fn what_is_not_documented_is_unknown() {
        let silent = || unknown("exit code 1 without the words \"Reboot is required\"");
        let table = [
            (NEEDS_RESTARTING, 0, "Reboot should not be necessary.", NotNeeded),
            (NEEDS_RESTARTING, 0, "", NotNeeded),
            (NEEDS_RESTARTING, 1, REQUIRED, Needed),
            (NEEDS_RESTARTING, 1, REQUIRED_BY_YUM, Needed),
            (NEEDS_RESTARTING, 1, "", silent()),
            (NEEDS_RESTARTING, 1, "Failed to download metadata (baseurl: ...)", silent()),
            (NEEDS_RESTARTING, 2, REQUIRED, unknown("exit code 2")),
            (NEEDS_RESTARTING, 102, REQUIRED, unknown("exit code 102")),
            (NEEDS_RESTARTING, 127, "", unknown("exit code 127")),
            (ZYPPER, 0, "Reboot is probably not necessary.", NotNeeded),
            (ZYPPER, 102, "", Needed),
            (ZYPPER, 1, "", unknown("exit code 1")),
            (ZYPPER, 2, "Unknown command 'needs-rebooting'", unknown("exit code 2")),
            (ZYPPER, 7, "System management is locked", unknown("exit code 7")),
            (ZYPPER, 103, "", unknown("exit code 103")),
            (ZYPPER, 126, "", unknown("exit code 126")),
        ];
        for (preset, code, output, expected) in table {
            assert_eq!(verdict(&preset, code, output).await, expected, "{:?} {code} {output}", preset.0);
        }
    }

    #[tokio::test]
    async fn the_words_are_looked_for_on_standard_output_alone() {
        let argv = ["/bin/sh", "-c", "echo 'Reboot is required' >&2; exit 1"].map(str::to_owned).to_vec();
        let look = CommandDetector::with_rule("preset", argv, AMPLE, NEEDS_RESTARTING.1).look().await;
        assert_eq!(look.verdict, unknown("exit code 1 without the words \"Reboot is required\""));
    }

    #[tokio::test]
    async fn a_preset_runs_its_program_in_plain_english() {
        let shows = ["env", "--"];
        let look = CommandDetector::preset("preset", (shows, ZYPPER.1), AMPLE).look().await;
        assert!(look.output.lines().any(|line| line == "LC_ALL=C"), "{look:?}");
    }
}
