//! The whole screen of a terminal, for as long as the fleet is watched.

use std::fmt::Write;

use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr, tcsetattr,
};

use crate::output;

/// The other screen, without a cursor; and back to what stood there before.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[2J";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";

/// Between these a terminal that knows them shows nothing half drawn; others pass them over.
const BEGIN: &str = "\x1b[?2026h\x1b[H";
const END: &str = "\x1b[J\x1b[?2026l";

/// A screen that is ours. Dropping it gives the terminal back as it was.
pub(super) struct Screen {
    before: Option<Termios>,
    drawn: String,
}

impl Screen {
    /// Takes the screen. What is typed is not shown; Ctrl-C works as always.
    pub(super) fn take() -> Self {
        let before = tcgetattr(std::io::stdin()).ok();
        if let Some(before) = &before {
            let mut quiet = before.clone();
            quiet.local_modes -= LocalModes::ECHO | LocalModes::ICANON;
            // Who stopped us by Ctrl-Z would be left with our screen and without an echo.
            quiet.special_codes[SpecialCodeIndex::VSUSP] = 0;
            // A terminal that cannot be quiet shows what is typed.
            tcsetattr(std::io::stdin(), OptionalActions::Now, &quiet).ok();
        }
        output::raw(ENTER);
        Self { before, drawn: String::new() }
    }

    /// Draws `lines`, none of which is wider than the terminal, in one piece and without clearing what stays; and says
    /// whether there is still a terminal.
    pub(super) fn draw(&mut self, lines: &[String]) -> bool {
        let mut picture = BEGIN.to_owned();
        for (index, line) in lines.iter().enumerate() {
            let newline = if index == 0 { "" } else { "\r\n" };
            // Writing to a string cannot fail.
            write!(picture, "{newline}{line}\x1b[K").ok();
        }
        picture.push_str(END);
        if picture == self.drawn {
            return true;
        }
        self.drawn = picture;
        output::raw(&self.drawn)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        output::raw(LEAVE);
        if let Some(before) = &self.before {
            // What was typed meanwhile was meant for nobody.
            tcflush(std::io::stdin(), QueueSelector::IFlush).ok();
            tcsetattr(std::io::stdin(), OptionalActions::Now, before).ok();
        }
    }
}
