//! Hooks that do as they are told, and remember what they were told.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use crb_decide::{HookEnd, HookPhase, OnFailure};
use crb_orchestrate::{
    Courier, Hook, HookContext, HookProgram, HookReport, Hooks, LastReboot, RamNotes, RebootNote, RebootNotes,
};
use tokio::time::sleep;

/// Everything around a reboot.
#[derive(Default)]
pub(crate) struct HookProps {
    pub(crate) pre: Mutex<Vec<(&'static str, OnFailure)>>,
    pub(crate) post: Mutex<Vec<(&'static str, OnFailure)>>,
    ends: Mutex<HashMap<(HookPhase, String), (HookEnd, Duration)>>,
    /// The hooks that were run, and whether they were told of a reboot.
    pub(crate) told: Mutex<Vec<(HookPhase, bool)>>,
    pub(crate) notes: RamNotes,
    pub(crate) notes_are_broken: Mutex<bool>,
    /// How often it was waited for those who hand events on.
    pub(crate) settled: Mutex<u32>,
}

pub(crate) const FAILS: HookEnd = HookEnd::Failed { exit_code: 1 };

impl HookProps {
    /// With a hook `drain` before the reboot and `undrain` after it, both of which block.
    pub(crate) fn drains(&self) {
        *self.pre.lock().unwrap() = vec![("drain", OnFailure::Block)];
        *self.post.lock().unwrap() = vec![("undrain", OnFailure::Block)];
    }

    /// From now on a hook takes so long and ends so.
    pub(crate) fn ends(&self, phase: HookPhase, hook: &str, end: HookEnd, takes: Duration) {
        self.ends.lock().unwrap().insert((phase, hook.to_owned()), (end, takes));
    }

    pub(crate) fn hooks(self: &Arc<Self>) -> Hooks {
        let list = |hooks: &[(&str, OnFailure)]| {
            let hook = |(name, on_failure): &(&str, OnFailure)| Hook {
                name: (*name).to_owned(),
                on_failure: *on_failure,
                program: Arc::new(Program(Arc::clone(self))),
            };
            hooks.iter().map(hook).collect()
        };
        Hooks { pre_reboot: list(&self.pre.lock().unwrap()), post_reboot: list(&self.post.lock().unwrap()) }
    }

    fn work(&self) -> io::Result<()> {
        if *self.notes_are_broken.lock().unwrap() { Err(io::Error::other("no space left")) } else { Ok(()) }
    }
}

struct Program(Arc<HookProps>);

#[async_trait]
impl HookProgram for Program {
    async fn run(&self, context: &HookContext) -> HookReport {
        self.0.told.lock().unwrap().push((context.phase, context.rebooted));
        let planned = self.0.ends.lock().unwrap().get(&(context.phase, context.hook.clone())).cloned();
        let (end, took) = planned.unwrap_or((HookEnd::Succeeded, Duration::ZERO));
        sleep(took).await;
        HookReport { end, stdout: String::new(), stderr: String::new(), took }
    }
}

#[async_trait]
impl RebootNotes for HookProps {
    fn read(&self) -> io::Result<Option<RebootNote>> {
        self.work()?;
        self.notes.read()
    }

    async fn put(&self, note: &RebootNote) -> io::Result<()> {
        self.work()?;
        self.notes.put(note).await
    }

    async fn remove(&self) -> io::Result<()> {
        self.work()?;
        self.notes.remove().await
    }

    fn publish(&self, reboot: &LastReboot) -> io::Result<()> {
        self.work()?;
        self.notes.publish(reboot)
    }
}

#[async_trait]
impl Courier for HookProps {
    async fn settle(&self) {
        *self.settled.lock().unwrap() += 1;
    }
}
