//! The reason for the reboot goes away while the node holds the lock.

use super::Scenario;
use crate::fleet::{Fleet, NODES};
use crate::log::until;
use crate::patience::WAIT;
use crate::settings::{MARKER, Settings};
use crate::trouble::{Outcome, require};

/// A detector that asks for nothing, and is slow once the script was asked: the next time it is asked is under the lock.
const SLOW_UNDER_LOCK: &str = "\
reboot_required_detectors:
  - name: slow
    type: command
    timeout_sec: 600
    cmd:
      - /bin/sh
      - -c
      - |
        if [ -e /run/clusterrebootd/e2e-asked ] && [ -e /var/lib/e2e/hold-recheck ]; then
            touch /run/clusterrebootd/e2e-held
            while [ -e /var/lib/e2e/hold-recheck ]; do sleep 0.2; done
        fi
  - {name: marker, type: file, path: /run/reboot-required}";

const TELLS_THAT_IT_WAS_ASKED: &str = "\
#!/bin/sh
if [ \"$RC_PHASE\" = pre-lock ]; then touch /run/clusterrebootd/e2e-asked; fi
";

pub(super) const SCENARIO: Scenario = Scenario {
    name: "marker-gone",
    about: "the marker disappears under the lock: nothing reboots",
    in_ci: false,
    settings: Settings { own: SLOW_UNDER_LOCK, health: Some(TELLS_THAT_IT_WAS_ASKED) },
    play,
};

fn play(fleet: &mut Fleet) -> Outcome {
    let before = fleet.boots()?;
    fleet.stage("node-a", "hold-recheck", true)?;
    fleet.need_reboot(&["node-a"])?;
    fleet.await_script("node-a", "test -e /run/clusterrebootd/e2e-held")?;
    require(fleet.places().len() == 1, "node-a does not hold the lock")?;
    fleet.machine("node-a")?.sh(&format!("rm {MARKER}"))?;
    fleet.stage("node-a", "hold-recheck", false)?;
    until("node-a leaves the queue", WAIT, || Ok(fleet.places().is_empty().then_some(())))?;
    fleet.await_script(
        "node-a",
        "journalctl --boot --unit clusterrebootd --output cat | grep -q recheck_cleared",
    )?;
    let claims = fleet.changes().into_iter().filter(|change| change.key.starts_with(&fleet.queue()));
    let claimed = claims.filter(|change| change.put.as_ref().is_some_and(|put| put.lease == 0)).count();
    require(claimed == 0, "there was a claim")?;
    fleet.same_boots(&before, &NODES)
}
