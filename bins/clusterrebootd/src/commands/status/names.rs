//! Names, and no more of them than can be read.

const SHOWN: usize = 5;

/// The first five, and how many more there are.
pub(crate) fn named(names: &[String]) -> String {
    let first = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
