//! The files of a configuration as one text, so that a place in any of them is one number.

use std::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

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
}

#[derive(Debug)]
struct File {
    name: String,
    bytes: Range<usize>,
}

impl Sources {
    pub(crate) fn new(documents: Vec<Document>) -> Self {
        let mut sources = Self { text: String::new(), files: Vec::new() };
        for Document { name, text } in documents {
            let start = sources.text.len();
            sources.text.push_str(&text);
            sources.files.push(File { name, bytes: start..sources.text.len() });
            // Keeps the end of one file and the beginning of the next apart.
            sources.text.push('\n');
        }
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
        let before = self.text.get(file.bytes.start..offset)?;
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Some((&file.name, before.matches('\n').count() + 1, before[line_start..].chars().count() + 1))
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
        let start = file.bytes.start;
        let inner = (span.offset() - start, span.len()).into();
        let contents = self.text[file.bytes.clone()].read_span(&inner, lines_before, lines_after)?;
        let read = (contents.span().offset() + start, contents.span().len()).into();
        Ok(Box::new(MietteSpanContents::new_named(
            file.name.clone(),
            contents.data(),
            read,
            contents.line(),
            contents.column(),
            contents.line_count(),
        )))
    }
}
