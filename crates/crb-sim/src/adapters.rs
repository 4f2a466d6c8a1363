//! Through these a node meets its machine.

use std::io;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use crb_decide::{CommandEnd, DetectorVerdict, KillSwitchSeen, ScriptVerdict};
use crb_detect::{Detector, Look};
use crb_health::{HealthCheck, RunContext, ScriptReport};
use crb_orchestrate::{KillSwitch, RebootCommand, RunMarker, RunRecord};
use tokio::time::sleep;

use crate::machine::{Command, Machine};
use crate::power::Cause;
use crate::witness::Witness;

/// A reboot command ends by itself in so long, unless the machine is down before.
const LONGEST_COMMAND: Duration = Duration::from_secs(1);

/// A machine as its node sees it.
pub(crate) struct Seen {
    pub(crate) machine: Arc<Machine>,
    pub(crate) shutdown_time: RangeInclusive<Duration>,
    pub(crate) witness: Arc<dyn Witness>,
}

#[async_trait]
impl Detector for Seen {
    fn name(&self) -> &'static str {
        "pretended"
    }

    async fn look(&self) -> Look {
        Look::bare(if !self.machine.detects() {
            DetectorVerdict::Unknown("the pretended detector is broken".to_owned())
        } else if self.machine.needs_reboot() {
            DetectorVerdict::Needed
        } else {
            DetectorVerdict::NotNeeded
        })
    }
}

#[async_trait]
impl HealthCheck for Seen {
    async fn check(&self, context: &RunContext) -> ScriptReport {
        let took = self.machine.script_time();
        if !took.is_zero() {
            sleep(took).await;
        }
        let healthy = self.machine.is_healthy();
        self.witness.checked(&self.machine, context.phase, healthy);
        ScriptReport {
            verdict: if healthy { ScriptVerdict::Healthy } else { ScriptVerdict::Failed { exit_code: 1 } },
            stdout: String::new(),
            stderr: String::new(),
            took,
        }
    }
}

impl KillSwitch for Seen {
    fn look(&self) -> KillSwitchSeen {
        if self.machine.kill_switch() {
            KillSwitchSeen::Present { path: "the pretended kill switch".to_owned() }
        } else {
            KillSwitchSeen::Absent
        }
    }
}

#[async_trait]
impl RebootCommand for Seen {
    fn argv(&self) -> Vec<String> {
        vec!["pretend-to-reboot".to_owned(), self.machine.name().to_string()]
    }

    async fn run(&self) -> Result<(), CommandEnd> {
        let command = self.machine.run_command();
        self.witness.runs(&self.machine, command);
        match command {
            Command::Works => {
                self.machine.end_power(self.machine.chance_in(&self.shutdown_time), Cause::Command);
                sleep(self.machine.chance_in(&(Duration::ZERO..=LONGEST_COMMAND))).await;
                Ok(())
            }
            Command::WorksAfter(time) => {
                self.machine.end_power(time, Cause::Command);
                Ok(())
            }
            Command::DoesNothing => Ok(()),
            Command::Hangs(time) => {
                sleep(time).await;
                Err(CommandEnd::Failed("it was ended, for it took too long".to_owned()))
            }
            Command::Fails => Err(CommandEnd::Failed("ended with 1".to_owned())),
            Command::CannotStart => Err(CommandEnd::NotStarted("no such file".to_owned())),
        }
    }
}

impl RunMarker for Seen {
    fn read(&self) -> io::Result<Option<RunRecord>> {
        Ok(self.machine.noted_run().clone())
    }

    fn put(&self, record: &RunRecord) -> io::Result<()> {
        *self.machine.noted_run() = Some(record.clone());
        Ok(())
    }

    fn remove(&self) -> io::Result<()> {
        *self.machine.noted_run() = None;
        Ok(())
    }
}
