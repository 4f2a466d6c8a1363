//! The watchdog: is told that the daemon is at work, by the very task in which the daemon works, and is no longer told
//! when the daemon hangs.
//!
//! Nothing that blocks the task lets a word through. What waits in it for something that never comes has no
//! [`Pulse`], and is found by that: everything that the loops wait for ends within known bounds.

use std::convert::Infallible;
use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::node::Node;
use crate::pulse::Pulse;

/// What a loop may take longer than its longest step and its longest rest: the end of a process group, several calls to the store in a row, a
/// machine that is busy.
const SLACK: Duration = Duration::from_secs(60);

/// Who ends the daemon when it no longer hears of it.
pub trait Watchdog: Send + Sync {
    /// How long it waits for the next word before it acts.
    fn patience(&self) -> Duration;

    /// Tells it that the daemon is at work.
    ///
    /// # Errors
    /// It did not take it; it is tried again before its patience is over.
    fn tell_alive(&self) -> Result<(), String>;
}

/// Tells the `watchdog`, if there is one, that the daemon is at work, as long as `loops` are. To be polled in the task
/// that they run in, after them.
///
/// It goes along with whatever wakes the task: a timer of its own fires only where nothing else does.
pub(crate) async fn tell(node: &Node, watchdog: Option<&dyn Watchdog>, loops: &[&Pulse]) -> Infallible {
    let Some(watchdog) = watchdog else { return pending().await };
    let loops = loops.iter().map(|pulse| (*pulse, Duration::ZERO)).collect();
    let mut report = Report { node, watchdog, loops, heard: None, complained: false };
    let mut timer = pin!(sleep(Duration::ZERO));
    poll_fn(|context| {
        report.raise_bounds();
        if report.is_due() {
            timer.as_mut().reset(Instant::now() + report.make());
        }
        if timer.as_mut().poll(context).is_ready() {
            context.waker().wake_by_ref();
        }
        Poll::Pending
    })
    .await
}

struct Report<'a> {
    node: &'a Node,
    watchdog: &'a dyn Watchdog,
    /// The loops, each with the longest that it was ever allowed to be silent: what began under other settings goes by
    /// those.
    loops: Vec<(&'a Pulse, Duration)>,
    /// When the watchdog was last told.
    heard: Option<Instant>,
    /// Whether it was said that it is not told.
    complained: bool,
}

impl Report<'_> {
    /// To be called after whatever the loops did: they may have begun something under settings that are soon replaced.
    fn raise_bounds(&mut self) {
        for (pulse, bound) in &mut self.loops {
            *bound = longest_silence(self.node, pulse).max(*bound);
        }
    }

    fn is_due(&self) -> bool {
        self.heard.is_none_or(|at| at.elapsed() >= self.watchdog.patience() / 4)
    }

    /// Tells that all is well, if it is, and gives the time until it has to be told again.
    fn make(&mut self) -> Duration {
        let told = self.stuck().map_or_else(|| self.watchdog.tell_alive(), Err);
        let Err(complaint) = told else {
            (self.heard, self.complained) = (Some(Instant::now()), false);
            return self.watchdog.patience() / 2;
        };
        if !std::mem::replace(&mut self.complained, true) {
            self.node.trouble("watchdog", &complaint);
        }
        self.watchdog.patience() / 8
    }

    /// What is wrong with the first loop that has been silent for longer than anything takes that it waits for.
    fn stuck(&self) -> Option<String> {
        let (stuck, _) = self.loops.iter().find(|(pulse, bound)| pulse.silent_for() > *bound)?;
        Some(format!(
            "the loop of the {} has waited for {} s, and nothing that it waits for takes so long: the service manager \
             is no longer told that all is well, and will start this daemon anew",
            stuck.name,
            stuck.silent_for().as_secs()
        ))
    }
}

/// How long a loop may wait for one thing.
fn longest_silence(node: &Node, pulse: &Pulse) -> Duration {
    node.setup().plan.longest_step.max((pulse.longest_rest)(node)) + SLACK
}
