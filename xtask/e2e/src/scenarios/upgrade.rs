//! The package is upgraded in a running fleet, its configuration loaded again, and its kill switch used.

use super::Scenario;
use crate::fleet::{Fleet, NODES};
use crate::settings::Settings;
use crate::trouble::{Outcome, require};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "upgrade",
    about: "the package is upgraded in a running fleet; then a reload, and the kill switch on and off",
    in_ci: false,
    settings: Settings::with(""),
    play,
};

/// Makes the package anew with a higher version, and installs that.
const UPGRADE: &str = "set -e
cd /root
rm -rf next next.deb
dpkg-deb --raw-extract now.deb next
sed -i 's/^Version: .*/&+e2e1/' next/DEBIAN/control
dpkg-deb --build --root-owner-group -Znone next next.deb >/dev/null
DEBIAN_FRONTEND=noninteractive apt-get install --yes ./next.deb
dpkg-query --show clusterrebootd | grep -q e2e1
rm -rf next next.deb now.deb";

fn play(fleet: &mut Fleet) -> Outcome {
    let before = fleet.boots()?;
    for node in NODES {
        fleet.mark(format!("{node} is upgraded"));
        let unpack = format!("cd /root && {}", fleet.parcel.unpack("now.deb"));
        let machine = fleet.machine(node)?;
        machine.sh(&unpack)?;
        machine.sh("cp -a /etc/clusterrebootd /root/etc-before")?;
        machine.sh(UPGRADE)?;
        machine.sh("diff -r /etc/clusterrebootd /root/etc-before && rm -r /root/etc-before")?;
        fleet.await_script(node, "systemctl is-active --quiet clusterrebootd")?;
    }
    fleet.await_well(&NODES)?;
    fleet.same_boots(&before, &NODES)?;

    let reload = "echo 'min_reboot_interval_sec: 1' >/etc/clusterrebootd/config.d/95-reload.yaml
        systemctl reload clusterrebootd";
    fleet.mark("all reload their configuration");
    fleet.on_all(|machine| machine.sh(reload).map(drop))?;
    for node in NODES {
        let logged = "journalctl --boot --unit clusterrebootd --output cat | grep -q config_reloaded";
        fleet.await_script(node, logged)?;
    }

    fleet.mark("node-a: kill switch on");
    fleet.machine("node-a")?.sh("touch /etc/clusterrebootd/disable")?;
    fleet.need_reboot(&["node-a"])?;
    fleet.await_reason("node-a", "kill_switch_present")?;
    let (code, told) = fleet.status("node-a")?;
    require(code == 5, format!("status ends with {code}: {told}"))?;
    let logged = "journalctl --boot --unit clusterrebootd --output cat | grep -q kill_switch";
    fleet.await_script("node-a", logged)?;
    fleet.same_boots(&before, &NODES)?;
    fleet.mark("node-a: kill switch off");
    fleet.machine("node-a")?.sh("rm /etc/clusterrebootd/disable")?;
    fleet.await_released(&["node-a"])
}
