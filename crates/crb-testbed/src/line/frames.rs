//! HTTP/2 as a sequence of frames, which is all that a line has to know of it.

use std::io::{self, Read};

/// How a client begins a connection.
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const HEADER: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;

/// One frame, with its header as it came.
#[derive(Debug)]
pub(super) struct Frame(Vec<u8>);

impl Frame {
    /// Reads the next frame; `None` at the end of the stream.
    pub(super) fn read(from: &mut impl Read) -> io::Result<Option<Self>> {
        let mut bytes = vec![0; HEADER];
        match from.read_exact(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            outcome => outcome?,
        }
        let length = bytes[..3].iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        bytes.resize(HEADER + length, 0);
        from.read_exact(&mut bytes[HEADER..])?;
        Ok(Some(Self(bytes)))
    }

    /// The frame as it came.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The call that it belongs to; 0: none.
    pub(super) fn stream(&self) -> u32 {
        let id = <[u8; 4]>::try_from(&self.0[5..HEADER]).map(u32::from_be_bytes);
        id.unwrap_or_default() & 0x7fff_ffff
    }

    /// Whether it is of the answer to the call `stream`: a refusal has headers alone.
    pub(super) fn answers(&self, stream: u32) -> bool {
        self.stream() == stream && matches!(self.0[3], DATA | HEADERS)
    }

    /// What it carries of a message. Ours are short: each is one frame.
    pub(super) fn message(&self) -> Option<&[u8]> {
        (self.0[3] == DATA).then_some(&self.0[HEADER..])
    }
}
