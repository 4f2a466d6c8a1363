//! The hook for events: a sink that queues, and a worker that runs the operator's program for one after the other.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use crb_decide::{HookPhase, OnFailure};
use crb_observe::{Changes, Emitter, Event, Format, Sink, What, record};
use crb_orchestrate::{Courier, HookReport};
use crb_process::Job;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use crate::adapters::run_hook;

/// How many events wait at most.
const QUEUE: usize = 64;

/// How long the daemon waits before the machine goes down, and at its own end, for what is queued.
const FAREWELL: Duration = Duration::from_secs(5);

/// The program that is run, and for what.
pub(crate) struct EventProgram {
    pub(crate) cmd: Vec<String>,
    pub(crate) timeout: Duration,
    pub(crate) events: Vec<&'static str>,
    pub(crate) environment: Vec<(String, String)>,
}

/// An event on its way.
struct Letter {
    event: &'static str,
    json: String,
}

/// Takes events for the worker, and never waits: what finds the queue full is dropped and counted.
pub(crate) struct EventHook {
    program: Mutex<Option<Arc<EventProgram>>>,
    queue: mpsc::Sender<Letter>,
    changes: Changes,
    dropped: AtomicU64,
    /// How many are queued or under way.
    under_way: watch::Sender<usize>,
}

/// Runs the program.
pub(crate) struct Worker {
    hook: Arc<EventHook>,
    queue: mpsc::Receiver<Letter>,
}

impl EventHook {
    /// A hook without a program yet, and the worker that is to be run for it.
    pub(crate) fn new() -> (Arc<Self>, Worker) {
        let (sender, queue) = mpsc::channel(QUEUE);
        let hook = Arc::new(Self {
            program: Mutex::default(),
            queue: sender,
            changes: Changes::default(),
            dropped: AtomicU64::new(0),
            under_way: watch::Sender::new(0),
        });
        (Arc::clone(&hook), Worker { hook, queue })
    }

    /// From now on this program is run; `None`: none is.
    pub(crate) fn set_program(&self, program: Option<EventProgram>) {
        *self.program.lock().unwrap_or_else(PoisonError::into_inner) = program.map(Arc::new);
    }

