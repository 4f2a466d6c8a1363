//! What the tests share: fleets on either store, nodes, and lines that lose what is sent.

mod fleet;
mod line;
mod node;
#[macro_use]
mod run;

pub(crate) use fleet::{Fleet, now};
pub(crate) use line::{Fate, Line};
pub(crate) use node::{Made, Node, well};
pub(crate) use run::{Behaviour, all_on_etcd};
