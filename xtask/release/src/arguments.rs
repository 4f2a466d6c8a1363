//! Options, taken out of a command line one after the other; whatever is left at the end is a mistake.

use std::ffi::OsString;

use xtask::Failure;

/// Takes a word that stands by itself, such as `--dry-run`; whether it was there.
pub(crate) fn flag(args: &mut Vec<OsString>, name: &str) -> bool {
    let before = args.len();
    args.retain(|word| word != name);
    args.len() < before
}

/// Takes an option with its value, `--name VALUE` or `--name=VALUE`, which may be there once.
pub(crate) fn value(args: &mut Vec<OsString>, name: &str) -> Result<Option<OsString>, Failure> {
    let mut found = values(args, name)?;
    match found.len() {
        0 | 1 => Ok(found.pop()),
        _ => Err(Failure::Usage(format!("{name} is given twice"))),
    }
}

/// Takes an option with its value as often as it is there.
pub(crate) fn values(args: &mut Vec<OsString>, name: &str) -> Result<Vec<OsString>, Failure> {
    let mut found = Vec::new();
    let mut rest = Vec::new();
    let mut words = std::mem::take(args).into_iter();
    while let Some(word) = words.next() {
        let value = if word == name {
            words.next()
        } else if let Some(value) = word.to_str().and_then(|word| word.strip_prefix(name)?.strip_prefix('='))
        {
            Some(value.into())
        } else {
            rest.push(word);
            continue;
        };
        let value = value.filter(|value: &OsString| !value.is_empty());
        found.push(value.ok_or_else(|| Failure::Usage(format!("{name} wants a value")))?);
    }
    *args = rest;
    Ok(found)
}

/// Takes what stands by itself and is no option, which may be there once, and be followed by nothing.
pub(crate) fn operand(args: Vec<OsString>) -> Result<Option<OsString>, Failure> {
    match args.iter().find(|word| is_option(word)) {
        Some(option) => end(std::slice::from_ref(option))?,
        None => end(args.get(1..).unwrap_or_default())?,
    }
    Ok(args.into_iter().next())
}

fn is_option(word: &OsString) -> bool {
    word.to_string_lossy().starts_with('-')
}

/// Nothing may be left.
pub(crate) fn end(args: &[OsString]) -> Result<(), Failure> {
    match args.first() {
        None => Ok(()),
        Some(word) => {
            let what = if is_option(word) { "unknown option" } else { "unexpected argument" };
            Err(Failure::Usage(format!("{what} `{}`", word.display())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(Into::into).collect()
    }

    #[test]
    fn options_are_taken_wherever_they_stand() {
        let cases = [
            ("", None, ""),
            ("--sign a.key", Some("a.key"), ""),
            ("--sign=a.key dir", Some("a.key"), "dir"),
            ("dir --sign a.key --quick", Some("a.key"), "dir --quick"),
            ("--signed a.key", None, "--signed a.key"),
        ];
        for (line, expected, rest) in cases {
            let mut args = words(line);
            let value = value(&mut args, "--sign").expect("well formed");
            assert_eq!((value, args), (expected.map(OsString::from), words(rest)), "{line}");
        }
    }

    #[test]
    fn a_value_that_lacks_or_comes_twice_is_a_usage_error() {
        let cases = [
            ("--sign", "--sign wants a value"),
            ("--sign=", "--sign wants a value"),
            ("--sign a --sign=b", "--sign is given twice"),
        ];
        for (line, told) in cases {
            let failure = value(&mut words(line), "--sign").expect_err("not well formed");
            assert_eq!((failure.to_string().as_str(), failure.exit_code()), (told, 64), "{line}");
        }
    }

    #[test]
    fn what_is_left_is_a_usage_error() {
        let mut args = words("--dry-run --fast");
        assert!(flag(&mut args, "--dry-run"));
        assert!(!flag(&mut args, "--dry-run"));
        assert_eq!(end(&args).expect_err("one is left").to_string(), "unknown option `--fast`");
    }

    #[test]
    fn one_word_by_itself_is_taken_and_a_mistyped_option_is_not_taken_for_it() {
        let cases = [
            ("", Ok(None)),
            ("dir", Ok(Some("dir"))),
            ("dir other", Err("unexpected argument `other`")),
            ("--kye a.pub dir", Err("unknown option `--kye`")),
            ("dir --fast", Err("unknown option `--fast`")),
        ];
        for (line, expected) in cases {
            let taken = operand(words(line)).map_err(|failure| failure.to_string());
            assert_eq!(taken, expected.map(|word| word.map(Into::into)).map_err(ToOwned::to_owned), "{line}");
        }
    }
}
