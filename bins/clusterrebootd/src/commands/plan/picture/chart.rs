//! The time: the windows behind, and before them every turn, or how many there are in each hour, day or week.

use crb_config::Letters;
use crb_sim::plan::PlannedReboot;
use jiff::Timestamp;

use super::sheet::{Sheet, Style};
use super::{BLUE, FAINT, INK, INNER, MARGIN, SHADE, wide};
use crate::commands::plan::axis::{Openness, Unit, buckets, cells, marks, place};
use crate::commands::plan::local::{count, grouped, span};
use crate::commands::plan::told::Told;
use crate::words::{cut, ellipsis, plain};

/// Up to so many turns have a row each.
const ONE_BY_ONE: usize = 60;

const ROW: f64 = 22.0;
const HIGH: f64 = 240.0;

/// The windows are drawn to two pixels.
const CELL: f64 = 2.0;

const LONGEST_NAME: usize = 26;

/// Where it is drawn.
struct Frame {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    from: Timestamp,
    until: Timestamp,
}

impl Frame {
    fn x(&self, at: Timestamp) -> f64 {
        self.left + (self.right - self.left) * place(self.from, self.until, at)
    }
}

/// Draws it below `y`, and tells where it ends.
pub(super) fn draw(sheet: &mut Sheet, told: &Told<'_>, y: f64) -> f64 {
    let reboots = &told.forecast.reboots;
    let (from, until) = told.drawn();
    let one_by_one = reboots.len() <= ONE_BY_ONE;
    let names = || reboots.iter().map(name);
    let longest = names().map(|name| wide(&name, 12.0)).fold(0.0, f64::max);
    let (beside, height) =
        if one_by_one { (longest + 12.0, f64::from(rows(reboots)) * ROW + 8.0) } else { (54.0, HIGH) };
    let top = y + 18.0;
    let right = MARGIN + INNER - if one_by_one { 118.0 } else { 54.0 };
    let frame = Frame { left: MARGIN + beside, right, top, bottom: top + height, from, until };
    ground(sheet, told, &frame);
    if one_by_one {
        turns(sheet, told, &frame);
    } else {
        counts(sheet, told, &frame);
    }
    legend(sheet, told, &frame, one_by_one)
}

fn rows(reboots: &[PlannedReboot]) -> u32 {
    u32::try_from(reboots.len()).unwrap_or(u32::MAX)
}

/// The name, no longer than there is room for.
fn name(reboot: &PlannedReboot) -> String {
    cut(&plain(reboot.node.as_str()), LONGEST_NAME, ellipsis(Letters::Unicode))
}

