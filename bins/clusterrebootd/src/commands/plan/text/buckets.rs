//! One row for each hour, day or week: how many reboots begin in it.

use super::{Look, line};
use crate::commands::plan::axis::{Unit, buckets};
use crate::commands::plan::local::{count, grouped};
use crate::commands::plan::told::Told;
use crb_config::Letters;

/// What a count and its share of the whole take.
const NUMBERS: usize = 16;

pub(super) fn draw(text: &mut String, told: &Told<'_>, look: &Look) {
    let (from, until) = told.drawn();
    let unit = Unit::of(until.duration_since(from).unsigned_abs());
    let mut rest = told.forecast.reboots.as_slice();
    let rows: Vec<_> = buckets(&told.local, from, until, unit)
        .into_iter()
        .map(|bucket| {
            let (within, later) = rest.split_at(rest.partition_point(|reboot| reboot.starts < bucket.until));
            rest = later;
            (bucket, within.len())
        })
        .collect();
    let most = rows.iter().map(|(_, reboots)| *reboots).max().unwrap_or(0).max(1);
    let name = rows.iter().map(|(bucket, _)| unit.label(&bucket.begin).len()).max().unwrap_or(0);
    let columns = look.width.saturating_sub(name + 1 + NUMBERS).max(10);
    let (all, mut done, mut idle) = (told.planned().max(1), 0, 0);
    line(
        text,
        &look.paint("2", &format!("{:name$} {:>width$}", "", "reboots     done", width = columns + NUMBERS)),
    );
    for (bucket, reboots) in &rows {
        done += reboots;
        if *reboots == 0 {
            idle += 1;
            continue;
        }
        idle_rows(text, look, name, unit, std::mem::take(&mut idle));
        let bar = bar(look, *reboots, most, columns);
        let padding = " ".repeat(columns - bar.chars().count());
        line(
            text,
            &format!(
                "{:name$} {}{padding}{:>9} {:>4} %",
                unit.label(&bucket.begin),
                look.paint("36", &bar),
                grouped(*reboots),
                done * 100 / all
            ),
        );
    }
    idle_rows(text, look, name, unit, idle);
}

/// Those in which nothing begins take one row together.
fn idle_rows(text: &mut String, look: &Look, name: usize, unit: Unit, idle: usize) {
    if idle > 0 {
        line(text, &look.paint("2", &format!("{:name$} {} without a reboot", "", count(idle, unit.noun()))));
    }
}

/// A bar as long as the count is of the highest one, to an eighth of a letter.
fn bar(look: &Look, reboots: usize, most: usize, columns: usize) -> String {
    const PARTS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let eighths = (reboots * columns * 8 / most).max(1);
    let (whole, part) = (eighths / 8, eighths % 8);
    if look.letters == Letters::Ascii {
        return "#".repeat(whole.max(1));
    }
    let mut bar = "█".repeat(whole);
    if part > 0 {
        bar.push(PARTS[part]);
    }
    bar
}
