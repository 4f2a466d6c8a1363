//! `command`: a reboot is needed when a program says so by its exit code.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use crb_decide::DetectorVerdict;
use crb_process::{End, Finished, Job};

use crate::{Detector, Look};

/// The exit codes by which shells, `env`, `timeout` and their like say that a program could not be executed,
/// or not be found (POSIX, 2.8.2).
const COULD_NOT_RUN: [i32; 2] = [126, 127];

/// Runs a program, directly and never through a shell, and goes by its exit code.
///
/// With a list of exit codes, those mean "needed" and all others "not needed". Without one, 0 means "not
/// needed" and all others "needed". Either way 126 and 127 are unknown unless listed; and a program that
/// cannot be started, does not end in time, or is ended by a signal tells nothing.
#[derive(Debug, Clone)]
pub struct CommandDetector {
    name: String,
    job: Job,
    timeout: Duration,
    rule: Rule,
}

/// What an exit code means.
#[derive(Debug, Clone)]
pub(crate) enum Rule {
    /// 0 is "not needed", any other "needed".
    AnyButZero,
    /// These are "needed", all others "not needed".
    Listed(BTreeSet<i32>),
    /// 0 is "not needed", this one "needed" if standard output has the words, and all others are unknown.
    Preset { needed: i32, saying: Option<&'static str> },
}

impl Rule {
    fn judge(&self, code: i32, stdout: &str) -> DetectorVerdict {
        let unknown = || DetectorVerdict::Unknown(End::Exited(code).to_string());
        match self {
            Self::Listed(codes) if codes.contains(&code) => DetectorVerdict::Needed,
            Self::AnyButZero | Self::Listed(_) if COULD_NOT_RUN.contains(&code) => unknown(),
            Self::Listed(_) => DetectorVerdict::NotNeeded,
            Self::AnyButZero | Self::Preset { .. } if code == 0 => DetectorVerdict::NotNeeded,
            Self::Preset { needed, .. } if code != *needed => unknown(),
            Self::Preset { saying: Some(words), .. } if !stdout.contains(words) => {
                DetectorVerdict::Unknown(format!("{} without the words \"{words}\"", End::Exited(code)))
            }
            Self::AnyButZero | Self::Preset { .. } => DetectorVerdict::Needed,
        }
    }
}

impl CommandDetector {
    /// A detector that runs `argv` for `timeout` at most; `success_exit_codes` are those that mean "needed".
    pub fn new(
        name: impl Into<String>,
        argv: Vec<String>,
        timeout: Duration,
        success_exit_codes: Option<BTreeSet<i32>>,
    ) -> Self {
        Self::with_rule(name, argv, timeout, success_exit_codes.map_or(Rule::AnyButZero, Rule::Listed))
    }

    pub(crate) fn with_rule(
        name: impl Into<String>,
        argv: Vec<String>,
        timeout: Duration,
        rule: Rule,
    ) -> Self {
        Self { name: name.into(), job: Job::new(argv, timeout), timeout, rule }
    }

    /// The same, with a variable in the program's environment.
    pub(crate) fn env(mut self, variable: (String, String)) -> Self {
        self.job = self.job.env([variable]);
        self
    }

    fn judge(&self, end: End, stdout: &str) -> DetectorVerdict {
        match end {
            End::Exited(code) => self.rule.judge(code, stdout),
            End::TimedOut => DetectorVerdict::Unknown(format!("{end} of {:?}", self.timeout)),
            End::Signalled(_) | End::Unseen => DetectorVerdict::Unknown(end.to_string()),
        }
    }
}

#[async_trait]
impl Detector for CommandDetector {
    fn name(&self) -> &str {
        &self.name
    }

    async fn look(&self) -> Look {
        match self.job.run().await {
            Ok(finished) => Look {
                verdict: self.judge(finished.end, &finished.stdout.text),
                exit_code: match finished.end {
                    End::Exited(code) => Some(code),
                    _ => None,
                },
                output: output(&finished),
            },
            Err(error) => Look::bare(DetectorVerdict::Unknown(error.to_line())),
        }
    }
}

/// Standard output, and standard error on the lines behind it.
fn output(Finished { stdout, stderr, .. }: &Finished) -> String {
    let streams = [stdout, stderr].map(|captured| captured.text.trim_end());
    streams.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const AMPLE: Duration = Duration::from_secs(30);

    fn sh(script: &str, codes: Option<&[i32]>) -> CommandDetector {
        let argv = ["/bin/sh", "-c", script].map(str::to_owned).to_vec();
        CommandDetector::new("probe", argv, AMPLE, codes.map(|codes| codes.iter().copied().collect()))
    }

    fn unknown(why: &str) -> DetectorVerdict {
        DetectorVerdict::Unknown(why.to_owned())
    }

    #[test]
    fn judges_every_end() {
        use DetectorVerdict::{Needed, NotNeeded};

        let table: [(End, Option<&[i32]>, DetectorVerdict); 19] = [
            (End::Exited(0), None, NotNeeded),
            (End::Exited(1), None, Needed),
            (End::Exited(100), None, Needed),
            (End::Exited(137), None, Needed),
            (End::Exited(126), None, unknown("exit code 126")),
            (End::Exited(127), None, unknown("exit code 127")),
            (End::Exited(0), Some(&[1, 102]), NotNeeded),
            (End::Exited(1), Some(&[1, 102]), Needed),
            (End::Exited(102), Some(&[1, 102]), Needed),
            (End::Exited(2), Some(&[1, 102]), NotNeeded),
            (End::Exited(0), Some(&[0]), Needed),
            (End::Exited(1), Some(&[]), NotNeeded),
            (End::Exited(126), Some(&[1]), unknown("exit code 126")),
            (End::Exited(127), Some(&[127]), Needed),
            (End::Exited(126), Some(&[127]), unknown("exit code 126")),
            (End::Signalled(9), None, unknown("ended by signal 9")),
            (End::Signalled(9), Some(&[9, 137]), unknown("ended by signal 9")),
            (End::TimedOut, Some(&[1]), unknown("ran past its time-out of 30s")),
            (End::Unseen, None, unknown("exit status lost")),
        ];
        for (end, codes, expected) in table {
            assert_eq!(sh("", codes).judge(end, ""), expected, "{end:?} with {codes:?}");
        }
    }

    #[tokio::test]
    async fn shows_exit_code_and_both_streams() {
        let look = sh("echo '2 packages'; echo 'no mirror' >&2; exit 102", Some(&[102])).look().await;

        let expected = Look {
            verdict: DetectorVerdict::Needed,
            exit_code: Some(102),
            output: "2 packages\nno mirror".to_owned(),
        };
        assert_eq!(look, expected);
    }

    #[tokio::test]
    async fn a_program_that_dies_hangs_or_is_not_there_tells_nothing() {
        let killed = sh("echo dying; kill -SEGV $$", None).look().await;
        assert_eq!(killed.verdict, unknown("ended by signal 11"));
        assert_eq!((killed.exit_code, killed.output.as_str()), (None, "dying"));

        let hanging = ["/bin/sleep", "60"].map(str::to_owned).to_vec();
        let hanging = CommandDetector::new("probe", hanging, Duration::from_millis(20), None).look().await;
        assert_eq!(hanging, Look::bare(unknown("ran past its time-out of 20ms")));

        let missing =
            CommandDetector::new("probe", vec!["/no/such/probe".to_owned()], AMPLE, None).look().await;
        assert_eq!(missing, Look::bare(unknown("/no/such/probe was not found, or its interpreter was not")));
    }
}
