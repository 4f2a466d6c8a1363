//! Variables in the words of a command.

/// Replaces `$NAME` and `${NAME}` in `word` by what `lookup` knows, as `os.Expand` of Go does.
///
/// - A name that `lookup` does not know becomes nothing.
/// - `$NAME` takes letters, digits and underscores as far as they go; `${…}` takes all up to the brace.
/// - The names of the shell's special parameters (`$*`, `$#`, `$$`, `$@`, `$!`, `$?`, `$-`, and one digit)
///   are looked up like any other. So `$$` is no escape: it becomes nothing, unless a variable is so named.
/// - A `$` that begins no name stays. Of a `${` that is never closed those two characters go, and `${}` goes.
///
/// What was filled in is not expanded again.
pub fn expand(word: &str, lookup: impl Fn(&str) -> Option<String>) -> String {
    let mut expanded = String::with_capacity(word.len());
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        let (reference, behind) = reference(after);
        match reference {
            Reference::To(name) => expanded.push_str(&lookup(name).unwrap_or_default()),
            Reference::Malformed => {}
            Reference::None => expanded.push('$'),
        }
        rest = behind;
    }
    expanded.push_str(rest);
    expanded
}

/// What follows a `$`.
enum Reference<'a> {
    To(&'a str),
    Malformed,
    None,
}

/// Reads the reference that `text`, which stood behind a `$`, begins with, and gives what is behind it.
fn reference(text: &str) -> (Reference<'_>, &str) {
    if let Some(inner) = text.strip_prefix('{') {
        return match inner.split_once('}') {
            Some(("", behind)) => (Reference::Malformed, behind),
            Some((name, behind)) => (Reference::To(name), behind),
            None => (Reference::Malformed, inner),
        };
    }
    let length = if text.starts_with(is_special) {
        1
    } else {
        text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len())
    };
    match text.split_at(length) {
        ("", behind) => (Reference::None, behind),
        (name, behind) => (Reference::To(name), behind),
    }
}

/// Whether a character names a special parameter of the shell by itself.
fn is_special(c: char) -> bool {
    matches!(c, '*' | '#' | '$' | '@' | '!' | '?' | '-' | '0'..='9')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of Go's `os/env_test.go`, and rows of our own below it.
    #[test]
    fn expands_as_go_does() {
        let lookup = |name: &str| {
            let value = match name {
                "*" => "all the args",
                "#" => "NARGS",
                "$" => "PID",
                "1" => "ARGUMENT1",
                "HOME" => "/usr/gopher",
                "H" => "(Value of H)",
                "home_1" => "/usr/foo",
                "_" => "underscore",
                "MONEY" => "$HOME",
                "BRACED-NAME" => "any name",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let table = [
            ("", ""),
            ("$*", "all the args"),
            ("$$", "PID"),
            ("${*}", "all the args"),
            ("$1", "ARGUMENT1"),
            ("${1}", "ARGUMENT1"),
            ("now is the time", "now is the time"),
            ("$HOME", "/usr/gopher"),
            ("$home_1", "/usr/foo"),
            ("${HOME}", "/usr/gopher"),
            ("${H}OME", "(Value of H)OME"),
            ("A$$$#$1$H$home_1*B", "APIDNARGSARGUMENT1(Value of H)/usr/foo*B"),
            ("start$+middle$^end$", "start$+middle$^end$"),
            ("mixed$|bag$$$", "mixed$|bagPID$"),
            ("$", "$"),
            ("$}", "$}"),
            ("${", ""),
            ("${}", ""),
            ("$12", "ARGUMENT12"),
            ("[$UNKNOWN]", "[]"),
            ("[${UNKNOWN}]", "[]"),
            ("$MONEY", "$HOME"),
            ("${BRACED-NAME}", "any name"),
            ("${HOME", "HOME"),
            ("${}HOME", "HOME"),
            ("$HOME$_", "/usr/gopherunderscore"),
            ("für $HÖHE", "für (Value of H)ÖHE"),
            ("$é", "$é"),
        ];
        for (word, expected) in table {
            assert_eq!(expand(word, lookup), expected, "{word}");
        }
    }
}
