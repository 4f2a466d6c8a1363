//! Faults as text for people.

use miette::{GraphicalReportHandler, GraphicalTheme};

use crate::fault::Fault;

/// The faults one after another, each with the lines of the file that it speaks of, underlined.
///
/// `width` is the number of columns to wrap at. Colour is for terminals alone.
pub fn render<'a>(faults: impl IntoIterator<Item = &'a Fault>, colour: bool, width: usize) -> String {
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(width).with_links(false);
    faults.into_iter().map(|fault| report(&handler, fault)).collect::<Vec<_>>().join("\n")
}

fn report(handler: &GraphicalReportHandler, fault: &Fault) -> String {
    let mut text = String::new();
    match handler.render_report(&mut text, fault) {
        Ok(()) => text,
        // A string takes whatever is written, so this is a place outside of the file; the words still help.
        Err(_) => format!("{}: {fault}\n", fault.code()),
    }
}
