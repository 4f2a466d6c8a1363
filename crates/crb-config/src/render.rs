//! Faults as text for people.

use miette::{GraphicalReportHandler, GraphicalTheme, ThemeCharacters};

use crate::fault::Fault;

/// The letters that a text may be drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letters {
    /// Those of ASCII, which every terminal has.
    Ascii,
    /// Lines, dots and blocks as well.
    Unicode,
}

impl Letters {
    /// The one where there may be more letters than those of ASCII, or else the other.
    pub const fn either<T: Copy>(self, unicode: T, ascii: T) -> T {
        match self {
            Self::Unicode => unicode,
            Self::Ascii => ascii,
        }
    }
}

/// The faults one after another, each with the lines of the file that it speaks of, underlined.
///
/// `width` is the number of columns to wrap at. Colour is for terminals alone.
pub fn render<'a>(
    faults: impl IntoIterator<Item = &'a Fault>,
    letters: Letters,
    colour: bool,
    width: usize,
) -> String {
    let theme = match (letters, colour) {
        (Letters::Unicode, true) => GraphicalTheme::unicode(),
        (Letters::Unicode, false) => GraphicalTheme::unicode_nocolor(),
        (Letters::Ascii, true) => {
            GraphicalTheme { characters: ThemeCharacters::ascii(), ..GraphicalTheme::unicode() }
        }
        (Letters::Ascii, false) => GraphicalTheme::none(),
    };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_where_there_may_be_more_letters_there_are() {
        let context = crate::LoadContext { hostname: "web-1".to_owned(), zone: jiff::tz::TimeZone::UTC };
        let faults = crate::parse("c.yaml", "etcd_endpoint: [a:1]\nhooks: {x: 'y}\n".to_owned(), &context)
            .unwrap_err();
        for colour in [false, true] {
            let drawn = |letters| render(&faults, letters, colour, 80);
            assert!(drawn(Letters::Ascii).is_ascii(), "{}", drawn(Letters::Ascii));
            assert!(!drawn(Letters::Unicode).is_ascii(), "{}", drawn(Letters::Unicode));
            assert_eq!(drawn(Letters::Ascii).contains("\x1b["), colour);
        }
    }
}
