//! What a scalar means, read as the Go daemon's parser (go-yaml v3) reads it into a typed field.

/// Why a text is no whole number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotWhole {
    /// Something else.
    Other,
    /// Octal in YAML 1.1, decimal in YAML 1.2.
    LeadingZero,
}

/// Nothing at all: the key is there, and its value is not.
pub(crate) fn is_null(plain: &str) -> bool {
    matches!(plain, "" | "~" | "null" | "Null" | "NULL")
}

/// A flag, by the names of YAML 1.2 and, as go-yaml grants a typed field, some of YAML 1.1.
pub(crate) fn flag(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" | "y" | "Y" | "yes" | "on" => Some(true),
        "false" | "False" | "FALSE" | "n" | "N" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// A whole number: decimal, `0x…`, `0o…`, `0b…`, with underscores between digits, or a float without a
/// fraction.
pub(crate) fn whole(text: &str) -> Result<i128, NotWhole> {
    let plain = text.replace('_', "");
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let in_base = |digits: &str, base| {
        let unsigned = digits.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric());
        let value = unsigned.then(|| i128::from_str_radix(digits, base).ok()).flatten();
        value.map(|value| sign * value).ok_or(NotWhole::Other)
    };
    for (prefix, base) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = digits.strip_prefix(prefix) {
            return in_base(digits, base);
        }
    }
    if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NotWhole::LeadingZero);
    }
    in_base(digits, 10).or_else(|not| number(text).and_then(without_fraction).ok_or(not))
}

/// A finite number.
pub(crate) fn number(text: &str) -> Option<f64> {
    let numeric = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-._eE".contains(&byte));
    numeric.then(|| text.replace('_', "").parse().ok()).flatten().filter(|number: &f64| number.is_finite())
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "within the bounds a float holds every whole number exactly"
)]
fn without_fraction(number: f64) -> Option<i128> {
    (number.fract() == 0.0 && number.abs() < 2_f64.powi(53)).then_some(number as i128)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_whole_numbers_as_go_yaml_does() {
        let cases = [
            ("30", Ok(30)),
            ("+30", Ok(30)),
            ("-30", Ok(-30)),
            ("0", Ok(0)),
            ("1_000", Ok(1000)),
            ("0x1F", Ok(31)),
            ("-0x1F", Ok(-31)),
            ("0o17", Ok(15)),
            ("0b101", Ok(5)),
            ("30.0", Ok(30)),
            ("1e2", Ok(100)),
            ("030", Err(NotWhole::LeadingZero)),
            ("30.5", Err(NotWhole::Other)),
            ("1e300", Err(NotWhole::Other)),
            ("99999999999999999999", Ok(99_999_999_999_999_999_999)),
            ("0x", Err(NotWhole::Other)),
            ("0x-1", Err(NotWhole::Other)),
            ("--1", Err(NotWhole::Other)),
            ("+-1", Err(NotWhole::Other)),
            ("-", Err(NotWhole::Other)),
            ("30s", Err(NotWhole::Other)),
            ("inf", Err(NotWhole::Other)),
            ("", Err(NotWhole::Other)),
        ];
        for (text, expected) in cases {
            assert_eq!(whole(text), expected, "{text}");
        }
    }

    #[test]
    fn reads_numbers() {
        let cases = [
            ("0.6", Some(0.6)),
            (".5", Some(0.5)),
            ("1", Some(1.0)),
            ("6e-1", Some(0.6)),
            ("-1", Some(-1.0)),
        ];
        for (text, expected) in cases {
            assert_eq!(number(text), expected, "{text}");
        }
        for text in [".nan", ".inf", "nan", "infinity", "1e999", "60%", ""] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn reads_flags() {
        for text in ["true", "True", "TRUE", "yes", "on", "y"] {
            assert_eq!(flag(text), Some(true), "{text}");
        }
        for text in ["false", "False", "FALSE", "no", "off", "n"] {
            assert_eq!(flag(text), Some(false), "{text}");
        }
        for text in ["", "1", "tRUE", "enabled"] {
            assert_eq!(flag(text), None, "{text}");
        }
    }
}
