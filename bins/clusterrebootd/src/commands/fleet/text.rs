//! The fleet as text: the head line, what needs eyes, and the table.

use crb_lock::{Fleet, FleetNode};

use super::look::Look;
use super::{head, table};
use crate::words::{self, width};

/// How far in the second line of what does not fit into one begins.
const INDENT: usize = 6;

pub(super) fn told(fleet: &Fleet, rows: &[&FleetNode], look: &Look) -> String {
    let mut text = lines(fleet, rows, look).join("\n");
    text.push('\n');
    text
}

/// The same in its lines.
pub(super) fn lines(fleet: &Fleet, rows: &[&FleetNode], look: &Look) -> Vec<String> {
    let mut lines = wrapped(&head::parts(fleet, look), look);
    for alert in head::alerts(fleet, look) {
        // What needs eyes is never cut.
        let folded =
            look.columns.map_or_else(|| alert.clone(), |columns| words::wrapped(&alert, columns, INDENT));
        lines.extend(folded.lines().map(|line| look.fit(line)));
    }
    if rows.len() < fleet.nodes.len() {
        lines.push(format!("shown: {} of {}", rows.len(), fleet.nodes.len()));
    }
    if !rows.is_empty() {
        lines.push(String::new());
        lines.extend(table::lines(rows, look));
    }
    lines
}

/// The parts in as many lines as they need on a terminal, and in one elsewhere.
fn wrapped(parts: &[String], look: &Look) -> Vec<String> {
    let between = look.letters.either(" · ", " | ");
    let Some(columns) = look.columns else { return vec![parts.join(between)] };
    let mut lines: Vec<String> = vec![];
    for part in parts {
        match lines.last_mut() {
            Some(line) if width(line) + width(between) + width(part) <= columns => {
                line.push_str(between);
                line.push_str(part);
            }
            _ => lines.push(part.clone()),
        }
    }
    lines.iter().map(|line| look.fit(line)).collect()
}

#[cfg(test)]
mod tests;