    fn program(&self) -> Option<Arc<EventProgram>> {
        self.program.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// At the end of the process: waits, though not for long, and tells `emitter` what is lost.
    pub(crate) async fn farewell(&self, emitter: &Emitter) {
        self.settle().await;
        let left = u64::try_from(*self.under_way.borrow()).unwrap_or(u64::MAX);
        self.tell_dropped(emitter, left);
    }

    fn tell_dropped(&self, emitter: &Emitter, more: u64) {
        let events = self.dropped.swap(0, Ordering::Relaxed) + more;
        if events > 0 {
            emitter.emit(What::EventsDropped { events });
        }
    }
}

impl Sink for EventHook {
    fn take(&self, event: &Event) {
        let Some(program) = self.program() else { return };
        // Looked at even if nobody asked for it: one event may be what makes another one news.
        let repeats = self.changes.is_repeat(event);
        // What the hook itself gives rise to would go round in circles.
        let own = matches!(
            event.what,
            What::HookEnded { phase: HookPhase::OnEvent, .. } | What::EventsDropped { .. }
        );
        if repeats || own || !program.events.contains(&event.what.name()) {
            return;
        }
        let Some(record) = record(event) else { return };
        let letter = Letter { event: record.event, json: Format::Json.line(&record) };
        self.under_way.send_modify(|letters| *letters += 1);
        if self.queue.try_send(letter).is_err() {
            self.under_way.send_modify(|letters| *letters -= 1);
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[async_trait]
impl Courier for EventHook {
    async fn settle(&self) {
        let mut under_way = self.under_way.subscribe();
        // What is not done by then goes on as long as the process does.
        timeout(FAREWELL, under_way.wait_for(|letters| *letters == 0)).await.ok();
    }
}

impl Worker {
    /// Runs the program for one event after the other, and tells `emitter` how that went.
    pub(crate) async fn run(mut self, emitter: Emitter) {
        while let Some(letter) = self.queue.recv().await {
            if let Some(program) = self.hook.program() {
                emitter.emit(hand_over(&program, letter).await);
            }
            self.hook.tell_dropped(&emitter, 0);
            self.hook.under_way.send_modify(|letters| *letters -= 1);
        }
    }
}

async fn hand_over(program: &EventProgram, Letter { event, json }: Letter) -> What {
    let told = [("RC_PHASE", HookPhase::OnEvent.as_str()), ("RC_EVENT", event)];
    let told = told.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let environment = program.environment.iter().cloned().chain(told);
    let job = Job::new(program.cmd.iter().cloned(), program.timeout).env(environment).stdin(json);
    let HookReport { end, stdout, stderr, took } = run_hook(&job, program.timeout).await;
    What::HookEnded {
        phase: HookPhase::OnEvent,
        hook: event.to_owned(),
        end,
        on_failure: OnFailure::Continue,
        stdout,
        stderr,
        took,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use crb_decide::NodeName;
    use crb_observe::{Fanout, Recorder};
    use jiff::Timestamp;

    use super::*;

    /// A hook that runs `script` in `folder` for some events, and the emitter that tells it of them.
    fn at_work(folder: &Path, script: &str) -> (Arc<EventHook>, Emitter, Arc<Recorder>) {
        let (hook, worker) = EventHook::new();
        let cmd = ["/bin/sh", "-c", &format!("cd {}; {script}", folder.display())].map(str::to_owned);
        hook.set_program(Some(EventProgram {
            cmd: cmd.to_vec(),
            timeout: Duration::from_secs(30),
            events: vec!["stopped", "lock_lost", "hook", "events_dropped"],
            environment: vec![("RC_NODE_NAME".to_owned(), "web-1".to_owned())],
        }));
        let recorder = Arc::new(Recorder::default());
        let sink = Fanout(vec![Arc::clone(&hook) as Arc<dyn Sink>, Arc::clone(&recorder) as _]);
        let clock = Arc::new(|| Timestamp::UNIX_EPOCH);
        let emitter = Emitter::new(NodeName::try_new("web-1").unwrap(), clock, Arc::new(sink));
        tokio::spawn(worker.run(emitter.clone()));
        (hook, emitter, recorder)
    }

    fn lost(number: usize) -> What {
        What::LockLost { error: format!("number {number}") }
    }

    async fn until(what: &str, mut holds: impl FnMut() -> bool) {
        let wait = async {
            while !holds() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        timeout(Duration::from_secs(30), wait).await.unwrap_or_else(|_| panic!("never came true: {what}"));
    }

    fn dropped(recorder: &Recorder) -> u64 {
        let events = recorder.events();
        let dropped = events.iter().filter_map(|event| match event.what {
            What::EventsDropped { events } => Some(events),
            _ => None,
        });
        dropped.sum()
    }

    #[tokio::test]
    async fn it_reads_the_line_of_the_log_for_the_events_that_were_asked_for_in_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let (hook, emitter, recorder) =
            at_work(folder.path(), "echo $RC_NODE_NAME $RC_PHASE $RC_EVENT >> told; cat >> told");
        emitter.emit(lost(1));
        emitter.emit(What::CooldownCleared);
        emitter.emit(What::Stopped { why: "SIGTERM".to_owned() });
        hook.settle().await;
        let told = fs::read_to_string(folder.path().join("told")).unwrap();
        expect_test::expect![[r#"
            web-1 on-event lock_lost
            {"ts":"1970-01-01T00:00:00.000Z","level":"error","node":"web-1","component":"lock","event":"lock_lost","message":"lost its place in the queue: number 1","fields":{"error":"number 1"}}
            web-1 on-event stopped
            {"ts":"1970-01-01T00:00:00.000Z","level":"info","node":"web-1","component":"daemon","event":"stopped","message":"stops: SIGTERM","fields":{"reason":"SIGTERM"}}
        "#]]
        .assert_eq(&told);
        assert_eq!(dropped(&recorder), 0);
    }

    #[tokio::test]
    async fn one_that_is_too_slow_costs_events_which_are_counted_and_nobody_waits() {
        let folder = tempfile::tempdir().unwrap();
        let script = "echo >> begun; until [ -e go ]; do sleep 0.01; done";
        let (hook, emitter, recorder) = at_work(folder.path(), script);
        emitter.emit(lost(0));
        until("the first one is under way", || folder.path().join("begun").exists()).await;
        // Nothing is awaited here, so nothing can have waited.
        for number in 1..=QUEUE + 7 {
            emitter.emit(lost(number));
        }
        assert_eq!(dropped(&recorder), 0, "it is told behind the run that is under way");
        fs::write(folder.path().join("go"), "").unwrap();
        until("all that fitted is handed over", || *hook.under_way.borrow() == 0).await;
        assert_eq!(dropped(&recorder), 7);
        let begun = fs::read_to_string(folder.path().join("begun")).unwrap();
        assert_eq!(begun.lines().count(), QUEUE + 1);
    }

    #[tokio::test]
    async fn one_that_fails_is_told_and_does_not_feed_on_that() {
        let folder = tempfile::tempdir().unwrap();
        let (hook, emitter, recorder) = at_work(folder.path(), "exit 3");
        emitter.emit(lost(1));
        hook.settle().await;
        let kinds: Vec<_> = recorder.events().iter().map(|event| event.what.name()).collect();
        assert_eq!(kinds, ["lock_lost", "hook"]);
    }

    #[tokio::test]
    async fn at_the_end_nobody_waits_for_ever_and_what_is_lost_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let (hook, emitter, recorder) = at_work(folder.path(), "sleep 60");
        for number in 0..3 {
            emitter.emit(lost(number));
        }
        let before = tokio::time::Instant::now();
        hook.farewell(&emitter).await;
        assert!(before.elapsed() < FAREWELL * 2, "{:?}", before.elapsed());
        assert_eq!(dropped(&recorder), 3);
    }

    #[tokio::test]
    async fn what_repeats_is_not_told_again() {
        let folder = tempfile::tempdir().unwrap();
        let (hook, emitter, _) = at_work(folder.path(), "echo >> told");
        let failed = || What::HookEnded {
            phase: HookPhase::PostReboot,
            hook: "undrain".to_owned(),
            end: crb_decide::HookEnd::Failed { exit_code: 1 },
            on_failure: OnFailure::Block,
            stdout: String::new(),
            stderr: String::new(),
            took: Duration::ZERO,
        };
        emitter.emit(failed());
        emitter.emit(failed());
        hook.settle().await;
        assert_eq!(fs::read_to_string(folder.path().join("told")).unwrap().lines().count(), 1);
    }
}
