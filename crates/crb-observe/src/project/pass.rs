//! The daemon and its passes.

use crb_decide::{Decision, Reason};

use super::Said;
use super::fields::{level, reasons, sentence};
use crate::level::Level;
use crate::record::Fields;

pub(super) fn started(version: &str, boot_id: &str, dry_run: bool) -> Said {
    let mode = if dry_run { ", and only pretends (dry run)" } else { "" };
    Said::info(
        format!("clusterrebootd {version} starts{mode}"),
        Fields::default().with("version", version).with("boot_id", boot_id).with("dry_run", dry_run),
    )
}

pub(super) fn outcome(decision: &Decision, dry_run: bool, reboot_required: Option<bool>) -> Said {
    let why = decision.reasons();
    Said::new(
        why.iter().map(level).max().unwrap_or(Level::Warn),
        sentence(why),
        Fields::default()
            .with("status", decision.outcome().as_str())
            .with_some("reason", why.first().map(Reason::code))
            .with("reasons", reasons(why))
            .with("dry_run", dry_run)
            .with("reboot_required", reboot_required),
    )
}
