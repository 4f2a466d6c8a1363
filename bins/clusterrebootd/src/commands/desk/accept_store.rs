//! `accept-store`: an operator confirms that etcd was restored or replaced.

use std::fmt::Write;

use crb_decide::ExitCode;
use crb_lock::{Acceptance, HoldRecord, Holds};

use super::failure::Failure;
use super::{confirm, sit_down};
use crate::cli::{AcceptStoreArgs, Output};
use crate::output;
use crate::system::System;

/// How many holds are told one by one.
const SHOWN: usize = 20;

pub(crate) fn run(args: &AcceptStoreArgs, system: &System) -> ExitCode {
    sit_down(&args.config, Output::Text, system, async |desk| {
        let operator = &desk.operator;
        let holds = operator.holds().await?;
        if holds.holds.is_empty() {
            output::result("No node holds the fleet: there is nothing to confirm.");
            return Ok(ExitCode::Success);
        }
        output::result(&told(&holds));
        confirm("Is this the etcd that the fleet is to go on with?", args.yes)?;
        let at = &desk.settings.node_name;
        match operator.accept_store(&holds, &args.reason, at, (desk.clock)()).await? {
            Acceptance::Lifted => {
                output::result("Confirmed: the hold is lifted.");
                Ok(ExitCode::Success)
            }
            Acceptance::Changed => Err(Failure::HoldsChanged),
        }
    })
}

fn told(holds: &Holds) -> String {
    let mut text = "These nodes found that etcd has gone backwards, and no node reboots:\n".to_owned();
    let width = holds.holds.iter().map(|(node, _)| node.len()).max().unwrap_or(0);
    for (node, record) in holds.holds.iter().take(SHOWN) {
        let what = record.as_ref().map_or_else(
            || "its hold cannot be read".to_owned(),
            |HoldRecord { since, reason, .. }| format!("since {since:.0}: {reason}"),
        );
        // Writing to a string cannot fail.
        writeln!(text, "  {node:width$}  {what}").ok();
    }
    let more = holds.holds.len().saturating_sub(SHOWN);
    if more > 0 {
        writeln!(text, "  and {more} more").ok();
    }
    text.push_str(
        "Before you confirm: every node that was out must be back, or have its claim in etcd again, which it puts \
         there itself as soon as it has joined.",
    );
    text
}