/// The closed windows, the marks and the axis.
fn ground(sheet: &mut Sheet, told: &Told<'_>, frame: &Frame) {
    let Frame { left, right, top, bottom, from, until } = *frame;
    sheet.round(left, top, right - left, bottom - top, 3.0, "#ffffff");
    let sky = cells(&told.brief.outset.windows, from, until, columns(right - left));
    let (mut x, width) = (left, (right - left) / f64::from(u32::try_from(sky.len()).unwrap_or(1)));
    for run in sky.chunk_by(|one, next| one == next) {
        let length = width * f64::from(u32::try_from(run.len()).unwrap_or(0));
        match run.first() {
            Some(Openness::Closed) => sheet.rect(x, top, length, bottom - top, SHADE),
            Some(Openness::Partly) => sheet.rect(x, top, length, bottom - top, "#f4f6f9"),
            Some(Openness::Open) | None => {}
        }
        x += length;
    }
    for mark in marks(&told.local, from, until, columns(right - left) / 36) {
        let x = frame.x(mark.at);
        sheet.line((x, top), (x, bottom));
        if x + wide(&mark.label, 11.0) < right + 40.0 {
            sheet.text(x + 2.0, top - 6.0, Style::of(11.0, FAINT), &mark.label);
        }
    }
    sheet.line((left, bottom), (right, bottom));
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some hundreds of pixels")]
fn columns(width: f64) -> usize {
    (width / CELL) as usize
}

fn turns(sheet: &mut Sheet, told: &Told<'_>, frame: &Frame) {
    let mut y = frame.top + 4.0;
    for reboot in &told.forecast.reboots {
        // So that the shortest is seen, too.
        let starts = frame.x(reboot.starts).min(frame.right - 3.0);
        let back = frame.x(reboot.back);
        let length = span(reboot.back.duration_since(reboot.starts).unsigned_abs());
        let starts_at = told.local.short(reboot.starts);
        let about = format!("{}: {starts_at}, out for {length}", plain(reboot.node.as_str()));
        sheet.text(frame.left - 8.0, y + 15.0, Style::of(12.0, INK).right(), &name(reboot));
        sheet.bar([starts, y + 4.0, (back - starts).max(3.0), ROW - 8.0], 3.0, BLUE, &about);
        sheet.text(MARGIN + INNER, y + 15.0, Style::of(12.0, FAINT).right(), &starts_at);
        y += ROW;
    }
}

fn counts(sheet: &mut Sheet, told: &Told<'_>, frame: &Frame) {
    let mut rest = told.forecast.reboots.as_slice();
    let unit = unit(frame);
    let mut columns = vec![];
    for bucket in buckets(&told.local, frame.from, frame.until, unit) {
        let (within, later) = rest.split_at(rest.partition_point(|reboot| reboot.starts < bucket.until));
        rest = later;
        columns.push((bucket, within.len()));
    }
    let most = columns.iter().map(|(_, reboots)| *reboots).max().unwrap_or(0).max(1);
    let all = told.planned().max(1);
    let height = frame.bottom - frame.top - 12.0;
    let (mut done, mut curve) = (0, vec![(frame.left, frame.bottom)]);
    for (bucket, reboots) in &columns {
        let (left, right) = (frame.x(bucket.from), frame.x(bucket.until));
        done += reboots;
        if *reboots > 0 {
            let tall = (height * ratio(*reboots, most)).max(1.5);
            let gap = ((right - left) * 0.15).min(4.0);
            let about = format!("{}: {}", unit.label(&bucket.begin), count(*reboots, "reboot"));
            let area = [left + gap, frame.bottom - tall, (right - left - 2.0 * gap).max(1.0), tall];
            sheet.bar(area, 2.0, BLUE, &about);
        }
        curve.push((right, frame.bottom - height * ratio(done, all)));
    }
    sheet.curve(&curve);
    for (share, left, right) in [(1.0, grouped(most), "100 %"), (0.5, grouped(most / 2), "50 %")] {
        let y = frame.bottom - height * share + 4.0;
        sheet.text(frame.left - 8.0, y, Style::of(11.0, BLUE).right(), &left);
        sheet.text(frame.right + 8.0, y, Style::of(11.0, INK), right);
    }
}

fn unit(frame: &Frame) -> Unit {
    Unit::of(frame.until.duration_since(frame.from).unsigned_abs())
}

fn ratio(part: usize, whole: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    number(part) / number(whole).max(1.0)
}

fn legend(sheet: &mut Sheet, told: &Told<'_>, frame: &Frame, one_by_one: bool) -> f64 {
    let (y, mut x) = (frame.bottom + 24.0, frame.left);
    let counted = format!("reboots that begin in each {} (left)", unit(frame).noun());
    let mut entries = vec![(BLUE, if one_by_one { "the node is out".to_owned() } else { counted })];
    if !one_by_one {
        entries.push((INK, "share of nodes that had their turn (right)".to_owned()));
    }
    if told.has_windows() {
        entries.push((SHADE, "no window is open".to_owned()));
    }
    for (hue, label) in entries {
        let (height, drop) = if hue == INK { (2.0, 5.0) } else { (10.0, 9.0) };
        sheet.round(x, y - drop, 14.0, height, 2.0, hue);
        sheet.text(x + 20.0, y, Style::of(12.0, FAINT), &label);
        x += 20.0 + wide(&label, 12.0) + 22.0;
    }
    y
}
