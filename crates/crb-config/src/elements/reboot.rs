//! `reboot_command` and its times.

use std::time::Duration;

use crate::{
    elements::detectors::command_words,
    read::{Optional, Section},
    settings::RebootSettings,
    sink::Read,
};

const COMMAND: [&str; 4] = ["/sbin/shutdown", "-r", "now", "coordinated kernel reboot"];
const TIMEOUT: Duration = Duration::from_secs(1800);
const COMMAND_TIMEOUT: Duration = Duration::from_secs(120);

pub(super) fn read(root: &Section<'_>) -> Read<RebootSettings> {
    let command = command_words(&root.slot("reboot_command"));
    let timeout = root.slot("reboot_timeout_sec").seconds(1).default_to(TIMEOUT);
    let command_timeout = root.slot("reboot_command_timeout_sec").seconds(1).default_to(COMMAND_TIMEOUT);
    let post_stable = root.slot("post_reboot_stable_sec").seconds(0).default_to(Duration::ZERO);
    Ok(RebootSettings {
        command: command?.unwrap_or_else(|| COMMAND.map(str::to_owned).to_vec()),
        timeout: timeout?,
        command_timeout: command_timeout?,
        post_stable: post_stable?,
    })
}
