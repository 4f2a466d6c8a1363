//! `health_script`, `health_timeout_sec`, `health_publish_interval_sec`: whether this node is healthy.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    fault::Fault,
    read::{Optional, Section},
    settings::HealthSettings,
    sink::Read,
    trust,
};

pub(super) const TIMEOUT: Duration = Duration::from_secs(30);
const PUBLISH_INTERVAL: Duration = Duration::from_secs(15);

/// How long the script may run. The lock must know it too.
pub(super) fn timeout(root: &Section<'_>) -> Read<Duration> {
    root.slot("health_timeout_sec").seconds(1).default_to(TIMEOUT)
}

pub(super) fn read(root: &Section<'_>, timeout: Read<Duration>) -> Read<HealthSettings> {
    let publish_interval = root.slot("health_publish_interval_sec").seconds(1).default_to(PUBLISH_INTERVAL);
    let script = script(root);
    Ok(HealthSettings { script: script?, timeout: timeout?, publish_interval: publish_interval? })
}

fn script(root: &Section<'_>) -> Read<PathBuf> {
    let slot = root.slot("health_script");
    let hint = "write the absolute path of a script that exits 0 while this node is healthy";
    let script = Path::new(slot.text().required(&slot, hint)?);
    if !script.is_absolute() {
        let fault =
            Fault::error("config::health_script_relative", "`health_script` must be an absolute path");
        return Err(slot.refuse(fault.advise(hint), "does not begin with `/`"));
    }
    trust::check_program(&slot, script, trust::NO_REBOOT)?;
    Ok(script.to_owned())
}
