//! "Did you mean …?"

/// Whatever is longer was not meant to be a key.
const MAX_BYTES: usize = 64;

/// The candidate that `written` was most likely meant to be.
pub(crate) fn nearest<'a>(written: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    nearest_name(&written.to_lowercase().replace('-', "_"), candidates)
}

/// The name that `written` was most likely meant to be, if it is near enough to one; of several that are as near, the
/// first in the order of the alphabet.
pub fn nearest_name<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if written.len() > MAX_BYTES {
        return None;
    }
    let near = names.map(|name| (distance(written, name), name));
    near.filter(|(distance, candidate)| *distance <= candidate.len().max(3) / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The words as `a`, `b` and `c`, or with another conjunction.
pub(crate) fn list(words: &[&str], conjunction: &str) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} {conjunction} {last}", first.join(", ")),
    }
}

/// How many letters must be put in, taken out, replaced or swapped with the next one to make `b` of `a`. A
/// missing end, such as a unit, counts one.
fn distance(a: &str, b: &str) -> usize {
    if !a.is_empty() && (b.strip_prefix(a).is_some_and(|rest| rest.starts_with('_'))) {
        return 1;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    // Entry `j` of the row of `i` is the distance between the first `i` letters and the first `j`.
    let mut row: Vec<usize> = (0..=b.len()).collect();
    let mut above = Vec::new();
    for i in 1..=a.len() {
        let last = std::mem::replace(&mut row, vec![i; b.len() + 1]);
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(row[j - 1] + 1).min(last[j] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(above[j - 2] + 1);
            }
        }
        above = last;
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_letters() {
        for (a, b, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("levle", "level", 1),
            ("ab", "ba", 1),
            ("dry_run", "dry_run", 0),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn finds_the_nearest_and_nothing_far() {
        let keys = ["lock_key", "lock_ttl_sec", "check_interval_sec", "metrics"];
        let cases = [
            ("lock_kye", Some("lock_key")),
            ("lock_ttl", Some("lock_ttl_sec")),
            ("lock-ttl-sec", Some("lock_ttl_sec")),
            ("LockTTLSec", Some("lock_ttl_sec")),
            ("metric", Some("metrics")),
            ("hooks", None),
            ("", None),
        ];
        for (written, expected) in cases {
            assert_eq!(nearest(written, keys.into_iter()), expected, "{written}");
        }
    }
}
