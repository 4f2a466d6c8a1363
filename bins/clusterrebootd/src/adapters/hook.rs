//! The operator's hooks.

use std::time::Duration;

use async_trait::async_trait;
use crb_decide::HookEnd;
use crb_orchestrate::{HookContext, HookProgram, HookReport};
use crb_process::{End, Job};
use tokio::time::Instant;

/// Runs a configured command. One that is dropped, or takes too long, is ended with its whole process group.
pub(crate) struct SystemHook {
    argv: Vec<String>,
    timeout: Duration,
    environment: Vec<(String, String)>,
}

impl SystemHook {
    pub(crate) fn new(argv: &[String], timeout: Duration, environment: &[(String, String)]) -> Self {
        Self { argv: argv.to_vec(), timeout, environment: environment.to_vec() }
    }
}

#[async_trait]
impl HookProgram for SystemHook {
    async fn run(&self, context: &HookContext) -> HookReport {
        let environment = self.environment.iter().cloned().chain(context.env());
        run(&Job::new(self.argv.iter().cloned(), self.timeout).env(environment), self.timeout).await
    }
}

/// Runs the job of a hook that may take `timeout`.
pub(crate) async fn run(job: &Job, timeout: Duration) -> HookReport {
    let began = Instant::now();
    match job.run().await {
        Ok(finished) => HookReport {
            end: match finished.end {
                End::Exited(0) => HookEnd::Succeeded,
                End::Exited(exit_code) => HookEnd::Failed { exit_code },
                End::Signalled(signal) => HookEnd::Killed { signal },
                End::TimedOut => HookEnd::TimedOut { after: timeout },
                End::Unseen => HookEnd::NotRunnable { error: End::Unseen.to_string() },
            },
            stdout: finished.stdout.text,
            stderr: finished.stderr.text,
            took: finished.took,
        },
        Err(error) => HookReport {
            end: HookEnd::NotRunnable { error: error.to_line() },
            stdout: String::new(),
            stderr: String::new(),
            took: began.elapsed(),
        },
    }
}

#[cfg(test)]
mod tests {
    use crb_decide::HookPhase;

    use super::*;

    async fn run_script(script: &str, timeout: Duration) -> HookReport {
        let argv = ["/bin/sh", "-c", script].map(str::to_owned);
        let environment = [("RC_NODE_NAME".to_owned(), "web-1".to_owned())];
        let context = HookContext { phase: HookPhase::PreReboot, hook: "drain".to_owned(), rebooted: false };
        SystemHook::new(&argv, timeout, &environment).run(&context).await
    }

    #[tokio::test]
    async fn every_way_to_end_is_told_apart() {
        let (ample, short) = (Duration::from_secs(30), Duration::from_millis(50));
        let table = [
            ("exit 0", ample, HookEnd::Succeeded),
            ("exit 3", ample, HookEnd::Failed { exit_code: 3 }),
            ("kill -KILL $$", ample, HookEnd::Killed { signal: 9 }),
            ("sleep 60", short, HookEnd::TimedOut { after: short }),
        ];
        for (script, timeout, end) in table {
            assert_eq!(run_script(script, timeout).await.end, end, "{script}");
        }
        let hook = SystemHook::new(&["/no/such/thing".to_owned()], ample, &[]);
        let context = HookContext { phase: HookPhase::PostReboot, hook: "x".to_owned(), rebooted: true };
        let end = hook.run(&context).await.end;
        assert!(
            matches!(&end, HookEnd::NotRunnable { error } if error.contains("/no/such/thing")),
            "{end:?}"
        );
    }

    #[tokio::test]
    async fn it_knows_node_phase_and_name_and_whether_there_was_a_reboot() {
        let script = "echo $RC_NODE_NAME $RC_PHASE $RC_HOOK $RC_REBOOTED; echo so >&2";
        let report = run_script(script, Duration::from_secs(30)).await;
        assert_eq!(
            (report.stdout.as_str(), report.stderr.as_str()),
            ("web-1 pre-reboot drain false\n", "so\n")
        );
    }
}
