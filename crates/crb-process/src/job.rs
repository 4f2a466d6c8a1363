//! What to run, and running it.

use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::end::Finished;
use crate::error::StartError;
use crate::output::Tap;
use crate::spawn::spawn;

/// How long a group has between TERM and KILL unless the job says otherwise.
const DEFAULT_GRACE: Duration = Duration::from_secs(2);

/// How long after the child's end its output is still read. A grandchild that holds the pipe open costs no
/// more than this.
const LATE_OUTPUT: Duration = Duration::from_millis(100);

/// What happens to the child when the future of [`Job::run`] is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnDrop {
    /// Its whole process group is killed at once.
    #[default]
    EndGroup,
    /// It goes on, and outlives this process if it has to. Its output goes to files in memory instead of
    /// pipes, and is read at the end; unlike that of other jobs it takes memory while the child runs.
    LeaveRunning,
}

/// A program to run, directly and never through a shell.
#[derive(Debug, Clone)]
pub struct Job {
    pub(crate) argv: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) on_drop: OnDrop,
    pub(crate) stdin: Option<Vec<u8>>,
    timeout: Duration,
    grace: Duration,
}

impl Job {
    /// A job that runs the program `argv[0]` with the arguments behind it, for `timeout` at most.
    ///
    /// A program without a slash is looked for in `PATH`.
    pub fn new(argv: impl IntoIterator<Item = impl Into<String>>, timeout: Duration) -> Self {
        Self {
            argv: argv.into_iter().map(Into::into).collect(),
            env: Vec::new(),
            on_drop: OnDrop::default(),
            stdin: None,
            timeout,
            grace: DEFAULT_GRACE,
        }
    }

    /// Adds variables to the environment, which the child else inherits from us.
    #[must_use]
    pub fn env(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.env.extend(variables);
        self
    }

    /// How long the process group has between TERM and KILL when the time is up; 2 s by default.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// What happens to the child when the run is dropped; by default its group is killed.
    #[must_use]
    pub fn on_drop(mut self, on_drop: OnDrop) -> Self {
        self.on_drop = on_drop;
        self
    }

    /// Gives the child `text` to read on its standard input, and then the end of the file; by default it reads
    /// nothing. Whether it reads at all, and how fast, delays nobody.
    #[must_use]
    pub fn stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(text.into());
        self
    }

    /// Runs the job to its end.
    ///
    /// The child leads a process group of its own. When its time is up, the whole group is
    /// sent TERM, and what is left of it KILL after the grace; only what made itself another group escapes. What a child that ended by itself left in the background goes on, without a reader.
    pub async fn run(&self) -> Result<Finished, StartError> {
        let (mut group, mut stdout, mut stderr) = spawn(self).await?;
        let started = Instant::now();

        let end = {
            let mut end = pin!(group.run_out(self.timeout, self.grace));
            tokio::select! {
                end = &mut end => end,
                () = drain(&mut stdout, &mut stderr) => end.await,
            }
        };
        let took = started.elapsed();
        let _ = timeout(LATE_OUTPUT, drain(&mut stdout, &mut stderr)).await;

        Ok(Finished { end, stdout: stdout.finish(), stderr: stderr.finish(), took })
    }
}

/// Empties both pipes until they are closed.
async fn drain(stdout: &mut Tap, stderr: &mut Tap) {
    tokio::join!(stdout.drain(), stderr.drain());
}

#[cfg(test)]
mod tests;
