//! How the nodes of a scenario are configured, and the files that their scripts heed.

use std::fmt::Write as _;

/// Where scripts look for what the scenario wants of them. It outlives reboots.
pub(crate) const STAGE: &str = "/var/lib/e2e";

/// The marker of a reboot that is needed, where updates of Debian leave it.
pub(crate) const MARKER: &str = "/run/reboot-required";

/// Says no while `red` is there, or in another boot than `red-in-next-boot` names; under the lock it waits as long as
/// `hold-under-lock` is there, and says that it does.
const HEALTH: &str = r#"#!/bin/sh
# The health of a machine in a scenario.
stage=/var/lib/e2e
if [ "$RC_PHASE" = post-lock ] && [ -e $stage/hold-under-lock ]; then
    touch /run/clusterrebootd/e2e-held
    while [ -e $stage/hold-under-lock ]; do sleep 0.2; done
fi
if [ -e $stage/red ]; then
    echo "e2e: red" >&2
    exit 1
fi
if [ -e $stage/red-in-next-boot ] && ! grep -q "$(cat /proc/sys/kernel/random/boot_id)" $stage/red-in-next-boot; then
    echo "e2e: red after the boot" >&2
    exit 1
fi
exit 0
"#;

/// A configuration, as the changes to the one that all scenarios share.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// Lines of YAML that are merged over it.
    pub(crate) own: &'static str,
    /// The health script, if it is another one.
    pub(crate) health: Option<&'static str>,
}

impl Settings {
    /// With these lines of YAML.
    pub(crate) const fn with(own: &'static str) -> Self {
        Self { own, health: None }
    }

    /// The configuration of the fleet under `namespace`, for all of its nodes.
    fn shared(namespace: &str, endpoints: &[String]) -> String {
        let mut text = format!(
            "node_name: \"@hostname\"\n\
             etcd_namespace: {namespace}\n\
             reboot_required_detectors: [{{name: marker, type: file, path: {MARKER}}}]\n\
             health_script: /etc/clusterrebootd/health.sh\n\
             health_timeout_sec: 20\n\
             health_publish_interval_sec: 5\n\
             check_interval_sec: 5\n\
             backoff_min_sec: 1\n\
             backoff_max_sec: 3\n\
             lock_ttl_sec: 30\n\
             presence_ttl_sec: 20\n\
             reboot_command: [/usr/bin/systemctl, reboot]\n\
             etcd_endpoints:\n"
        );
        for endpoint in endpoints {
            // Writing to a string cannot fail.
            writeln!(text, "  - {endpoint}").ok();
        }
        text
    }

    /// The script that makes a machine, in whatever state an earlier scenario left it, a node of this fleet.
    pub(crate) fn script(&self, namespace: &str, endpoints: &[String], now: u64) -> String {
        let directory = "/etc/clusterrebootd";
        let files = [
            (format!("{directory}/config.yaml"), Self::shared(namespace, endpoints), 644),
            (format!("{directory}/config.d/90-scenario.yaml"), format!("{}\n", self.own), 644),
            (format!("{directory}/health.sh"), self.health.unwrap_or(HEALTH).to_owned(), 755),
        ];
        let mut script = format!(
            "set -e\n\
             systemctl stop clusterrebootd\n\
             rm -rf {directory}/disable {directory}/config.d /var/lib/clusterrebootd/* /run/clusterrebootd/* {STAGE} {MARKER}\n\
             mkdir -p {directory}/config.d {STAGE}\n\
             date --utc --set=@{now} >/dev/null\n"
        );
        for (path, text, mode) in files {
            writeln!(script, "cat >{path} <<'END-OF-FILE'\n{text}END-OF-FILE\nchmod {mode} {path}").ok();
        }
        script.push_str(
            "clusterrebootd validate-config\n\
             systemctl reset-failed clusterrebootd || true\n\
             systemctl enable --quiet clusterrebootd\n\
             systemctl start clusterrebootd\n",
        );
        script
    }
}
