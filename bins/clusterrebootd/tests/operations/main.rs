//! docs/operations.md: its commands are run and answer as it says, and what it names there is.

#![allow(clippy::disallowed_methods, reason = "these tests start the program that they are about")]
#![allow(clippy::unwrap_used, reason = "a test may")]

mod bed;
mod incidents;
mod names;
mod page;
mod rollout;

use bed::Bed;

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_clusterrebootd");

/// What an operator does who follows a section of the page.
type Scene = fn(&mut Bed);

/// Every section that has commands, in the order of the page.
const SCENES: [(&str, Scene); 15] = [
    ("Stop everything now", incidents::stop_everything),
    ("Nothing reboots", incidents::nothing_reboots),
    ("A node never came back", incidents::never_came_back),
    ("Reboot pending", incidents::reboot_pending),
    ("Fleet paused", incidents::fleet_paused),
    ("Daemon silent", incidents::daemon_silent),
    ("Config rejected", incidents::config_rejected),
    ("Etcd was restored", incidents::etcd_restored),
    ("Install", rollout::install),
    ("First roll-out", rollout::first_rollout),
    ("Windows", rollout::windows),
    ("Upgrades", rollout::upgrades),
    ("Migration from the Go daemon", rollout::migration),
    ("Removing a node", rollout::removing),
    ("Etcd users and roles", rollout::etcd_users),
];

#[test]
fn every_section_with_commands_has_its_scene() {
    let sections = page::sections().into_iter().filter(|section| !section.commands.is_empty());
    let titles: Vec<String> = sections.map(|section| section.title).collect();
    assert_eq!(titles, SCENES.map(|(title, _)| title));
}

#[test]
fn every_command_does_what_the_page_says() {
    for (title, scene) in SCENES {
        let mut bed = Bed::at(title);
        scene(&mut bed);
        bed.is_at_the_end();
    }
}
