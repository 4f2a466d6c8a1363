//! The script gate: the operator's own word on whether this node is healthy.

mod context;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use crb_decide::ScriptVerdict;
use crb_process::{End, Job};
use tokio::sync::Mutex;
use tokio::time::Instant;

pub use context::{RunContext, ScriptPhase};

/// Something that can tell whether this node is healthy.
#[async_trait]
pub trait HealthCheck: Send + Sync {
    /// Looks once, and says in `context` what for. Every check ends.
    async fn check(&self, context: &RunContext) -> ScriptReport;
}

/// How one run of the health script went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptReport {
    /// What it said. Whatever is not [`ScriptVerdict::Healthy`] is unhealthy.
    pub verdict: ScriptVerdict,
    /// What it wrote to its standard output; the first 64 KiB, with a mark where cut.
    pub stdout: String,
    /// What it wrote to its standard error, likewise.
    pub stderr: String,
    /// How long it ran, without the wait for its turn.
    pub took: Duration,
}

/// The path of a health script was not absolute.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the path of the health script is not absolute: {path:?}")]
pub struct RelativePath {
    /// The path as it was given.
    pub path: String,
}

/// The health script of the configuration.
///
/// It never runs twice at a time: whoever asks while it runs waits for its turn, in the order of asking, and
/// then gets a run of its own. So a check may take as long as the time-outs of all who asked before, and no
/// answer is older than the question. A dropped check ends the script it began, with its process group.
#[derive(Debug)]
pub struct Script {
    path: String,
    timeout: Duration,
    base_env: Vec<(String, String)>,
    turn: Mutex<()>,
}

impl Script {
    /// The script at `path`, with `timeout` for each run, and `base_env` added to the environment of all.
    pub fn try_new(
        path: impl Into<String>,
        timeout: Duration,
        base_env: Vec<(String, String)>,
    ) -> Result<Self, RelativePath> {
        let path = path.into();
        if Path::new(&path).is_absolute() {
            Ok(Self { path, timeout, base_env, turn: Mutex::new(()) })
        } else {
            Err(RelativePath { path })
        }
    }

    fn judge(&self, end: End) -> ScriptVerdict {
        match end {
            End::Exited(0) => ScriptVerdict::Healthy,
            End::Exited(exit_code) => ScriptVerdict::Failed { exit_code },
            End::Signalled(signal) => ScriptVerdict::Killed { signal },
            End::TimedOut => ScriptVerdict::TimedOut { after: self.timeout },
            End::Unseen => ScriptVerdict::NotRunnable { error: end.to_string() },
        }
    }
}

#[async_trait]
impl HealthCheck for Script {
    async fn check(&self, context: &RunContext) -> ScriptReport {
        let environment = self.base_env.iter().cloned().chain(context.env());
        let job = Job::new([&self.path], self.timeout).env(environment);

        let _turn = self.turn.lock().await;
        let began = Instant::now();
        match job.run().await {
            Ok(finished) => ScriptReport {
                verdict: self.judge(finished.end),
                stdout: finished.stdout.text,
                stderr: finished.stderr.text,
                took: finished.took,
            },
            Err(error) => ScriptReport {
                verdict: ScriptVerdict::NotRunnable { error: error.to_line() },
                stdout: String::new(),
                stderr: String::new(),
                took: began.elapsed(),
            },
        }
    }
}

#[cfg(test)]
mod tests;
