//! Every step of the protocol, on the in-memory store and on a real etcd.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[macro_use]
mod support;

mod arm;
mod claim;
mod commit;
mod commit_fences;
mod finish;
mod forget;
mod guard;
mod history;
mod hold;
mod join;

mod onlooker;
mod pause;
mod queue;
mod restored;
mod settle;
mod unlock;
mod unlock_fences;
mod view;
mod view_peers;
