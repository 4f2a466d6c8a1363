//! The pulse of a loop: when something that it waited for last came about.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use tokio::time::Instant;

use crate::node::Node;

/// When a loop was last woken. One that waits for what never comes has none.
pub(crate) struct Pulse {
    /// Which loop.
    pub(crate) name: &'static str,
    /// The longest that it rests of its own accord, by the settings that are in force.
    pub(crate) longest_rest: fn(&Node) -> Duration,
    last: Mutex<Instant>,
}

impl Pulse {
    /// The pulse of the loop `name`, which begins now.
    pub(crate) fn of(name: &'static str, longest_rest: fn(&Node) -> Duration) -> Self {
        Self { name, longest_rest, last: Mutex::new(Instant::now()) }
    }

    /// How long the loop has not been woken.
    pub(crate) fn silent_for(&self) -> Duration {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    fn beat(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Runs the loop. It is polled as often as without this: its neighbours in the same task wake it, too, but only
    /// what it waits for itself is a beat.
    pub(crate) async fn follow<F: Future>(&self, looping: F) -> F::Output {
        let mut looping = pin!(looping);
        let relay = Arc::new(Relay::default());
        let waker = Waker::from(Arc::clone(&relay));
        poll_fn(|context| {
            relay.leads_to(context.waker());
            if relay.woken.swap(false, Ordering::AcqRel) {
                self.beat();
            }
            looping.as_mut().poll(&mut Context::from_waker(&waker))
        })
        .await
    }
}

/// Notes that the loop was woken, and wakes the task.
#[derive(Default)]
struct Relay {
    woken: AtomicBool,
    task: Mutex<Option<Waker>>,
}

impl Relay {
    fn leads_to(&self, task: &Waker) {
        let mut known = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.as_ref().is_some_and(|known| known.will_wake(task)) {
            *known = Some(task.clone());
        }
    }
}

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // Without the lock: whoever is woken may come here again.
        task.iter().for_each(Waker::wake_by_ref);
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::time::{sleep, timeout};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn pulse(name: &'static str) -> Pulse {
        Pulse::of(name, |_| SECOND)
    }

    #[tokio::test(start_paused = true)]
    async fn a_loop_that_is_woken_has_a_pulse_and_its_neighbours_give_it_none() {
        let (lively, stuck) = (pulse("lively"), pulse("stuck"));
        let both = async {
            tokio::select! {
                () = lively.follow(async { loop { sleep(SECOND).await } }) => {}
                () = stuck.follow(async { sleep(10 * SECOND).await; pending().await }) => {}
            }
        };
        assert!(timeout(100 * SECOND + SECOND / 2, both).await.is_err());
        assert!(lively.silent_for() <= SECOND, "{:?}", lively.silent_for());
        assert!(stuck.silent_for() >= 90 * SECOND, "{:?}", stuck.silent_for());
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_loop_comes_to_is_what_comes_of_it() {
        let pulse = pulse("short");
        let short = async {
            sleep(SECOND).await;
            7
        };
        assert_eq!(pulse.follow(short).await, 7);
    }
}
