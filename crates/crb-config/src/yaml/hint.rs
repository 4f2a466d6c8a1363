//! What to write instead of what is not YAML.

/// The remedy where the parser stopped: `before` is what it has read, `rest` what it has not, and `said` is what it
/// says of it.
pub(super) fn of(before: &str, rest: &str, said: &str) -> String {
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = rest.lines().next().unwrap_or_default();
    let word = line.split([',', ']', '}', '#']).next().unwrap_or_default().trim();
    if before.ends_with('\t') {
        return "indent with blanks".to_owned();
    }
    if before.len() == line_start
        && ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|sign| line.starts_with(sign))
    {
        return "resolve the merge conflict: keep one of the sides, and no line of its signs".to_owned();
    }
    if said.contains("unknown anchor") {
        return format!(
            "quote a text that begins like this: \"{word}\"; an anchor is known in its own file alone"
        );
    }
    if said.contains("unknown escape") {
        return "write a backslash as `\\\\`, or quote the text with '...'".to_owned();
    }
    if said.contains("unclosed bracket") {
        return "close the bracket".to_owned();
    }
    if said.contains("expected ','") {
        return "put a comma before this, or close the bracket that is still open".to_owned();
    }
    if said.contains("<document start>") {
        return "write `---` on a line of its own behind the directives, or remove them".to_owned();
    }
    if let Some((key, value)) = word.split_once(':').filter(|(key, value)| is_key(key) && is_close(value)) {
        return format!("put a blank behind the colon: `{key}: {value}`");
    }
    match rest.chars().next() {
        Some('@' | '*' | '`' | '%' | '&' | '!') => format!("quote a text that begins like this: \"{word}\""),
        Some('"' | '\'') => "close the quote".to_owned(),
        _ => "check quotes, brackets and indentation up to here; quote a text that has `: ` in it".to_owned(),
    }
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

fn is_close(value: &str) -> bool {
    value.starts_with(|first: char| !first.is_whitespace())
}
