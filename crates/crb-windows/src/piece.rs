//! A part of a text that remembers where it stands.

use std::ops::Range;

/// A slice of the text being parsed, with its offset in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece<'a> {
    pub(crate) text: &'a str,
    offset: usize,
}

impl<'a> Piece<'a> {
    /// All of `text`.
    pub(crate) fn whole(text: &'a str) -> Self {
        Self { text, offset: 0 }
    }

    /// The bytes of the whole text that this piece covers.
    pub(crate) fn range(self) -> Range<usize> {
        self.offset..self.offset + self.text.len()
    }

    /// This piece without blanks around it.
    pub(crate) fn trim(self) -> Self {
        let leading = self.text.len() - self.text.trim_start().len();
        Self { text: self.text.trim(), offset: self.offset + leading }
    }

    /// What stands before and after the first `delimiter`.
    pub(crate) fn split_once(self, delimiter: char) -> Option<(Self, Self)> {
        let at = self.text.find(delimiter)?;
        Some((self.before(at), self.from(at + delimiter.len_utf8())))
    }

    /// What stands before and after the last blank.
    pub(crate) fn rsplit_blank(self) -> Option<(Self, Self)> {
        let (at, blank) = self.text.char_indices().rfind(|(_, c)| c.is_whitespace())?;
        Some((self.before(at), self.from(at + blank.len_utf8())))
    }

    /// The parts between `delimiter`s.
    pub(crate) fn split(self, delimiter: char) -> impl Iterator<Item = Self> {
        let mut rest = Some(self);
        std::iter::from_fn(move || {
            let whole = rest?;
            let (part, after) =
                whole.split_once(delimiter).map_or((whole, None), |(part, after)| (part, Some(after)));
            rest = after;
            Some(part)
        })
    }

    /// The parts between blanks.
    pub(crate) fn words(self) -> impl Iterator<Item = Self> {
        let mut rest = self.trim();
        std::iter::from_fn(move || {
            let end = rest.text.find(char::is_whitespace).unwrap_or(rest.text.len());
            let word = rest.before(end);
            rest = rest.from(end).trim();
            (!word.text.is_empty()).then_some(word)
        })
    }

    /// The bytes before `at`.
    pub(crate) fn before(self, at: usize) -> Self {
        Self { text: &self.text[..at], offset: self.offset }
    }

    /// The bytes from `at` on.
    pub(crate) fn from(self, at: usize) -> Self {
        Self { text: &self.text[at..], offset: self.offset + at }
    }
}
