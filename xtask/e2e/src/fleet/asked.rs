//! What the machines and the programs on them say when they are asked.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::Fleet;
use crate::log::until;
use crate::machine::Machine;
use crate::patience::WAIT;
use crate::trouble::{Outcome, Trouble};

/// Succeeds if the unit is a file of the package, unchanged, and has no drop-in.
const PACKAGED_UNIT: &str = r#"set -e
unit=$(systemctl show --property FragmentPath --value clusterrebootd)
echo "the unit: $unit; over it: $(systemctl show --property DropInPaths --value clusterrebootd)"
test -z "$(systemctl show --property DropInPaths --value clusterrebootd)"
dpkg-query --search "$(realpath "$unit")" | grep '^clusterrebootd: '
# Without a checksum, the next line would find nothing to say.
grep -F "${unit#/}" "$(dpkg-query --control-path clusterrebootd md5sums)"
! dpkg --verify clusterrebootd | grep -F clusterrebootd.service"#;

impl Fleet {
    /// Waits until a script succeeds on this machine, which is up.
    pub(crate) fn await_script(&self, node: &str, script: &str) -> Outcome {
        until(format!("`{script}` succeeds on {node}"), WAIT, || {
            Ok((self.machine(node)?.run(script)?.code == 0).then_some(()))
        })
    }

    /// Fails unless systemd runs the daemon by the unit of the package, as it came and with nothing over it.
    pub(crate) fn require_packaged_unit(&self, node: &str) -> Outcome {
        self.machine(node)?.sh(PACKAGED_UNIT).map(drop)
    }

    /// What the node's own `status` says, with its exit code.
    pub(crate) fn status(&self, node: &str) -> Outcome<(i32, Value)> {
        let answer = self.machine(node)?.run("clusterrebootd status --output json 2>/dev/null")?;
        let told = serde_json::from_str(&answer.output)
            .map_err(|error| Trouble::Unmet(format!("{node}: status says {error}: {}", answer.output)))?;
        Ok((answer.code, told))
    }

    /// Waits until the node's own `status` has this code among its reasons.
    pub(crate) fn await_reason(&self, node: &str, code: &str) -> Outcome {
        until(format!("{node} says {code}"), WAIT, || {
            let (_, told) = self.status(node)?;
            Ok(told.to_string().contains(&format!("\"{code}\"")).then_some(()))
        })
    }

    /// What `fleet`, asked on `on`, says of `node`.
    pub(crate) fn seen(&self, on: &str, node: &str) -> Outcome<Value> {
        let text = self.machine(on)?.sh("clusterrebootd fleet --output json 2>/dev/null")?;
        let told: Value = serde_json::from_str(&text)
            .map_err(|error| Trouble::Unmet(format!("{on}: fleet says {error}: {text}")))?;
        let rows = told["nodes"].as_array().cloned().unwrap_or_default();
        rows.into_iter()
            .find(|row| row["node"] == node)
            .ok_or_else(|| Trouble::Unmet(format!("fleet does not know {node}: {text}")))
    }

    /// Waits until `fleet`, asked on `on`, shows `node` in this state.
    pub(crate) fn await_seen(&self, on: &str, node: &str, state: &str) -> Outcome {
        until(format!("fleet shows {node} as {state}"), WAIT, || {
            Ok((self.seen(on, node)?["state"] == state).then_some(()))
        })
    }

    /// Writes down what the nodes have logged, for whoever looks for a fault; and gives what kept it from doing so.
    pub(crate) fn keep_journals(&self, directory: &Path) -> Vec<Trouble> {
        let keep = |(node, machine): (&&str, &Machine)| {
            let text = machine.run("journalctl --no-pager --boot --lines 400 --output short-precise")?.output;
            let file = directory.join(format!("{node}-journal.log"));
            fs::write(&file, text).map_err(Trouble::file(&file))
        };
        // One that is down does not cost the others' journals.
        self.machines.iter().filter_map(|machine| keep(machine).err()).collect()
    }
}
