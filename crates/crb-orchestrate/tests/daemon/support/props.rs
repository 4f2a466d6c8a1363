//! What a pretended machine says to whoever asks.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use crb_decide::{CommandEnd, DetectorVerdict, KillSwitchSeen, ScriptVerdict};
use crb_detect::{Detector, Look};
use crb_health::{HealthCheck, RunContext, ScriptPhase, ScriptReport};
use crb_orchestrate::{KillSwitch, RebootCommand};
use tokio::time::sleep;

/// Says one answer after the other, and the last one for good.
#[derive(Debug)]
pub(crate) struct Says<T>(Mutex<VecDeque<T>>);

impl<T: Clone> Says<T> {
    pub(crate) fn always(answer: T) -> Self {
        Self(Mutex::new([answer].into()))
    }

    pub(crate) fn set(&self, answers: impl IntoIterator<Item = T>) {
        *self.0.lock().unwrap() = answers.into_iter().collect();
    }

    fn next(&self) -> T {
        let mut answers = self.0.lock().unwrap();
        if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() }
    }
}

/// One machine.
pub(crate) struct Props {
    pub(crate) detector: Says<DetectorVerdict>,
    pub(crate) kill_switch: Says<KillSwitchSeen>,
    pub(crate) command: Says<Result<(), CommandEnd>>,
    script: Mutex<HashMap<Option<ScriptPhase>, ScriptVerdict>>,
    pub(crate) script_takes: Mutex<Duration>,
    pub(crate) looks: Mutex<Vec<&'static str>>,
}

impl Default for Props {
    fn default() -> Self {
        Self {
            detector: Says::always(DetectorVerdict::Needed),
            kill_switch: Says::always(KillSwitchSeen::Absent),
            command: Says::always(Ok(())),
            script: Mutex::new([(None, ScriptVerdict::Healthy)].into()),
            script_takes: Mutex::default(),
            looks: Mutex::default(),
        }
    }
}

pub(crate) const RED: ScriptVerdict = ScriptVerdict::Failed { exit_code: 1 };

pub(crate) fn braked() -> KillSwitchSeen {
    KillSwitchSeen::Present { path: "/etc/stop".to_owned() }
}

impl Props {
    /// Makes the script say `verdict` whenever it is asked.
    pub(crate) fn set_script(&self, verdict: ScriptVerdict) {
        *self.script.lock().unwrap() = [(None, verdict)].into();
    }

    /// Makes the script say `verdict` in `phase` alone.
    pub(crate) fn set_script_in(&self, phase: ScriptPhase, verdict: ScriptVerdict) {
        self.script.lock().unwrap().insert(Some(phase), verdict);
    }

    fn looked(&self, at: &'static str) {
        self.looks.lock().unwrap().push(at);
    }
}

/// A machine as its node sees it.
pub(crate) struct Seen(pub Arc<Props>);

#[async_trait]
impl Detector for Seen {
    fn name(&self) -> &'static str {
        "marker"
    }

    async fn look(&self) -> Look {
        self.0.looked("detectors");
        Look::bare(self.0.detector.next())
    }
}

#[async_trait]
impl HealthCheck for Seen {
    async fn check(&self, context: &RunContext) -> ScriptReport {
        self.0.looked(context.phase.as_str());
        let took = *self.0.script_takes.lock().unwrap();
        sleep(took).await;
        let script = self.0.script.lock().unwrap();
        let verdict = script.get(&Some(context.phase)).unwrap_or(&script[&None]).clone();
        ScriptReport { verdict, stdout: String::new(), stderr: String::new(), took }
    }
}

impl KillSwitch for Seen {
    fn look(&self) -> KillSwitchSeen {
        self.0.looked("kill_switch");
        self.0.kill_switch.next()
    }
}

#[async_trait]
impl RebootCommand for Seen {
    fn argv(&self) -> Vec<String> {
        vec!["reboot".to_owned()]
    }

    async fn run(&self) -> Result<(), CommandEnd> {
        self.0.looked("command");
        self.0.command.next()
    }
}
