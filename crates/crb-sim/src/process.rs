//! A process that can be stopped and go on, and can end between any two of its steps.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::sync::Notify;

/// The process of a daemon, as its machine schedules it.
#[derive(Debug, Default)]
pub(crate) struct Process {
    state: Mutex<State>,
    resumed: Notify,
}

#[derive(Debug, Default)]
struct State {
    stopped: bool,
    steps_left: Option<u32>,
    waker: Option<Waker>,
}

/// A process has ended without a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Crashed;

impl Process {
    /// Runs no step of it any more until it is [resumed](Self::resume). Meanwhile its timers go off and its
    /// answers arrive, as they do for a process that got SIGSTOP.
    #[cfg(feature = "storm")]
    pub(crate) fn stop(&self) {
        self.lock().stopped = true;
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) {
        let mut state = self.lock();
        state.stopped = false;
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
        drop(state);
        self.resumed.notify_waiters();
    }

    /// Ends it after so many further steps.
    #[cfg(feature = "storm")]
    pub(crate) fn end_after(&self, steps: u32) {
        self.lock().steps_left = Some(steps);
    }

    /// Returns as soon as it is not stopped: for what a task of its own does on its behalf.
    #[cfg(feature = "storm")]
    pub(crate) async fn running(&self) {
        loop {
            let resumed = self.resumed.notified();
            if !self.lock().stopped {
                return;
            }
            resumed.await;
        }
    }

    /// Runs `program` as a fresh process.
    pub(crate) fn run<F: Future>(&self, program: F) -> Run<'_, F> {
        self.resume();
        self.lock().steps_left = None;
        Run { process: self, program: Box::pin(program) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the next step may be made.
    fn step(&self, context: &Context<'_>) -> Poll<Result<(), Crashed>> {
        let mut state = self.lock();
        if state.stopped {
            state.waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        match &mut state.steps_left {
            None => {}
            Some(0) => return Poll::Ready(Err(Crashed)),
            Some(left) => *left -= 1,
        }
        Poll::Ready(Ok(()))
    }
}

/// A program at work in a process.
pub(crate) struct Run<'a, F> {
    process: &'a Process,
    program: Pin<Box<F>>,
}

impl<F: Future> Future for Run<'_, F> {
    type Output = Result<F::Output, Crashed>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.process.step(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(crashed)) => Poll::Ready(Err(crashed)),
            Poll::Ready(Ok(())) => self.program.as_mut().poll(context).map(Ok),
        }
    }
}

#[cfg(all(test, feature = "storm"))]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use tokio::time::{Instant, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_stopped_process_makes_its_next_step_when_it_is_resumed() {
        let process = Arc::new(Process::default());
        let began = Instant::now();
        let run = process.run(async {
            sleep(Duration::from_secs(1)).await;
            began.elapsed().as_secs()
        });
        let hand = async {
            process.stop();
            sleep(Duration::from_secs(60)).await;
            process.resume();
        };
        assert_eq!(tokio::join!(run, hand).0, Ok(60));
    }

    #[tokio::test(start_paused = true)]
    async fn a_process_ends_between_any_two_of_its_steps() {
        for steps in 1..4 {
            let process = Process::default();
            let made = AtomicU32::new(0);
            let run = process.run(async {
                for _ in 0..3 {
                    made.fetch_add(1, Ordering::Relaxed);
                    sleep(Duration::from_secs(1)).await;
                }
            });
            process.end_after(steps);
            assert_eq!(run.await, Err(Crashed));
            assert_eq!(made.into_inner(), steps);
        }
    }
}
