//! A page as man(7) wants it.

use std::fmt::Write;

use crate::commands::version::VERSION;

/// A page in the making. Texts are as people read them; `code` in them becomes bold.
pub(super) struct Page(String);

impl Page {
    /// The page `name` of a section, which is about `what`. It has no date, so that it is the same whenever it is made.
    pub(super) fn new(name: &str, section: u8, what: &str) -> Self {
        let mut page = Self(String::new());
        let title = escaped(&name.to_uppercase());
        writeln!(page.0, ".TH {title} {section} \"\" \"clusterrebootd {VERSION}\" \"clusterrebootd\"").ok();
        page.section("NAME");
        page.line(&format!("{} \\- {}", escaped(name), set(what)));
        page
    }

    pub(super) fn section(&mut self, title: &str) {
        writeln!(self.0, ".SH {}", escaped(title)).ok();
    }

    pub(super) fn subsection(&mut self, title: &str) {
        writeln!(self.0, ".SS {}", escaped(title)).ok();
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        writeln!(self.0, ".PP").ok();
        self.line(&set(text));
    }

    pub(super) fn paragraphs(&mut self, texts: &[&str]) {
        for text in texts {
            self.paragraph(text);
        }
    }

    /// A term, which is set as it is marked, and what it means.
    pub(super) fn item(&mut self, term: &str, meaning: &str) {
        writeln!(self.0, ".TP").ok();
        self.line(&set(term));
        self.line(&set(meaning));
    }

    /// Names, and what each is for.
    pub(super) fn names(&mut self, names: &[(&str, &str)]) {
        for (name, meaning) in names {
            self.item(&format!("`{name}`"), meaning);
        }
    }

    pub(super) fn finish(self) -> String {
        self.0
    }

    /// What begins with a dot or an apostrophe would be a request.
    fn line(&mut self, text: &str) {
        let guard = if text.starts_with(['.', '\'']) { "\\&" } else { "" };
        writeln!(self.0, "{guard}{text}").ok();
    }
}

/// A text with its `code` in bold, on one line.
fn set(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let parts = words.split('`').map(escaped).enumerate();
    parts.map(|(index, part)| if index % 2 == 1 { format!("\\fB{part}\\fR") } else { part }).collect()
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' => escaped.push_str("\\e"),
            '-' => escaped.push_str("\\-"),
            // As typed, and not as the typesetter would have it.
            '\'' => escaped.push_str("\\(aq"),
            '^' => escaped.push_str("\\(ha"),
            '~' => escaped.push_str("\\(ti"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_set_as_it_is_read() {
        let cases = [
            ("plain", "plain"),
            ("run `status --output json` now", "run \\fBstatus \\-\\-output json\\fR now"),
            ("two\n  lines", "two lines"),
            ("back\\slash", "back\\eslash"),
            ("it's ~here^", "it\\(aqs \\(tihere\\(ha"),
        ];
        for (text, expected) in cases {
            assert_eq!(set(text), expected, "{text}");
        }
    }

    #[test]
    fn no_line_is_taken_for_a_request() {
        let mut page = Page(String::new());
        page.paragraph(".SH of mine");
        assert_eq!(page.finish(), ".PP\n\\&.SH of mine\n");
    }
}
