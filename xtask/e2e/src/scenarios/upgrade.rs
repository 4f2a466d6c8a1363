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

/// Makes the package anew, with a higher version, another template of the configuration and one file more; and installs
/// that as machines without people do, who would be asked about the configuration.
const UPGRADE: &str = "set -e
cd /root
rm -rf next next.deb etc-before
dpkg-deb --raw-extract now.deb next
sed -i 's/^Version: .*/&+e2e1/' next/DEBIAN/control
echo '# Of the next version.' >>next/etc/clusterrebootd/config.yaml
echo more >next/usr/share/clusterrebootd/of-the-next-version
dpkg-deb --build --root-owner-group -Znone next next.deb >/dev/null
cp -a /etc/clusterrebootd etc-before
DEBIAN_FRONTEND=noninteractive apt-get install --yes -o Dpkg::Options::=--force-confold ./next.deb
dpkg-query --show clusterrebootd | grep e2e1
test -f /usr/share/clusterrebootd/of-the-next-version
# The operator's stands as it was, and the new template beside it; nothing else has come or gone.
tail -n 1 /etc/clusterrebootd/config.yaml.dpkg-dist | grep 'Of the next version'
rm /etc/clusterrebootd/config.yaml.dpkg-dist
diff -r /etc/clusterrebootd etc-before
rm -rf next next.deb now.deb etc-before";

/// The process that is the daemon.
const DAEMON: &str = "systemctl show --property MainPID --value clusterrebootd";

fn play(fleet: &mut Fleet) -> Outcome {
    let before = fleet.boots()?;
    for node in NODES {
        fleet.mark(format!("{node} is upgraded"));
        let unpack = format!("cd /root && {}", fleet.parcel.unpack("now.deb"));
        let machine = fleet.machine(node)?;
        machine.sh(&unpack)?;
        let old = machine.sh(DAEMON)?;
        require(old != "0", format!("no daemon runs on {node} before its upgrade"))?;
        machine.sh(UPGRADE)?;
        fleet.await_script(node, "systemctl is-active --quiet clusterrebootd")?;
        let new = machine.sh(DAEMON)?;
        require(new != old, format!("the daemon of {node} is still {old}, of the earlier version"))?;
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
    let logged = "journalctl --boot --unit clusterrebootd --output cat | \
                  grep -q 'the kill switch /etc/clusterrebootd/disable is present'";
    fleet.await_script("node-a", logged)?;
    fleet.same_boots(&before, &NODES)?;
    fleet.mark("node-a: kill switch off");
    fleet.machine("node-a")?.sh("rm /etc/clusterrebootd/disable")?;
    fleet.await_released(&["node-a"])
}
