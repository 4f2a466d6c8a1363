//! What a child writes, of which we keep the beginning.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;

use tokio::io::{AsyncRead, AsyncReadExt};

/// How many bytes of each stream are kept.
pub const KEPT_BYTES: usize = 64 * 1024;

/// What stands behind the kept text where more followed.
const CUT_MARK: &str = "… [cut after 64 KiB]";

/// What a child wrote to one of its streams.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Captured {
    /// The first [`KEPT_BYTES`] as text, with U+FFFD for what is not UTF-8, and a mark where it was cut.
    pub text: String,
    /// Whether it was cut.
    pub truncated: bool,
}

impl From<Kept> for Captured {
    fn from(Kept { bytes, truncated }: Kept) -> Self {
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        if truncated {
            // The cut may have gone through a character.
            if text.ends_with(char::REPLACEMENT_CHARACTER) {
                text.pop();
            }
            text.push_str(CUT_MARK);
        }
        Self { text, truncated }
    }
}

/// The beginning of a stream.
#[derive(Debug, Default)]
struct Kept {
    bytes: Vec<u8>,
    truncated: bool,
}

impl Kept {
    fn push(&mut self, bytes: &[u8]) {
        let room = KEPT_BYTES - self.bytes.len();
        self.truncated |= bytes.len() > room;
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

/// Our end of one stream of a child.
pub(crate) struct Tap {
    source: Source,
    kept: Kept,
}

enum Source {
    /// A pipe that is read while the child runs.
    Pipe(Box<dyn AsyncRead + Send + Unpin>),
    /// A file that takes all there is and is read once, at the end.
    File(File),
    Closed,
}

impl Tap {
    /// Reads from a pipe.
    pub(crate) fn pipe(pipe: Option<impl AsyncRead + Send + Unpin + 'static>) -> Self {
        Self::new(pipe.map_or(Source::Closed, |pipe| Source::Pipe(Box::new(pipe))))
    }

    /// Reads from a file that the child writes to.
    pub(crate) fn file(file: Option<File>) -> Self {
        Self::new(file.map_or(Source::Closed, Source::File))
    }

    fn new(source: Source) -> Self {
        Self { source, kept: Kept::default() }
    }

    /// Empties the pipe until its last writer has closed it, so that no writer ever blocks.
    ///
    /// May be dropped and called again: what was read stays kept.
    pub(crate) async fn drain(&mut self) {
        let mut chunk = vec![0; 8 * 1024];
        while let Source::Pipe(pipe) = &mut self.source {
            match pipe.read(&mut chunk).await {
                Ok(0) | Err(_) => self.source = Source::Closed,
                Ok(read) => self.kept.push(&chunk[..read]),
            }
        }
    }

    /// Closes our end and gives what was kept.
    pub(crate) fn finish(mut self) -> Captured {
        if let Source::File(file) = &self.source {
            // One byte more than is kept tells whether there was more.
            let mut bytes = Vec::new();
            let _ = FromStart { file, at: 0 }.take(KEPT_BYTES as u64 + 1).read_to_end(&mut bytes);
            self.kept.push(&bytes);
        }
        self.kept.into()
    }
}

/// Reads a file from its start and leaves alone the position, which it shares with the child.
struct FromStart<'a> {
    file: &'a File,
    at: u64,
}

impl Read for FromStart<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(chunks: &[&[u8]]) -> Captured {
        let mut kept = Kept::default();
        for chunk in chunks {
            kept.push(chunk);
        }
        kept.into()
    }

    #[test]
    fn marks_a_cut_only_where_something_is_missing() {
        let full = vec![b'x'; KEPT_BYTES];
        let table: [(&[&[u8]], bool); 5] = [
            (&[], false),
            (&[b"some"], false),
            (&[&full], false),
            (&[&full, b""], false),
            (&[&full[1..], b"xy"], true),
        ];
        for (chunks, truncated) in table {
            let captured = captured(chunks);
            assert_eq!(captured.truncated, truncated);
            assert_eq!(captured.text.ends_with(CUT_MARK), truncated);
        }
    }

    #[test]
    fn leaves_no_half_character_before_the_mark() {
        let odd = "x".to_owned() + &"é".repeat(KEPT_BYTES / 2);
        let text = captured(&[odd.as_bytes()]).text;
        assert_eq!(text, "x".to_owned() + &"é".repeat(KEPT_BYTES / 2 - 1) + CUT_MARK);
    }

    #[test]
    fn shows_what_is_not_utf_8_as_such() {
        assert_eq!(captured(&[b"a\xffb"]).text, "a\u{fffd}b");
    }
}
