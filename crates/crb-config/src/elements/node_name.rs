//! `node_name`: what the fleet calls this node.

use crb_decide::{NameError, NodeName};

use crate::{
    fault::Fault,
    read::{Optional, Section, Slot},
    sink::Read,
};

const HOSTNAME: &str = "@hostname";

pub(super) fn read(root: &Section<'_>, hostname: &str) -> Read<NodeName> {
    let slot = root.slot("node_name");
    let text = slot.text().required(&slot, "write a name that no other node has, or \"@hostname\"")?;
    if text == HOSTNAME { parse(&slot, hostname) } else { parse(&slot, text) }
}

/// The name of a node, this one or another.
pub(super) fn parse(slot: &Slot<'_>, text: &str) -> Read<NodeName> {
    NodeName::try_new(text).map_err(|error| {
        let hint = match error {
            NameError::Blank => "write a name; the system has no host name".to_owned(),
            NameError::Slash => format!("write {}", text.replace('/', "-")),
        };
        let fault = Fault::error("config::node_name_invalid", error.to_string()).advise(hint);
        slot.refuse(fault, &format!("`{text}`"))
    })
}
