//! What systemd keeps the daemon from, and what it must not keep it from.

use super::Scenario;
use crate::fleet::{Fleet, NODES};
use crate::settings::Settings;
use crate::trouble::{Outcome, Trouble, require};

/// What the unit promises of itself. systemd counts from 0, wholly locked up, to 10.
const MOST_EXPOSED: f64 = 4.0;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "sandbox",
    about: "systemd-analyze security; the sandbox lets health scripts and the reboot through",
    in_ci: false,
    settings: Settings {
        own: "reboot_command: [/sbin/shutdown, -r, now]\nkill_switch_file: /tmp/e2e-disable",
        health: Some(HEALTH),
    },
    play,
};

/// What health scripts do in earnest: ask services, look at the network, write to temporary files and to the journal.
const HEALTH: &str = r#"#!/bin/sh
set -e
systemctl is-active --quiet dbus
ip address show eth0 | grep -q 10.0.2.15
file=$(mktemp)
head -c 10 /proc/meminfo >"$file"
test -s "$file"
rm "$file"
ls /var/log /etc/clusterrebootd >/dev/null
df / >/dev/null
logger "e2e: the health script ran in $RC_PHASE" || systemd-cat echo "e2e: the health script ran in $RC_PHASE"
"#;

/// Kill switches where sandboxes hide things; the first is on before anything asks for a reboot.
const SWITCHES: [&str; 2] = ["/tmp/e2e-disable", "/root/e2e-disable"];

fn play(fleet: &mut Fleet) -> Outcome {
    let before = fleet.boots()?;
    fleet.require_packaged_unit("node-a")?;
    let machine = fleet.machine("node-a")?;
    let told = machine.run("systemd-analyze security --no-pager clusterrebootd.service")?.output;
    println!("{told}");
    let line = told.lines().find(|line| line.contains("Overall exposure level"));
    let number = line.and_then(|line| line.split_whitespace().find_map(|word| word.parse::<f64>().ok()));
    let exposed = number.ok_or_else(|| Trouble::Unmet(format!("systemd-analyze says: {told}")))?;
    require(exposed <= MOST_EXPOSED, format!("the unit is exposed to {exposed}"))?;
    fleet.await_script(
        "node-a",
        "journalctl --boot --output cat | grep -q 'e2e: the health script ran in heartbeat'",
    )?;
    fleet.machine("node-a")?.sh(&format!("touch {}", SWITCHES[0]))?;
    fleet.need_reboot(&["node-a"])?;
    for switch in SWITCHES {
        // Set from outside of the sandbox, it must be seen by the daemon that is in it, and not only by a command.
        fleet.mark(format!("node-a: kill switch {switch}"));
        fleet.machine("node-a")?.sh(&format!(
            "set -e; touch {switch}
             echo 'kill_switch_file: {switch}' >/etc/clusterrebootd/config.d/95-switch.yaml
             systemctl reload clusterrebootd"
        ))?;
        let logged = "journalctl --boot --unit clusterrebootd --output cat | grep -q";
        fleet.await_script("node-a", &format!("{logged} 'the kill switch {switch} is present'"))?;
    }
    fleet.same_boots(&before, &NODES)?;
    fleet.machine("node-a")?.sh(&format!("rm {}", SWITCHES.join(" ")))?;
    fleet.await_released(&["node-a"])
}
