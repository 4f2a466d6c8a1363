//! A plan as a picture: SVG, of itself alone, on a ground of its own, so that it reads alike on light and on dark pages.

mod chart;
mod sheet;

use crb_sim::plan::{Cause, End};

use super::local::span;
use super::told::Told;
use crate::words::{plain, width, wrapped};
use sheet::{Sheet, Style};

const WIDTH: f64 = 1_000.0;
const MARGIN: f64 = 40.0;
const INNER: f64 = WIDTH - 2.0 * MARGIN;

const INK: &str = "#1f2937";
const FAINT: &str = "#6b7280";
const LINE: &str = "#d7dce3";
const GROUND: &str = "#fbfcfd";
const SHADE: &str = "#e9edf2";
const BLUE: &str = "#2563a8";

/// How many columns a line of text may take.
const LETTERS: usize = 118;

/// The picture.
pub(super) fn drawn(told: &Told<'_>) -> String {
    let mut sheet = Sheet::new(WIDTH);
    let title = told.title();
    sheet.text(MARGIN, 52.0, Style::of(22.0, INK).bold(), &title);
    sheet.text(MARGIN, 76.0, Style::of(13.0, FAINT), &told.setting());
    let hue = match told.forecast.end {
        End::Done { .. } if told.forecast.barred.is_empty() => "#15703c",
        End::Done { .. } | End::TooFar { .. } => "#9a5b00",
        End::Never { .. } => "#b3261e",
    };
    let ending = told.ending();
    sheet.text(MARGIN, 108.0, Style::of(15.0, hue).bold(), &ending);
    let mut y = 132.0;
    for why in told.why() {
        let indent = if why.starts_with(' ') { 16.0 } else { 0.0 };
        for row in rows(&why) {
            sheet.text(MARGIN + indent, y, Style::of(13.0, INK), &row);
            y += 19.0;
        }
    }
    if !told.shares.is_empty() {
        y = shares(&mut sheet, told, y - 4.0);
    }
    if !told.forecast.reboots.is_empty() {
        y = chart::draw(&mut sheet, told, y + 26.0);
    }
    for note in &told.brief.notes {
        y += 8.0;
        for row in rows(&format!("Note: {}", plain(&note.message))) {
            y += 17.0;
            sheet.text(MARGIN, y, Style::of(12.0, FAINT), &row);
        }
    }
    let waiting = told.waiting();
    let about = if waiting.is_empty() { ending } else { format!("{ending} Waiting: {waiting}.") };
    sheet.finish(y + 34.0, &title, &about)
}

/// What the time goes by with, as one bar and its legend. Tells where they end.
fn shares(sheet: &mut Sheet, told: &Told<'_>, y: f64) -> f64 {
    const HEIGHT: f64 = 14.0;
    let total: f64 = told.shares.iter().map(|share| share.time.as_secs_f64()).sum();
    sheet.open_clip("shares", MARGIN, y, INNER, HEIGHT, 4.0);
    let mut x = MARGIN;
    for share in &told.shares {
        let width = INNER * share.time.as_secs_f64() / total.max(1.0);
        sheet.rect(x, y, width, HEIGHT, hue(share.cause));
        x += width;
    }
    sheet.close();
    let (baseline, mut x) = (y + HEIGHT + 20.0, MARGIN);
    for share in &told.shares {
        sheet.round(x, baseline - 10.0, 11.0, 11.0, 2.5, hue(share.cause));
        let label = format!("{} {} %", share.cause.as_str(), share.percent);
        let time = span(share.time);
        sheet.text(x + 17.0, baseline, Style::of(13.0, INK), &label);
        let at = x + 17.0 + wide(&label, 13.0) + 6.0;
        sheet.text(at, baseline, Style::of(12.0, FAINT), &time);
        x = at + wide(&time, 12.0) + 26.0;
    }
    baseline + 8.0
}

/// The colour of what is waited for.
const fn hue(cause: Cause) -> &'static str {
    match cause {
        Cause::Windows => "#94a3b8",
        Cause::Cooldown => "#d99a2b",
        Cause::Reboots => BLUE,
        Cause::Health => "#c0453b",
        Cause::Operator => "#7c5cb8",
    }
}

/// About how wide a text is; no font is known here.
fn wide(text: &str, size: f64) -> f64 {
    let letters = u32::try_from(width(text)).unwrap_or(u32::MAX);
    f64::from(letters) * size * 0.62
}

/// A sentence in rows.
fn rows(sentence: &str) -> Vec<String> {
    wrapped(sentence.trim_start(), LETTERS, 0).lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
