//! The coordination protocol as a model, and a checker that visits every state of it.
//!
//! A [`System`] is a small fleet with a budget of [`Fault`]s: which may happen, and how many in one run. In
//! every state any daemon may make its next step, any machine may go down or come up, any lease that nobody
//! renews may end, any late request may arrive, and any fault may happen; so a pause is simply a daemon that
//! makes no step for a while. [`check`] follows all of it, to the end, against the [`invariants`]; and since a
//! checker that cannot fail proves nothing, each [`Mutant`] leaves one precaution out and must be caught.
//!
//! The steps are those of `crb-lock` and `crb-orchestrate`, one request to the store each:
//!
//! - `store`, `txn`: etcd with revisions and leases, and what each transaction compares and puts;
//! - `turn`: join, look for claims, queue, view, commit, settle, leave;
//! - `claim`: arm, run the command, verify, hold, release, abort;
//! - `machine`: crash, power cut, boot, and the end of leases;
//! - `operator`: pause, forget, unlock; `classic`: a peer that knows the classic lock recipe alone;
//! - `canonical`: revisions by rank and nodes in order, so that the states are finite, and few.
//!
//! **What is left out:** time, but for what it may do (a lease ends, an answer is slow, a report grows old);
//! local gates, but for closing; values that no step reads; `max_runs` is two and not three.
//!
//! **What is assumed:** requests of one daemon that it waits for are applied at most once; a machine runs one
//! daemon at a time; an operator strikes off the roster only what is not present, and unlocks an armed claim
//! only when she knows that its machine is down or has booted since. `tests/holes.rs` shows what happens
//! otherwise.

mod canonical;
mod check;
mod claim;
mod classic;
mod fault;
pub mod invariants;
mod machine;
mod mutant;
mod operator;
mod state;
mod step;
mod store;
mod system;
mod turn;
mod txn;

pub use check::{Report, check, shortest};
pub use fault::{Fate, Fault};
pub use mutant::Mutant;
pub use state::State;
pub use step::Action;
pub use system::System;
