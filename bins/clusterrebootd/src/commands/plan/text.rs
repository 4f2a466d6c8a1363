//! A plan drawn with letters.

mod buckets;
mod turns;

use std::fmt::Write;

use crb_config::Letters;
use crb_sim::plan::End;

use super::told::Told;
use crate::system::System;
use crate::words;

/// Up to so many turns are drawn one by one.
const ONE_BY_ONE: usize = 40;

/// Of more, so many of the first and of the last.
const ENDS: usize = 5;

/// How it may be drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// How many columns there are.
    pub(super) width: usize,
    /// Whether there may be colours.
    pub(super) colour: bool,
    /// What it may be drawn with.
    pub(super) letters: Letters,
}

impl Look {
    pub(super) fn of(system: &System) -> Self {
        Self { width: system.width_out(), colour: system.colour_out(), letters: system.letters }
    }

    fn paint(self, hue: &str, text: &str) -> String {
        words::painted(text, hue, self.colour && !text.is_empty() && !hue.is_empty())
    }

    const fn out(self) -> char {
        self.letters.either('█', '#')
    }

    const fn closed(self) -> char {
        self.letters.either('░', ':')
    }

    const fn partly(self) -> char {
        self.letters.either('·', '.')
    }
}

/// The whole plan.
pub(super) fn shown(told: &Told<'_>, look: &Look) -> String {
    let mut text = String::new();
    line(&mut text, &look.paint("1", &told.title()));
    wrapped(&mut text, &told.setting(), look, "");
    line(&mut text, "");
    let hue = match told.forecast.end {
        End::Done { .. } if told.forecast.barred.is_empty() => "32",
        End::Done { .. } | End::TooFar { .. } => "33",
        End::Never { .. } => "31",
    };
    wrapped(&mut text, &told.ending(), look, hue);
    let waiting = told.waiting();
    if !waiting.is_empty() {
        wrapped(&mut text, &format!("Waiting: {waiting}."), look, "");
    }
    for why in told.why() {
        wrapped(&mut text, &why, look, "");
    }
    let reboots = &told.forecast.reboots;
    if !reboots.is_empty() {
        line(&mut text, "");
        if reboots.len() <= ONE_BY_ONE {
            turns::draw(&mut text, told, look, &[reboots]);
        } else {
            buckets::draw(&mut text, told, look);
            line(&mut text, "");
            turns::draw(&mut text, told, look, &[&reboots[..ENDS], &reboots[reboots.len() - ENDS..]]);
        }
    }
    for (index, note) in told.brief.notes.iter().enumerate() {
        if index == 0 {
            line(&mut text, "");
        }
        wrapped(&mut text, &format!("note: {} [{}]", words::plain(&note.message), note.code), look, "");
    }
    text
}

fn line(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    writeln!(text, "{}", line.trim_end()).ok();
}

/// A sentence in as many lines as it needs; what is indented stays so.
fn wrapped(text: &mut String, sentence: &str, look: &Look, hue: &str) {
    let indent = sentence.len() - sentence.trim_start().len();
    for row in words::wrapped(sentence, look.width, indent + 2).lines() {
        line(text, &look.paint(hue, row));
    }
}

/// A text of at most so many columns.
fn cut(text: &str, most: usize, look: &Look) -> String {
    words::cut(text, most, words::ellipsis(look.letters))
}

#[cfg(test)]
mod tests;
