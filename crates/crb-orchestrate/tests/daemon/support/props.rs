//! What a pretended machine says to whoever asks.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use crb_decide::{CommandEnd, DetectorVerdict, KillSwitchSeen, ScriptVerdict};
use crb_detect::{Detector, Look, WatchError};
use crb_health::{HealthCheck, RunContext, ScriptPhase, ScriptReport};
use crb_orchestrate::{KillSwitch, RebootCommand, RunMarker, RunRecord};
use tokio::sync::Notify;
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
    /// Wakes whoever waits for a change of the detector.
    pub(crate) stirred: Notify,
    pub(crate) watch_fault: Mutex<Option<WatchError>>,
    pub(crate) kill_switch: Says<KillSwitchSeen>,
    pub(crate) command: Says<Result<(), CommandEnd>>,
    pub(crate) marker: Mutex<Option<RunRecord>>,
    pub(crate) marker_fault: Mutex<MarkerFault>,
    script: Mutex<HashMap<Option<ScriptPhase>, ScriptVerdict>>,
    pub(crate) script_takes: Mutex<Duration>,
    pub(crate) detector_takes: Mutex<Duration>,
    pub(crate) command_takes: Mutex<Duration>,
    pub(crate) looks: Mutex<Vec<&'static str>>,
}

impl Default for Props {
    fn default() -> Self {
        Self {
            detector: Says::always(DetectorVerdict::Needed),
            stirred: Notify::new(),
            watch_fault: Mutex::default(),
            kill_switch: Says::always(KillSwitchSeen::Absent),
            command: Says::always(Ok(())),
            marker: Mutex::default(),
            marker_fault: Mutex::default(),
            script: Mutex::new([(None, ScriptVerdict::Healthy)].into()),
            script_takes: Mutex::default(),
            detector_takes: Mutex::default(),
            command_takes: Mutex::default(),
            looks: Mutex::default(),
        }
    }
}

/// What does not work of the marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum MarkerFault {
    /// All works.
    #[default]
    None,
    /// It cannot be read.
    Unreadable,
    /// It can be neither put nor removed.
    ReadOnly,
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
        let takes = *self.0.detector_takes.lock().unwrap();
        sleep(takes).await;
        Look::bare(self.0.detector.next())
    }

    async fn changed(&self) -> Result<(), WatchError> {
        if let Some(error) = self.0.watch_fault.lock().unwrap().clone() {
            return Err(error);
        }
        self.0.stirred.notified().await;
        Ok(())
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
        let takes = *self.0.command_takes.lock().unwrap();
        sleep(takes).await;
        self.0.command.next()
    }
}

impl Seen {
    fn marker_works_but_for(&self, fault: MarkerFault) -> io::Result<()> {
        let broken = *self.0.marker_fault.lock().unwrap() == fault;
        if broken { Err(io::Error::other("/run/marker is not to be had")) } else { Ok(()) }
    }
}

impl RunMarker for Seen {
    fn read(&self) -> io::Result<Option<RunRecord>> {
        self.marker_works_but_for(MarkerFault::Unreadable)?;
        Ok(self.0.marker.lock().unwrap().clone())
    }

    fn put(&self, record: &RunRecord) -> io::Result<()> {
        self.marker_works_but_for(MarkerFault::ReadOnly)?;
        self.0.looked("marker");
        *self.0.marker.lock().unwrap() = Some(record.clone());
        Ok(())
    }

    fn remove(&self) -> io::Result<()> {
        self.marker_works_but_for(MarkerFault::ReadOnly)?;
        *self.0.marker.lock().unwrap() = None;
        Ok(())
    }
}
