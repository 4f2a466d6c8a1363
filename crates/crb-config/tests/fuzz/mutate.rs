//! Variants of seeds, the same ones at every run.

/// Longer variants are cut.
const MAX_BYTES: usize = 16 << 10;

/// What is put in: signs of YAML, blanks of all kinds, and what numbers end at.
const SIGNS: [&[u8]; 32] = [
    b": ",
    b"- ",
    b"? ",
    b"\n",
    b"\n  ",
    b"\r\n",
    b"\t",
    b"\0",
    b"[",
    b"]",
    b"{",
    b"}",
    b", ",
    b"#",
    b"\"",
    b"'",
    b"|",
    b">",
    b"&a ",
    b"*a",
    b"<<: ",
    b"!!str ",
    b"%",
    b"---\n",
    b"...\n",
    b"\xef\xbb\xbf",
    b"\xc2\xa0",
    b"\xe2\x80\xa8",
    b"\xff",
    b"\x1e",
    b"99999999999999999999",
    b"~",
];

/// Makes variants of seeds.
pub(crate) struct Mutator {
    seeds: Vec<Vec<u8>>,
    state: u64,
}

impl Mutator {
    /// Takes parts of `seeds` for its splices.
    pub(crate) fn new(seeds: Vec<Vec<u8>>) -> Self {
        Self { seeds, state: 0x5eed }
    }

    /// A variant of `seed`, changed one to four times.
    pub(crate) fn variant(&mut self, seed: &[u8]) -> Vec<u8> {
        let mut bytes = seed.to_vec();
        for _ in 0..=self.below(4) {
            self.change(&mut bytes);
        }
        bytes.truncate(MAX_BYTES);
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        match self.below(8) {
            0 => self.flip(bytes),
            1 => bytes.truncate(self.below(bytes.len() + 1)),
            2 => self.cut_out(bytes),
            3 => self.splice(bytes),
            4 => self.repeat_line(bytes),
            5 => self.nest(bytes),
            6 => self.swap_lines(bytes),
            _ => self.put_in(bytes),
        }
    }

    fn flip(&mut self, bytes: &mut [u8]) {
        let (at, bit) = (self.below(bytes.len().max(1)), self.below(8));
        bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << bit);
    }

    fn cut_out(&mut self, bytes: &mut Vec<u8>) {
        let start = self.below(bytes.len() + 1);
        let end = start + self.below(bytes.len() - start + 1).min(40);
        bytes.drain(start..end);
    }

    /// Goes on with the end of another seed.
    fn splice(&mut self, bytes: &mut Vec<u8>) {
        let other = self.below(self.seeds.len());
        let from = self.below(self.seeds[other].len() + 1);
        bytes.truncate(self.below(bytes.len() + 1));
        bytes.extend_from_slice(&self.seeds[other][from..]);
    }

    fn repeat_line(&mut self, bytes: &mut Vec<u8>) {
        let mut lines: Vec<_> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        let (at, times) = (self.below(lines.len().max(1)), 1 + self.below(60));
        if let Some(line) = lines.get(at).copied() {
            lines.splice(at..at, std::iter::repeat_n(line, times));
        }
        *bytes = lines.concat();
    }

    fn swap_lines(&mut self, bytes: &mut Vec<u8>) {
        let mut lines: Vec<_> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        let (one, other) = (self.below(lines.len().max(1)), self.below(lines.len().max(1)));
        if !lines.is_empty() {
            lines.swap(one, other);
        }
        *bytes = lines.concat();
    }

    /// Puts brackets around what stands behind a place.
    fn nest(&mut self, bytes: &mut Vec<u8>) {
        let (at, depth) = (self.below(bytes.len() + 1), 1 + self.below(50));
        let (open, close): (&[u8], &[u8]) =
            [(&b"["[..], &b"]"[..]), (b"{a: ", b"}"), (b"- ", b"")][self.below(3)];
        bytes.splice(at..at, open.repeat(depth));
        if self.below(2) == 0 {
            bytes.extend(close.repeat(depth));
        }
    }

    fn put_in(&mut self, bytes: &mut Vec<u8>) {
        let (at, sign) = (self.below(bytes.len() + 1), self.below(SIGNS.len()));
        bytes.splice(at..at, SIGNS[sign].iter().copied());
    }

    /// A number below `bound`, drawn by xorshift: good enough, and nothing to depend on.
    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state >> 33).unwrap() % bound
    }
}
