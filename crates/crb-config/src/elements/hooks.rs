//! `hooks`: programs of the operator's own around a reboot, and for events.

use std::{collections::HashMap, path::Path, time::Duration};

use crb_decide::OnFailure;

use crate::{
    events::EVENTS,
    fault::Fault,
    read::{Optional, Section, Slot, all},
    settings::{EventHookSettings, HookSettings, HooksSettings},
    sink::Read,
    suggest,
    tree::Span,
    trust,
};

use super::detectors::command_words;

/// A drain moves what runs here to other nodes, which may take minutes.
const TIMEOUT: Duration = Duration::from_secs(300);
const EVENT_TIMEOUT: Duration = Duration::from_secs(30);
const ON_FAILURE: [(&str, OnFailure); 2] =
    [(OnFailure::Block.as_str(), OnFailure::Block), (OnFailure::Continue.as_str(), OnFailure::Continue)];

pub(super) fn read(root: &Section<'_>, reboot_timeout: Read<Duration>) -> Read<HooksSettings> {
    root.slot("hooks").section(|hooks| {
        let pre_slot = hooks.slot("pre_reboot");
        let pre_reboot = list(&pre_slot, without_pre_reboot);
        let post_reboot = list(&hooks.slot("post_reboot"), without_post_reboot);
        let on_event = on_event(&hooks.slot("on_event"));
        let pre_reboot = pre_reboot?;
        if let Ok(reboot_timeout) = reboot_timeout {
            check_time(&pre_slot, &pre_reboot, reboot_timeout);
        }
        Ok(HooksSettings { pre_reboot, post_reboot: post_reboot?, on_event: on_event? })
    })
}

/// What comes of it as long as a hook's program is missing.
type Without = fn(OnFailure) -> &'static str;

const fn without_pre_reboot(on_failure: OnFailure) -> &'static str {
    match on_failure {
        OnFailure::Block => trust::NO_REBOOT,
        OnFailure::Continue => "this node reboots without it",
    }
}

const fn without_post_reboot(on_failure: OnFailure) -> &'static str {
    match on_failure {
        OnFailure::Block => "this node keeps its slot after a reboot, and holds the others back",
        OnFailure::Continue => "this node frees its slot without it",
    }
}

fn list(slot: &Slot<'_>, without: Without) -> Read<Vec<HookSettings>> {
    let items = slot.items()?;
    let mut names = HashMap::new();
    all(items.iter().map(|item| {
        if !item.is_given() {
            let fault = Fault::error("config::missing_key", format!("`{}` is empty", item.path()));
            return Err(
                item.refuse_absent(fault.advise("write `- {name: drain, cmd: [/usr/local/bin/drain]}`"))
            );
        }
        item.section(|section| hook(section, slot, without, &mut names))
    }))
}

/// A hook of `list`, in which `names` stand already.
fn hook(
    section: &Section<'_>,
    list: &Slot<'_>,
    without: Without,
    names: &mut HashMap<String, Span>,
) -> Read<HookSettings> {
    let slot = section.slot("name");
    let name = slot.text().required(&slot, "write a name, by which logs and `status` tell the hooks apart");
    let name = name.and_then(|name| check_unique(list, &slot, name, names));
    let on_failure = section.slot("on_failure").one_of(&ON_FAILURE).default_to(OnFailure::default());
    let cmd = command(&section.slot("cmd"), without(*on_failure.as_ref().unwrap_or(&OnFailure::default())));
    let timeout = section.slot("timeout_sec").seconds(1).default_to(TIMEOUT);
    Ok(HookSettings { name: name?, cmd: cmd?, timeout: timeout?, on_failure: on_failure? })
}

fn on_event(slot: &Slot<'_>) -> Read<Option<EventHookSettings>> {
    if !slot.is_given() {
        return Ok(None);
    }
    slot.section(|section| {
        let cmd = command(&section.slot("cmd"), "nobody is told of these events");
        let timeout = section.slot("timeout_sec").seconds(1).default_to(EVENT_TIMEOUT);
        let events = events(&section.slot("events"));
        Ok(Some(EventHookSettings { cmd: cmd?, timeout: timeout?, events: events? }))
    })
}

fn events(slot: &Slot<'_>) -> Read<Vec<&'static str>> {
    let items = slot.items()?;
    let example = "write which, such as `[reboot_committed, reboot_verified, reboot_overdue]`";
    if items.is_empty() {
        let fault = Fault::error("config::no_events", format!("`{}` needs at least one event", slot.path()));
        return Err(slot.refuse_absent(fault.advise(example)));
    }
    all(items.iter().map(|item| {
        let text = item.text().required(item, example)?;
        EVENTS.iter().find(|event| **event == text).copied().ok_or_else(|| {
            let hint = match suggest::nearest(text, EVENTS.iter().copied()) {
                Some(event) => format!("did you mean `{event}`?"),
                None => format!("{example}; docs/hooks.md names all"),
            };
            let fault = Fault::error("config::unknown_event", format!("there is no event `{text}`"));
            item.refuse(fault.advise(hint), "never told")
        })
    }))
}

/// A program and its arguments. One with an absolute path can be checked now.
fn command(slot: &Slot<'_>, without: &str) -> Read<Vec<String>> {
    let cmd = command_words(slot).required(slot, "write the program and its arguments as a list")?;
    let program = cmd.first().map(Path::new).filter(|program| program.is_absolute());
    program.map_or(Ok(()), |program| trust::check_program(slot, program, without))?;
    Ok(cmd)
}

fn check_unique(
    list: &Slot<'_>,
    slot: &Slot<'_>,
    name: &str,
    names: &mut HashMap<String, Span>,
) -> Read<String> {
    let at = slot.span();
    let Some(first) = names.insert(name.to_owned(), at) else { return Ok(name.to_owned()) };
    let message = format!("two hooks of `{}` are named `{name}`", list.path());
    let fault = Fault::error("config::hook_name_duplicate", message);
    let fault = fault.at(at, "the second").at(first, "the first");
    Err(slot.sink().refuse(fault.advise("give each hook a `name` of its own")))
}

/// Hooks run between the commit and the reboot, and so within the time in which the node is to be back.
fn check_time(slot: &Slot<'_>, hooks: &[HookSettings], reboot_timeout: Duration) {
    let longest: Duration = hooks.iter().map(|hook| hook.timeout).sum();
    if longest < reboot_timeout {
        return;
    }
    let message = format!(
        "the hooks of `{}` may take {} s, and the node is overdue after {} s",
        slot.path(),
        longest.as_secs(),
        reboot_timeout.as_secs()
    );
    let fault = Fault::warning("config::hooks_too_long", message);
    slot.tell(fault.advise("raise `reboot_timeout_sec`, or lower `timeout_sec` of the hooks"), "");
}
