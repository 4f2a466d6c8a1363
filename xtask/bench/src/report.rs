//! The figures for people and for programs.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use xtask::{Failure, Workspace};

use crate::clock;
use crate::figure::Figure;
use crate::limits::Row;

/// How busy the machine is: the averages of the last 1, 5 and 15 minutes, as the kernel writes them.
pub(crate) fn load() -> String {
    let told = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    told.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// One row a figure: what it comes to, its range, and what is promised.
pub(crate) fn table(figures: &[Figure]) -> String {
    let mut text = format!("{:<50} {:>12} {:>23} {:>12}\n", "", "figure", "least to most", "target");
    for figure in figures {
        let row = Row::of(figure);
        let value = row.value(figure);
        let least = figure.values.iter().copied().fold(f64::MAX, f64::min);
        let range = format!("{} to {}", number(least), number(figure.most()));
        let verdict = if value > row.target { "  OVER" } else { "" };
        let (what, target) = (row.what, number(row.target));
        // Writing to a string cannot fail.
        let _ =
            writeln!(text, "{what:<50} {:>12} {range:>23} {target:>12} {}{verdict}", number(value), row.unit);
    }
    text
}

/// Writes the figures to `target/bench/figures.json`, with what they depend on.
pub(crate) fn write(
    workspace: &Workspace,
    binary: &Path,
    load: &str,
    figures: &[Figure],
) -> Result<PathBuf, Failure> {
    let figures: Vec<Value> = figures
        .iter()
        .map(|figure| {
            let row = Row::of(figure);
            json!({
                "key": row.key,
                "what": row.what,
                "unit": row.unit,
                "value": row.value(figure),
                "values": figure.values,
                "target": row.target,
                "limit": row.limit,
            })
        })
        .collect();
    let document = json!({
        "binary": binary,
        "taken_at": clock::now().as_secs(),
        "kernel": fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim(),
        "processors": std::thread::available_parallelism().map_or(0, usize::from),
        "load": { "before": load, "after": self::load() },
        "figures": figures,
    });
    let directory = workspace.tools.with_file_name("bench");
    let file = directory.join("figures.json");
    let text = format!("{document:#}\n");
    fs::create_dir_all(&directory)
        .and_then(|()| fs::write(&file, text))
        .map_err(|source| Failure::File { path: file.clone(), source })?;
    Ok(file)
}

/// Short, and no more exact than it was measured.
fn number(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_tells_the_figure_its_range_and_the_target() {
        let figures = [Figure::of("version_ms", [7.25, 1.0, 9.0]), Figure::of("connections", [1.0])];
        let table = table(&figures);
        let rows: Vec<Vec<&str>> =
            table.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
        assert!(rows[0].ends_with(&["7.25", "1", "to", "9", "5", "ms", "OVER"]), "{table}");
        assert!(rows[1].ends_with(&["1", "1", "to", "1", "1"]), "{table}");
    }
}
