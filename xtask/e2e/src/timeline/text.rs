//! A timeline as text: one line a node, one letter a stretch of time.

use std::fmt::Write as _;
use std::time::Duration;

use super::{Power, Timeline};

/// So many letters for the whole time.
const WIDTH: u32 = 80;

/// Draws it for a terminal, with what the letters mean below.
pub(crate) fn text(timeline: &Timeline) -> String {
    let whole = timeline.to.saturating_sub(timeline.from);
    let step = (whole / WIDTH).max(Duration::from_millis(1));
    let mut text = format!("{} ({} s)\n", timeline.title, whole.as_secs());
    let widest = timeline.nodes.keys().map(String::len).max().unwrap_or_default();
    for (node, spans) in &timeline.nodes {
        // Whether it falls into the column, be it with a part.
        let falls = |column: u32, from: Duration, to: Duration| {
            from < timeline.from + step * (column + 1) && to > timeline.from + step * column
        };
        let letter = |column: u32| {
            // Short spans are not to be lost: of all that fall into a column, the worst is shown.
            let seen = spans.iter().filter(|span| falls(column, span.from, span.to));
            seen.map(|span| letter_of(&span.power)).min_by_key(|letter| "xv^= ".find(*letter)).unwrap_or(' ')
        };
        let line: String = (0..WIDTH).map(letter).collect();
        // Writing to a string cannot fail.
        writeln!(text, "{node:<widest$} {}", line.trim_end()).ok();
        if timeline.claims.iter().any(|claim| claim.node == *node) {
            let held = |column: u32| {
                let mut own = timeline.claims.iter().filter(|claim| claim.node == *node);
                if own.any(|claim| falls(column, claim.from, claim.to)) { '-' } else { ' ' }
            };
            let line: String = (0..WIDTH).map(held).collect();
            writeln!(text, "{:<widest$} {}", "", line.trim_end()).ok();
        }
    }
    for (at, what) in &timeline.marks {
        writeln!(text, "{:>5} s  {what}", at.saturating_sub(timeline.from).as_secs()).ok();
    }
    text.push_str("= up   v going down   ^ coming up   x off   - its claim stands in etcd\n");
    text
}

const fn letter_of(power: &Power) -> char {
    match power {
        Power::Off => 'x',
        Power::Boots => '^',
        Power::Up(_) => '=',
        Power::GoesDown => 'v',
    }
}
