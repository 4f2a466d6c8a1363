//! What the demo says at its end.

use std::fmt::Write;
use std::time::Duration;

use crb_decide::NodeName;
use crb_sim::Summary;

/// The table of times, and what was proven.
pub(super) fn told(summary: &Summary, slots: u32) -> String {
    let width = summary.nodes.keys().map(|node| node.as_str().len()).max().unwrap_or(0).max(4);
    let mut text = format!("\n{:width$}  {:>9}  {:>9}  {:>9}\n", "node", "waited", "out", "down");
    for (node, course) in &summary.nodes {
        let [waited, out, down] = [course.waited, course.out, course.down].map(seconds);
        // Writing to a string cannot fail.
        writeln!(text, "{:width$}  {waited:>9}  {out:>9}  {down:>9}", node.as_str()).ok();
    }
    writeln!(text).ok();
    let rebooted = summary.nodes.len();
    writeln!(text, "{rebooted} nodes rebooted in {}.", seconds(summary.total)).ok();
    if !summary.unfinished.is_empty() {
        let names: Vec<&str> = summary.unfinished.iter().map(NodeName::as_str).collect();
        writeln!(text, "Still to come: {}.", names.join(", ")).ok();
    }
    write!(
        text,
        "Checked at {} revisions of the lock's queue and at every power-off: never more than {} out at \
         once, with {slots} allowed; never more than {} down.",
        summary.revisions_checked, summary.most_out_at_once, summary.most_down_at_once
    )
    .ok();
    text
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
