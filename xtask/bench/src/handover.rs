//! The slot on its way: from the release of one node to the arm of the next.

use std::path::Path;
use std::time::Duration;

use crb_testbed::{EtcdCluster, Event, Fleet, TestNode, poll_until};
use xtask::Failure;

use crate::bed::{self, TIMES};
use crate::figure::{Figure, percentile};
use crate::speed::{at, ms};

/// How many nodes reboot again and again. There are always some in the queue.
const NODES: usize = 4;

/// How many handovers there are in a round.
const HANDOVERS: usize = 25;

/// How long a round may take, on a machine however busy.
const PATIENCE: Duration = Duration::from_secs(300);

/// Why a claim is given back after a reboot.
const PROVEN: &str = "booted anew and healthy";

/// Lets nodes reboot one after the other, as often as there are handovers to measure, in five rounds.
pub(crate) fn measure(binary: &Path) -> Result<[Figure; 2], Failure> {
    let rounds: Vec<Vec<f64>> = (0..TIMES).map(|_| round(binary)).collect::<Result<_, _>>()?;
    let medians = rounds.iter().map(|round| percentile(round, 50));
    let all: Vec<f64> = rounds.iter().flatten().copied().collect();
    Ok([Figure::of("handover_median_ms", medians), Figure::of("handover_p99_ms", [percentile(&all, 99)])])
}

fn round(binary: &Path) -> Result<Vec<f64>, Failure> {
    let cluster = EtcdCluster::start_with_tls(1);
    let mut fleet = Fleet::new(NODES, |name| bed::node(binary, &cluster, "fleet", name));
    fleet.start_all();
    let mut released = [0; NODES];
    let done = poll_until(PATIENCE, || {
        fleet.boot_the_fallen();
        for (node, released) in fleet.nodes.iter_mut().zip(&mut released) {
            let now = node.events().iter().filter(|event| is_release(event)).count();
            if now > *released {
                *released = now;
                node.need_reboot();
            }
        }
        (handovers(&mut fleet.nodes).len() >= HANDOVERS).then_some(())
    });
    if done.is_none() {
        return Err(Failure::Verdict(format!("the slot does not go on: {}", fleet.told())));
    }
    let mut took = handovers(&mut fleet.nodes);
    took.truncate(HANDOVERS);
    Ok(took)
}

/// How long each handover took, in milliseconds: what stands between a release and the next arm in the logs of all.
fn handovers(nodes: &mut [TestNode]) -> Vec<f64> {
    let mut moments: Vec<(Duration, bool)> = nodes
        .iter_mut()
        .flat_map(|node| node.events().to_vec())
        .filter(|event| is_release(event) || is_arm(event))
        .map(|event| (at(&event), is_release(&event)))
        .collect();
    // Within a millisecond the log does not tell which came first; the slot goes on after it was given back.
    moments.sort_by_key(|&(at, is_release)| (at, !is_release));
    let steps = moments.windows(2).filter(|pair| pair[0].1 && !pair[1].1);
    steps.map(|pair| ms(pair[1].0.saturating_sub(pair[0].0))).collect()
}

fn is_release(event: &Event) -> bool {
    event.says("lock_released", "reason", PROVEN)
}

fn is_arm(event: &Event) -> bool {
    event.says("claim", "phase", "armed")
}
