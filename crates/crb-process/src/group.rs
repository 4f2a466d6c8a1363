//! The process group of one child, and its end.
//!
//! The number of a group is not given to another one while it has a member, a child not yet waited for
//! included. So nothing is signalled here once the group is known to be empty.

use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::process::Child;
use tokio::time::{sleep, timeout};

use crate::end::End;
use crate::job::OnDrop;

/// How often a group is looked at that was told to end. Only its leader's end is announced to us.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// How long a killed leader may take to die. Longer takes only what hangs in the kernel, such as on a
/// network file system that is gone, and for that nobody waits.
const DYING: Duration = Duration::from_secs(1);

/// A child, leader of the process group that it was started in.
pub(crate) struct Group {
    leader: Child,
    /// The group's number, while we may still have to end it.
    id: Option<Pid>,
    on_drop: OnDrop,
}

impl Group {
    /// Takes charge of `leader`, which must have been started in a group of its own.
    pub(crate) fn new(leader: Child, on_drop: OnDrop) -> Self {
        let id = leader.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Self { leader, id, on_drop }
    }

    /// Waits for the leader to end within `limit`; else ends the whole group, KILL `grace` after TERM.
    ///
    /// A group whose leader ended by itself is left alone from then on.
    pub(crate) async fn run_out(&mut self, limit: Duration, grace: Duration) -> End {
        let end = if let Ok(status) = timeout(limit, self.leader.wait()).await {
            status.map_or(End::Unseen, End::from)
        } else {
            self.end(grace).await;
            End::TimedOut
        };
        self.id = None;
        end
    }

    async fn end(&mut self, grace: Duration) {
        self.signal(Signal::TERM);
        if timeout(grace, self.vanished()).await.is_err() {
            self.signal(Signal::KILL);
            let _ = timeout(DYING, self.leader.wait()).await;
        }
    }

    /// Waits until the leader was reaped and no other member is left, dead ones that nobody reaps included.
    async fn vanished(&mut self) {
        let _ = self.leader.wait().await;
        while self.id.is_some_and(|id| test_kill_process_group(id) != Err(Errno::SRCH)) {
            sleep(LOOK_AGAIN).await;
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(id) = self.id {
            // Nobody left to signal is what we are after, and a member of another user we cannot help.
            let _ = kill_process_group(id, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if self.on_drop == OnDrop::EndGroup {
            // There is no time for TERM here. Tokio reaps the leader once it is dead.
            self.signal(Signal::KILL);
        }
    }
}
