//! The files of a configuration as one text, so that a place in any of them is one number.

use std::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// What is shown of a place, its neighbouring lines included, has at most so many bytes. Beyond column 65535 a
/// report could not be drawn at all.
const MAX_SHOWN: usize = 8 << 10;

/// More bytes than that are never underlined.
const MAX_UNDERLINED: usize = 1 << 10;

/// So many bytes are shown on each side of a place in a line that is too long to be shown.
const BESIDE: usize = 100;

/// A configuration or a part of it as text, and what faults call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The name of the file.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

/// All files of a configuration: the first is the configuration itself, and each later one lies over those
/// before it.
#[derive(Debug)]
pub(crate) struct Sources {
    text: String,
    files: Vec<File>,
    /// Where each line begins.
    lines: Vec<usize>,
}

#[derive(Debug)]
struct File {
    name: String,
    bytes: Range<usize>,
}

impl Sources {
    pub(crate) fn new(documents: Vec<Document>) -> Self {
        let mut sources = Self { text: String::new(), files: Vec::new(), lines: vec![0] };
        for Document { name, text } in documents {
            let start = sources.text.len();
            sources.text.push_str(&text);
            sources.files.push(File { name, bytes: start..sources.text.len() });
            // Keeps the end of one file and the beginning of the next apart.
            sources.text.push('\n');
        }
        let ends = sources.text.match_indices('\n');
        sources.lines.extend(ends.map(|(at, _)| at + 1));
        sources
    }

    /// The texts of all files, one behind the other.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Where in the whole text each file stands.
    pub(crate) fn files(&self) -> impl Iterator<Item = Range<usize>> {
        self.files.iter().map(|file| file.bytes.clone())
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.name.as_str())
    }

    /// The name of the file, and the line and the column in it, both counted from 1.
    pub(crate) fn place(&self, offset: usize) -> Option<(&str, usize, usize)> {
        let file = self.file(offset)?;
        let line = self.line(offset);
        let before = self.text.get(self.lines[line]..offset)?;
        Some((&file.name, line - self.line(file.bytes.start) + 1, before.chars().count() + 1))
    }

    /// As much of a place as can be underlined.
    pub(crate) fn underlined(&self, place: Range<usize>) -> Range<usize> {
        place.start..self.boundary(place.end.min(place.start + MAX_UNDERLINED))
    }

    /// The index of the line in which a byte stands.
    fn line(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset) - 1
    }

    /// The last boundary of a character that is not behind `offset`.
    fn boundary(&self, offset: usize) -> usize {
        (0..=offset).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0)
    }

    /// The bytes of `file` to be shown around a place; `None` where they are too many.
    fn shown(&self, file: &File, place: Range<usize>) -> Option<Range<usize>> {
        let (first, last) = (self.line(place.start), self.line(place.end));
        let start = self.lines[first.saturating_sub(2)].max(file.bytes.start);
        let end = self.lines.get(last + 3).map_or(file.bytes.end, |start| file.bytes.end.min(*start));
        if end - start <= MAX_SHOWN {
            return Some(start..end);
        }
        if place.len() > MAX_UNDERLINED {
            return None;
        }
        let start = self.boundary(place.start.saturating_sub(BESIDE)).max(self.lines[first]);
        let line_end = self.lines.get(last + 1).map_or(file.bytes.end, |start| start - 1);
        Some(start..self.boundary(line_end.min(place.end + BESIDE)))
    }

    fn file(&self, offset: usize) -> Option<&File> {
        self.files.iter().find(|file| offset >= file.bytes.start && offset <= file.bytes.end)
    }
}

impl SourceCode for Sources {
    /// Reads from the one file that the span is in. A span over two files is refused, so that each is shown
    /// by itself.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let file = self.file(span.offset()).ok_or(MietteError::OutOfBounds)?;
        if span.offset() + span.len() > file.bytes.end {
            return Err(MietteError::OutOfBounds);
        }
        let place = span.offset()..span.offset() + span.len();
        let shown = self.shown(file, place).ok_or(MietteError::OutOfBounds)?;
        let start = shown.start;
        let inner = (span.offset() - start, span.len()).into();
        let contents = self.text[shown].read_span(&inner, lines_before, lines_after)?;
        let read = contents.span().offset() + start;
        let first_line = self.line(file.bytes.start);
        Ok(Box::new(MietteSpanContents::new_named(
            file.name.clone(),
            contents.data(),
            (read, contents.span().len()).into(),
            self.line(read) - first_line,
            self.text[self.lines[self.line(read)]..read].chars().count(),
            self.line(read + contents.data().len()) - self.line(read),
        )))
    }
}
