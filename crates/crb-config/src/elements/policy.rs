//! `cluster_policies`: what must hold of the fleet before this node may go down.

use std::collections::BTreeSet;

use crb_decide::{Basis, NodeName, Policy};

use crate::{
    elements::node_name,
    fault::Fault,
    read::{Optional, Section, Slot, all},
    sink::Read,
};

const BASES: [(&str, Basis); 2] =
    [("after_reboot", Basis::AfterReboot), ("before_reboot", Basis::BeforeReboot)];

/// Reads the policy of the node `me`, as far as its name is known.
pub(super) fn read(root: &Section<'_>, me: Option<&NodeName>) -> Read<Policy> {
    root.slot("cluster_policies").section(|policies| {
        let fraction = policies.slot("min_healthy_fraction");
        let forbid = policies.slot("forbid_if_only_fallback_left");
        let min_fallback = policies.slot("min_healthy_fallback");

        let min_healthy_fraction = healthy_fraction(&fraction);
        let min_healthy_absolute = policies.slot("min_healthy_absolute").whole(0..=u32::MAX);
        let forbid_if_only_fallback_left = forbid.flag().default_to(false);
        let fallbacks = policies.slot("fallback_nodes");
        let fallback_nodes = fallback_nodes(&fallbacks);
        let min_healthy_fallback = min_fallback.whole(0..=u32::MAX);
        let basis = policies.slot("basis").one_of(&BASES).default_to(Basis::default());
        let max_unhealthy = policies.slot("max_unhealthy").whole(0..=u32::MAX).default_to(0);

        let policy = Policy {
            min_healthy_fraction: min_healthy_fraction?,
            min_healthy_absolute: min_healthy_absolute?,
            forbid_if_only_fallback_left: forbid_if_only_fallback_left?,
            fallback_nodes: fallback_nodes?,
            min_healthy_fallback: min_healthy_fallback?,
            basis: basis?,
            max_unhealthy: max_unhealthy?,
        };
        warn_of_a_whole_fleet(&policy, &fraction);
        warn_of_too_few_fallbacks(&policy, &min_fallback, &fallbacks, me);
        if policy.forbid_if_only_fallback_left && policy.fallback_nodes.is_empty() {
            let fault = Fault::warning(
                "config::fallback_nodes_missing",
                "`forbid_if_only_fallback_left` is set, and there are no fallback nodes",
            );
            forbid.tell(
                fault.advise("list them as `fallback_nodes`"),
                "holds as soon as any other node is healthy",
            );
        }
        Ok(policy)
    })
}

fn healthy_fraction(slot: &Slot<'_>) -> Read<Option<f64>> {
    let fraction = slot.number()?;
    if fraction.is_none_or(|fraction| fraction > 0.0 && fraction <= 1.0) {
        return Ok(fraction);
    }
    let message = format!("`{}` must be above 0 and at most 1", slot.path());
    let fault = Fault::error("config::fraction_out_of_range", message);
    Err(slot.refuse(fault.advise("write a share of the fleet, such as 0.6 for 60 %"), ""))
}

fn fallback_nodes(slot: &Slot<'_>) -> Read<BTreeSet<NodeName>> {
    let mut names = BTreeSet::new();
    let items = slot.items()?;
    all(items.iter().map(|item| {
        let name = item.text().required(item, "write a node's name, or remove the line")?;
        let name = node_name::parse(item, name)?;
        if names.contains(&name) {
            let fault =
                Fault::warning("config::fallback_node_duplicate", format!("`{name}` is listed twice"));
            item.tell(fault.advise("remove one of them"), "again here");
        }
        names.insert(name);
        Ok(())
    }))?;
    Ok(names)
}

/// Thresholds that no fleet can meet hold every reboot back, for ever.
fn warn_of_a_whole_fleet(policy: &Policy, fraction: &Slot<'_>) {
    if policy.min_healthy_fraction == Some(1.0) && policy.basis == Basis::AfterReboot {
        let fault = Fault::warning(
            "config::policy_never_met",
            "the whole fleet cannot be healthy while this node is down",
        );
        let hint = "write less than 1, or `basis: before_reboot` to count this node as it is now";
        fraction.tell(fault.advise(hint), "no reboot can ever meet this");
    }
}

/// A node that is down is no fallback for itself.
fn warn_of_too_few_fallbacks(policy: &Policy, least: &Slot<'_>, listed: &Slot<'_>, me: Option<&NodeName>) {
    let others = policy.fallback_nodes.iter().filter(|node| Some(*node) != me).count();
    if policy.min_healthy_fallback.is_none_or(|least| least as usize <= others) {
        return;
    }
    let besides = if others < policy.fallback_nodes.len() { " besides this node" } else { "" };
    let message = format!("more fallback nodes must be healthy than are listed{besides} ({others})");
    let fault = Fault::warning("config::policy_never_met", message);
    let fault = least.mark(fault, "no reboot can ever meet this");
    let fault = listed.mark(fault, "all that can stand in");
    least.sink().tell(fault.advise("lower it, or list more `fallback_nodes`"));
}
