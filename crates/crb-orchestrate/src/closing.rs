//! Between two passes: whether a gate of this machine closes while its node waits in the queue.

use std::time::Duration;

use crb_decide::{KillSwitchSeen, WindowState};
use jiff::Timestamp;
use tokio::time::sleep;

use crate::node::Node;

/// How often to look. It costs the look at a file, and no call to the store.
const INTERVAL: Duration = Duration::from_secs(5);

/// Returns when the kill switch appears, the window closes, or the heartbeat found the node unhealthy. The
/// next pass then says which, and leaves the queue.
pub(crate) async fn gate_closes(node: &Node) {
    loop {
        let (now, setup) = (node.now(), node.setup());
        let WindowState::Open { until } = setup.plan.windows.at(now) else { return };
        if setup.kill_switch.look() != KillSwitchSeen::Absent || !node.last_statement().healthy {
            return;
        }
        sleep(until.map_or(INTERVAL, |until| time_to(until, now).min(INTERVAL))).await;
    }
}

/// How long it is from `now` to `then`; nothing, when that is past.
pub(crate) fn time_to(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or_default()
}
