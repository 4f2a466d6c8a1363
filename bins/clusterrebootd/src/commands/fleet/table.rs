//! The table: one line a node.

use std::fmt::Write;

use crb_decide::ClaimPhase;
use crb_lock::{FleetNode, NodeState, Program};

use super::head::hue;
use super::look::Look;
use crate::words::{cut, ellipsis, plain, width};

/// What stands above the columns; the last one is as wide as what is left.
const TITLES: [&str; 7] = ["NODE", "STATE", "SINCE", "REBOOT", "VERSION", "REBOOTED", "WHY"];

/// How much of a terminal's width names may take, and how much they always may.
const SHARE: usize = 4;
const NAME: usize = 20;

/// What the last column is given on a narrow terminal before the versions are: of nodes that differ in them, a line
/// above the table tells.
const WHY: usize = 20;

const VERSION: usize = 4;
const LAST: usize = TITLES.len() - 1;

/// What stands between two columns.
const GAP: usize = 2;

/// How the table is laid out.
struct Layout {
    widths: [usize; TITLES.len()],
    has_versions: bool,
}

/// The lines of the table, its titles first. Without a row there is no line.
pub(super) fn lines(rows: &[&FleetNode], look: &Look) -> Vec<String> {
    if rows.is_empty() {
        return vec![];
    }
    let titles = TITLES.map(str::to_owned);
    let layout = Layout::of(rows, look);
    let mut lines = Vec::with_capacity(rows.len() + 1);
    lines.push(look.fit(&layout.line(&titles, look, None)));
    // Made once more and not kept: ten thousand rows are many cells.
    lines.extend(rows.iter().map(|row| {
        let mut cells = cells(row, look);
        if !layout.has_versions && row.program == Program::GoDaemon {
            let gap = if cells[LAST].is_empty() { "" } else { ", " };
            cells[LAST].insert_str(0, &format!("Go daemon{gap}"));
        }
        look.fit(&layout.line(&cells, look, Some(row.state)))
    }));
    lines
}

impl Layout {
    fn of(rows: &[&FleetNode], look: &Look) -> Self {
        let mut widths = TITLES.map(width);
        for cells in rows.iter().map(|row| cells(row, look)) {
            for (width, cell) in widths.iter_mut().zip(&cells) {
                *width = (*width).max(self::width(cell));
            }
        }
        let mut layout = Self { widths, has_versions: true };
        if let Some(columns) = look.columns {
            layout.widths[0] = layout.widths[0].min(NAME.max(columns / SHARE));
            let left = columns.saturating_sub(layout.widths[..LAST].iter().map(|width| width + GAP).sum());
            layout.has_versions = left >= layout.widths[LAST].min(WHY);
        }
        layout
    }

    fn line(&self, cells: &[String; TITLES.len()], look: &Look, state: Option<NodeState>) -> String {
        let mut line = String::new();
        for (index, (cell, room)) in cells.iter().zip(self.widths).enumerate() {
            if index == VERSION && !self.has_versions {
                continue;
            }
            let cell = if index == 0 { cut(cell, room, ellipsis(look.letters)) } else { cell.clone() };
            let gap = room.saturating_sub(width(&cell)) + GAP;
            let shown = match state {
                Some(state) if index == 1 => look.paint(&cell, hue(state)),
                _ => cell,
            };
            // Writing to a string cannot fail.
            write!(line, "{shown}{:gap$}", "").ok();
        }
        line.truncate(line.trim_end().len());
        line
    }
}

fn cells(row: &FleetNode, look: &Look) -> [String; TITLES.len()] {
    let unknown = if row.state == NodeState::Healthy { "-" } else { "?" };
    [
        plain(row.node.as_str()),
        row.state.as_str().to_owned(),
        row.since.map_or_else(|| unknown.to_owned(), |since| look.since(since)),
        match row.reboot_needed {
            Some(true) => "needed",
            Some(false) => "no",
            None => "?",
        }
        .to_owned(),
        match &row.program {
            Program::Clusterrebootd(Some(version)) => plain(version),
            Program::Clusterrebootd(None) | Program::Unknown => "?".to_owned(),
            Program::GoDaemon => "Go daemon".to_owned(),
        },
        row.last_reboot.map_or_else(|| "-".to_owned(), |last| look.ago(last.released_at)),
        why(row, look),
    ]
}

/// What there is to say of the state beside it.
fn why(row: &FleetNode, look: &Look) -> String {
    let place = row.place.map(|place| format!("place {place}"));
    let last_report = || {
        let last = row.last_report.filter(|_| row.since.is_none() || row.state == NodeState::Silent);
        last.map(|last| format!("last report {}", look.ago(last)))
    };
    let parts: Vec<String> = match row.state {
        NodeState::Overdue => {
            let due = row.deadline.map(|deadline| format!("was due {}", look.due(deadline)));
            phase(row).into_iter().chain(due).collect()
        }
        NodeState::Rebooting => {
            let due = row.deadline.map(|deadline| format!("due {}", look.due(deadline)));
            phase(row).into_iter().chain(due).collect()
        }
        NodeState::Stuck => vec!["its reboot command ran, and it did not reboot".to_owned()],
        NodeState::Unhealthy => words(row).into_iter().chain(place).chain(last_report()).collect(),
        NodeState::Silent => last_report().into_iter().chain(place).collect(),
        NodeState::Waiting => {
            let holds = match (&row.program, row.place) {
                (Program::GoDaemon | Program::Unknown, Some(1)) => Some("holds the lock".to_owned()),
                _ => None,
            };
            place.into_iter().chain(holds).collect()
        }
        NodeState::Healthy => vec![],
    };
    parts.join(", ")
}

fn words(row: &FleetNode) -> Option<String> {
    let (stage, reason) =
        (row.stage.as_deref().unwrap_or_default(), row.reason.as_deref().unwrap_or_default());
    match (stage, reason) {
        ("", "") => None,
        (one, "") | ("", one) => Some(plain(one)),
        (stage, reason) => Some(format!("{}: {}", plain(stage), plain(reason))),
    }
}

fn phase(row: &FleetNode) -> Option<String> {
    Some(match row.phase? {
        // A key without a lease that says so is nobody's claim: held by hand, or of the Go daemon.
        ClaimPhase::Waiting => "holds the lock".to_owned(),
        phase => phase.as_str().to_owned(),
    })
}
