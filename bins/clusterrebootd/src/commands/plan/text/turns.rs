//! One row for each turn, under the time.

use crb_sim::plan::PlannedReboot;
use jiff::Timestamp;

use super::{Look, cut, line};
use crate::commands::plan::axis::{Openness, cells, marks, place};
use crate::commands::plan::local::grouped;
use crate::commands::plan::told::Told;
use crate::words::{plain, width};

/// How much of a row a name may take.
const LONGEST_NAME: usize = 24;

/// `Sat 28 Nov 04:10`, and what parts it from the bars.
const TIME: usize = 18;

/// What parts two marks at least, with the longer of their labels.
const MARK: usize = 8;

/// Draws the turns of `parts`, between which there are others.
pub(super) fn draw(text: &mut String, told: &Told<'_>, look: &Look, parts: &[&[PlannedReboot]]) {
    let (from, until) = told.drawn();
    let names = parts.iter().flat_map(|part| part.iter());
    let longest = names.map(|reboot| width(&plain(reboot.node.as_str()))).max().unwrap_or(0);
    let name = longest.clamp(7, LONGEST_NAME);
    let columns = look.width.saturating_sub(name + 1 + TIME).max(10);
    let sky = cells(&told.brief.outset.windows, from, until, columns);

    let (labels, ticks) = scale(told, look, columns);
    line(text, &look.paint("2", &format!("{:name$} {labels}", "")));
    line(text, &look.paint("2", &format!("{:name$} {ticks}  starts", "")));
    let shown: usize = parts.iter().map(|part| part.len()).sum();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            let more = told.forecast.reboots.len() - shown;
            line(text, &look.paint("2", &format!("{:name$} and {} more", "", grouped(more))));
        }
        for reboot in *part {
            let label = cut(&plain(reboot.node.as_str()), name, look);
            let gap = name.saturating_sub(width(&label)) + 1;
            let bar = bar(
                look,
                &sky,
                cell(from, until, reboot.starts, columns),
                cell(from, until, reboot.back, columns),
            );
            line(text, &format!("{label}{:gap$}{bar}  {}", "", told.local.short(reboot.starts)));
        }
    }
    let mut legend = vec![format!("{} out", look.out())];
    if sky.contains(&Openness::Closed) {
        legend.push(format!("{} no window is open", look.closed()));
    }
    if sky.contains(&Openness::Partly) {
        legend.push(format!("{} for a part of the time", look.partly()));
    }
    line(text, &look.paint("2", &format!("{:name$} {}", "", legend.join("   "))));
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a few columns"
)]
fn cell(from: Timestamp, until: Timestamp, at: Timestamp, columns: usize) -> usize {
    (place(from, until, at) * columns as f64) as usize
}

/// The windows, and on them the reboot: one cell at least.
fn bar(look: &Look, sky: &[Openness], starts: usize, back: usize) -> String {
    let starts = starts.min(sky.len().saturating_sub(1));
    let back = back.max(starts + 1);
    let shade = |part: &[Openness]| -> String {
        let letters = part.iter().map(|cell| match cell {
            Openness::Open => ' ',
            Openness::Partly => look.partly(),
            Openness::Closed => look.closed(),
        });
        look.paint("2", &letters.collect::<String>())
    };
    let after = back.min(sky.len());
    let out: String = (starts..after).map(|_| look.out()).collect();
    format!("{}{}{}", shade(&sky[..starts]), look.paint("36", &out), shade(&sky[after..]))
}

/// The labels of the marks, and the marks.
fn scale(told: &Told<'_>, look: &Look, columns: usize) -> (String, String) {
    let (from, until) = told.drawn();
    let (mut labels, mut ticks) = (vec![' '; columns], vec![look.letters.either('─', '-'); columns]);
    let mut free = 0;
    for mark in marks(&told.local, from, until, columns / MARK) {
        let at = cell(from, until, mark.at, columns);
        let length = mark.label.chars().count();
        if at >= free && at + length <= columns {
            for (offset, letter) in mark.label.chars().enumerate() {
                labels[at + offset] = letter;
            }
            ticks[at] = look.letters.either('┬', '+');
            free = at + length + 1;
        }
    }
    (labels.into_iter().collect(), ticks.into_iter().collect())
}
