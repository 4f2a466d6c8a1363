//! `lock_key`, `lock_ttl_sec`: the lock around reboots.

use std::time::Duration;

use crate::{
    fault::Fault,
    read::{Optional, Section},
    settings::LockSettings,
    sink::Read,
};

const KEY: &str = "/cluster/clusterrebootd/lock";
const TTL: Duration = Duration::from_secs(90);

pub(super) fn read(root: &Section<'_>, health_timeout: Read<Duration>) -> Read<LockSettings> {
    let key = key(root);
    let ttl = ttl(root, health_timeout);
    Ok(LockSettings { key: key?, ttl: ttl? })
}

/// A key of nothing but slashes would put the queue at the root of the namespace.
fn key(root: &Section<'_>) -> Read<String> {
    let slot = root.slot("lock_key");
    let key = slot.text().default_to(KEY)?;
    if key.trim().trim_matches('/').is_empty() {
        let fault = Fault::error("config::lock_key_empty", "`lock_key` names no key");
        return Err(slot.refuse(fault.advise(format!("write a path such as {KEY}")), "nothing but slashes"));
    }
    Ok(key.to_owned())
}

/// The script runs under the lock: the lock must not end before it does.
fn ttl(root: &Section<'_>, health_timeout: Read<Duration>) -> Read<Duration> {
    let slot = root.slot("lock_ttl_sec");
    let (ttl, health_timeout) = (slot.seconds(1).default_to(TTL)?, health_timeout?);
    if ttl <= health_timeout {
        let (ttl, health_timeout) = (ttl.as_secs(), health_timeout.as_secs());
        let message =
            format!("`lock_ttl_sec` ({ttl}) is not longer than `health_timeout_sec` ({health_timeout})");
        let fault = Fault::error("config::lock_ttl_too_short", message);
        let fault =
            fault.advise(format!("write `lock_ttl_sec: {}` or more", health_timeout.saturating_mul(2)));
        let fault = slot.mark(fault, "the lock ends");
        let fault = root.slot("health_timeout_sec").mark(fault, "the script may still run");
        return Err(slot.sink().refuse(fault));
    }
    Ok(ttl)
}
