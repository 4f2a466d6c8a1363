//! What must hold in every state.

use stateright::Property;

use crate::fault::Broken;
use crate::state::{At, Node, Out, State};
use crate::store::{NEVER, Phase};
use crate::system::System;

/// At most `slots` claims are in the store.
pub const SLOTS_IN_STORE: &str = "I1, claims";
/// At most `slots` machines are out.
pub const SLOTS_IN_FACT: &str = "I1, machines";
/// A machine that is out has its claim in the store.
pub const CLAIM_STANDS: &str = "I2";
/// The command runs under an acknowledged arm alone.
pub const ARMED_FIRST: &str = "I3";
/// A claim ends by release, abort or unlock.
pub const CLAIM_ENDS: &str = "I4";
/// A commit applies on a current view alone.
pub const CURRENT_VIEW: &str = "I5";
/// Whoever needs it reboots, or something that is named blocks.
pub const GOES_ON: &str = "I6";
/// One machine commits under one name.
pub const ONE_MACHINE: &str = "I7";
/// A commit applies at the head of the queue alone.
pub const IN_TURN: &str = "in turn";
/// No commit applies while the classic peer stands ahead in the queue.
pub const CLASSIC_FIRST: &str = "the classic peer first";
/// The classic peer does not go down while one of ours is out.
pub const CLASSIC_WAITS: &str = "the classic peer waits";
/// A commit applies only while its node still thinks of it.
pub const SETTLED: &str = "settled";

/// The invariants, and what must be reachable for them to mean anything.
pub(crate) fn all() -> Vec<Property<System>> {
    vec![
        Property::always(SLOTS_IN_STORE, |system: &System, state: &State| {
            let claims = state.store.queue.iter().filter(|key| !key.leased).count();
            claims <= system.most_claims()
        }),
        Property::always(SLOTS_IN_FACT, |system: &System, state: &State| {
            out(system, state) <= system.slots.into()
        }),
        Property::always(CLAIM_STANDS, |_, state: &State| {
            (0..).zip(&state.nodes).filter(|(_, node)| node.out == Out::Yes).all(|(machine, _)| {
                state.store.queue.iter().any(|key| key.machine == machine && key.phase != Phase::Waiting)
            })
        }),
        Property::always(ARMED_FIRST, |_, state: &State| !Broken::I3.is_in(state.broken)),
        Property::always(CLAIM_ENDS, |_, state: &State| !Broken::I4.is_in(state.broken)),
        Property::always(CURRENT_VIEW, |_, state: &State| !Broken::I5.is_in(state.broken)),
        Property::always(ONE_MACHINE, |_, state: &State| !Broken::I7.is_in(state.broken)),
        Property::always(IN_TURN, |_, state: &State| !Broken::TURN.is_in(state.broken)),
        Property::always(CLASSIC_FIRST, |_, state: &State| !Broken::CLASSIC_AHEAD.is_in(state.broken)),
        Property::always(CLASSIC_WAITS, |_, state: &State| !Broken::CLASSIC_BESIDE.is_in(state.broken)),
        Property::always(SETTLED, |_, state: &State| !Broken::SETTLED.is_in(state.broken)),
        Property::always(GOES_ON, |system: &System, state: &State| {
            let rests = |state: &State| is_done(state) || is_blocked(system, state);
            if system.heals {
                system.comes_to_rest(state).is_some_and(|state| rests(&state))
            } else {
                rests(state) || system.goes_on(state)
            }
        }),
        Property::sometimes("somebody reboots", |_, state: &State| {
            state.nodes.iter().any(|node| node.out == Out::Yes && !node.up)
        }),
        Property::sometimes("everybody has rebooted", |_, state: &State| is_done(state)),
    ]
}

/// How many machines are out; one that was unlocked, while it is down or may go down yet. The classic peer counts
/// while it is down, where anything can be promised of it.
fn out(system: &System, state: &State) -> usize {
    let may_go_down = |node: &Node| node.falling || matches!(node.at, At::Armed { .. });
    let is_out = |node: &&Node| match node.out {
        Out::No => false,
        Out::Yes => true,
        Out::Unlocked => !node.up || may_go_down(node),
    };
    let ours = state.nodes.iter().filter(is_out).count();
    let classic = (0..)
        .zip(&state.nodes)
        .filter(|(machine, node)| system.is_classic(*machine) && !node.up && system.lease_outlives_report)
        .count();
    ours + classic
}

fn is_done(state: &State) -> bool {
    let present = || state.nodes.iter().filter(|node| node.at != At::Absent);
    present().all(|node| node.up && node.needs == 0)
        && state.store.queue.is_empty()
        && state.store.health.iter().flatten().all(|health| health.healthy)
}

/// Whether something blocks of which `status` tells.
fn is_blocked(system: &System, state: &State) -> bool {
    let stuck = state.store.queue.iter().any(|key| key.phase == Phase::Stuck);
    let outlived = state.nodes.iter().any(|node| node.at == At::Outlived);
    let name_taken = system.twins && state.nodes.iter().any(|node| node.runs() && node.joined == NEVER);
    stuck || outlived || name_taken
}
