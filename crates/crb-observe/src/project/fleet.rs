//! The fleet: cooldown, peers, and this node as they see it.

use std::time::Duration;

use crb_decide::{Cooldown, FleetFacts, NodeName, Overdue, Pause, PeerState, Reason, Stage};
use jiff::Timestamp;
use serde_json::Value;

use super::Said;
use super::fields::{LISTED, ms, object, reasons, sentence, time};
use crate::labels;
use crate::level::Level;
use crate::record::Fields;

pub(super) fn cooldown(stage: Stage, cooldown: Option<&Cooldown>) -> Said {
    let until = cooldown.and_then(|cooldown| cooldown.until);
    let message = cooldown.map_or_else(
        || "no cooldown".to_owned(),
        |cooldown| Reason::CooldownActive { node: cooldown.node.clone(), until }.to_string(),
    );
    Said::info(
        message,
        Fields::default()
            .with("phase", stage.as_str())
            .with("result", labels::activity(cooldown.is_some()))
            .with_some("node", cooldown.map(|cooldown| cooldown.node.as_str()))
            .with_some("until", until.map(time)),
    )
}

pub(super) fn cooldown_started(duration: Duration, result: &Result<(), String>) -> Said {
    let fields = Fields::default()
        .with("result", labels::success(result.is_ok()))
        .with("duration_ms", ms(duration))
        .with_some("error", result.as_ref().err().map(String::as_str));
    match result {
        Ok(()) => Said::info("the fleet cools down after this node's reboot", fields),
        Err(error) => Said::error(format!("the cooldown could not be started: {error}"), fields),
    }
}

pub(super) fn status(stage: Stage, facts: &FleetFacts, against: &[Reason]) -> Said {
    let (level, message) = if against.is_empty() {
        (Level::Info, "the fleet can spare this node".to_owned())
    } else {
        (Level::Warn, sentence(against))
    };
    let count = |state| facts.peers.values().filter(|peer| labels::peer(peer) == state).count();
    let mut fields = Fields::default()
        .with("phase", stage.as_str())
        .with("result", labels::healthy(against.is_empty()))
        .with("total_nodes", facts.total())
        .with("healthy_count", count("healthy"))
        .with("unhealthy_count", count("unhealthy"))
        .with("silent_count", count("silent"))
        .with("rebooting_count", count("rebooting"))
        .with("slots", facts.slots);
    if !against.is_empty() {
        fields.push("unhealthy_nodes", unwell(facts));
        fields.push("reasons", reasons(against));
    }
    Said::new(level, message, fields)
}

fn unwell(facts: &FleetFacts) -> Value {
    let one = |(node, state): (&NodeName, &PeerState)| {
        let who = [("node", Some(node.as_str().into())), ("status", Some(labels::peer(state).into()))];
        object(who.into_iter().chain(details(state)))
    };
    let unwell = |(_, state): &(&NodeName, &PeerState)| {
        matches!(state, PeerState::Unhealthy { .. } | PeerState::Silent { .. })
    };
    facts.peers.iter().filter(unwell).take(LISTED).map(one).collect()
}

fn details(peer: &PeerState) -> [(&'static str, Option<Value>); 3] {
    let (stage, reason, last_report) = match peer {
        PeerState::Unhealthy { stage, reason } => (Some(stage.as_str()), Some(reason.as_str()), None),
        PeerState::Silent { last_report } => (None, None, last_report.map(time)),
        PeerState::Healthy | PeerState::Rebooting => (None, None, None),
    };
    [
        ("stage", stage.map(Value::from)),
        ("reason", reason.map(Value::from)),
        ("last_report", last_report.map(Value::from)),
    ]
}

pub(super) fn update(healthy: bool, stage: &str, reason: &str, result: &Result<(), String>) -> Said {
    let status = labels::healthy(healthy);
    let fields = Fields::default()
        .with("phase", stage)
        .with("status", status)
        .with_some("reason", (!reason.is_empty()).then_some(reason))
        .with("result", labels::success(result.is_ok()))
        .with_some("error", result.as_ref().err().map(String::as_str));
    match result {
        Ok(()) if healthy => Said::info("reports itself healthy", fields),
        Ok(()) => Said::warn(format!("reports itself unhealthy: {reason}"), fields),
        Err(error) => Said::error(format!("could not report itself {status}: {error}"), fields),
    }
}

pub(super) fn peer(peer: &NodeName, state: Option<&PeerState>) -> Said {
    let level = match state {
        Some(PeerState::Unhealthy { .. } | PeerState::Silent { .. }) => Level::Warn,
        Some(PeerState::Healthy | PeerState::Rebooting) | None => Level::Info,
    };
    let message = match state {
        Some(state) => format!("{peer} is {}", labels::peer(state)),
        None => format!("{peer} is no longer on the roster"),
    };
    let mut fields =
        Fields::default().with("peer", peer.as_str()).with("status", state.map_or("gone", labels::peer));
    for (name, value) in state.map(details).into_iter().flatten() {
        fields = fields.with_some(name, value);
    }
    Said::new(level, message, fields)
}

pub(super) fn paused(pause: &Pause) -> Said {
    let Pause { by, reason, until } = pause.clone();
    Said::warn(Reason::Paused { by, reason, until }.to_string(), of_pause(pause))
}

pub(super) fn resumed(pause: &Pause) -> Said {
    Said::info(format!("the fleet is no longer paused by {}: {}", pause.by, pause.reason), of_pause(pause))
}

fn of_pause(pause: &Pause) -> Fields {
    Fields::default()
        .with("by", pause.by.as_str())
        .with("reason", pause.reason.as_str())
        .with_some("until", pause.until.map(time))
}

pub(super) fn overdue(peer: &NodeName, since: Option<Timestamp>, deadline: Timestamp) -> Said {
    let overdue = Reason::RebootOverdue(Overdue { node: peer.clone(), since, deadline });
    Said::error(
        overdue.to_string(),
        Fields::default()
            .with("peer", peer.as_str())
            .with_some("since", since.map(time))
            .with("deadline", time(deadline)),
    )
}

pub(super) fn overdue_ended(peer: &NodeName, deadline: Timestamp, late: Duration) -> Said {
    Said::info(
        format!("{peer} is no longer out, {} s after its deadline", late.as_secs()),
        Fields::default()
            .with("peer", peer.as_str())
            .with("deadline", time(deadline))
            .with("duration_ms", ms(late)),
    )
}
