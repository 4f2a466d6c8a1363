//! Chance, in words of 64 bits: cheap to draw by the ten thousand, and easy to shrink.

use proptest::array::uniform32;
use proptest::prelude::*;

/// One word of chance, thrown bit by bit. A word of zero throws nothing but zeros, so the first side of a die is
/// what a failing case shrinks to: the ordinary.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// From zero to less than `sides`.
    pub(crate) fn throw(&mut self, sides: u32) -> u32 {
        let sides = u64::from(sides);
        let thrown = self.0 % sides;
        self.0 /= sides;
        u32::try_from(thrown).unwrap()
    }

    /// True once in so many throws.
    pub(crate) fn once_in(&mut self, sides: u32) -> bool {
        self.throw(sides) == sides - 1
    }

    /// One of these.
    pub(crate) fn pick<T: Clone>(&mut self, sides: &[T]) -> T {
        sides[self.throw(u32::try_from(sides.len()).unwrap()) as usize].clone()
    }
}

/// A case made of up to 32 words, each of them dice of its own.
pub(crate) fn thrown<T: std::fmt::Debug>(
    make: impl Fn(&mut dyn FnMut() -> Dice) -> T,
) -> impl Strategy<Value = T> {
    uniform32(any::<u64>()).prop_map(move |words| {
        let mut words = words.into_iter();
        make(&mut || Dice(words.next().unwrap()))
    })
}
