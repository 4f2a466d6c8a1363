//! What a slot holds, read as the type that its key wants.

use std::{ops::RangeInclusive, time::Duration};

use jiff::SignedDuration;

use crate::{
    fault::Fault,
    read::{Optional as _, Slot, all},
    scalar::{self, NotWhole},
    sink::{Read, Told},
    suggest,
    tree::Value,
};

/// What a key wants.
#[derive(Clone, Copy)]
pub(super) enum Expected {
    Text,
    Flag,
    Number,
    Whole,
    Seconds,
    List,
    Words,
    Map,
}

impl Expected {
    fn name(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Flag => "`true` or `false`",
            Self::Number => "a number",
            Self::Whole => "a whole number",
            Self::Seconds => "a whole number of seconds",
            Self::List => "a list",
            Self::Words => "a list of words",
            Self::Map => "a map of keys and values",
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::Text => "write one text behind the key",
            Self::Flag => "write `true` or `false`",
            Self::Number => "write a number such as 0.6",
            Self::Whole => "write a number such as 3",
            Self::Seconds => "write a number such as 30",
            Self::List | Self::Words => "write each item on a line of its own, after `- `",
            Self::Map => "write each key on a line of its own, as `key: value`",
        }
    }
}

impl<'a> Slot<'a> {
    /// A text. A blank one is the same as none: the Go daemon's packaged file has blanks for what is not set.
    pub(crate) fn text(&self) -> Read<Option<&'a str>> {
        Ok(self.scalar(Expected::Text)?.filter(|text| !text.trim().is_empty()))
    }

    /// The items of a list of words, blank ones included.
    pub(crate) fn words(&self) -> Read<Vec<String>> {
        let items = self.items_as(Expected::Words)?;
        let word = |item: &Slot<'a>| {
            item.scalar(Expected::Text).required(item, "write a word, or \"\" for a blank one")
        };
        all(items.iter().map(word)).map(|words| words.into_iter().map(str::to_owned).collect())
    }

    /// A flag.
    pub(crate) fn flag(&self) -> Read<Option<bool>> {
        let Some(text) = self.scalar(Expected::Flag)? else { return Ok(None) };
        scalar::flag(text).map(Some).ok_or_else(|| self.wrong_type(Expected::Flag, "this is neither"))
    }

    /// A number, not necessarily a whole one.
    pub(crate) fn number(&self) -> Read<Option<f64>> {
        let Some(text) = self.scalar(Expected::Number)? else { return Ok(None) };
        scalar::number(text).map(Some).ok_or_else(|| self.wrong_type(Expected::Number, "this is not one"))
    }

    /// A whole number within `range`.
    pub(crate) fn whole(&self, range: RangeInclusive<u32>) -> Read<Option<u32>> {
        let Some(text) = self.scalar(Expected::Whole)? else { return Ok(None) };
        self.whole_in(text, &range, Expected::Whole).map(Some)
    }

    /// A whole number of seconds, `least` or more.
    pub(crate) fn seconds(&self, least: u32) -> Read<Option<Duration>> {
        let Some(text) = self.scalar(Expected::Seconds)? else { return Ok(None) };
        let seconds = self.whole_in(text, &(least..=u32::MAX), Expected::Seconds)?;
        Ok(Some(Duration::from_secs(seconds.into())))
    }

    /// One of several words.
    pub(crate) fn one_of<T: Copy>(&self, choices: &[(&'static str, T)]) -> Read<Option<T>> {
        let Some(text) = self.text()? else { return Ok(None) };
        let choice = choices.iter().find(|(word, _)| *word == text);
        choice.map(|(_, value)| Some(*value)).ok_or_else(|| {
            let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
            let hint = match suggest::nearest(text, words.iter().copied()) {
                Some(word) => format!("did you mean `{word}`?"),
                None => format!("write {}", suggest::list(&words, "or")),
            };
            let fault =
                Fault::error("config::unknown_value", format!("`{}` cannot be `{text}`", self.path()));
            self.refuse(fault.advise(hint), "not one of its values")
        })
    }

    fn scalar(&self, expected: Expected) -> Read<Option<&'a str>> {
        match self.value() {
            None => Ok(None),
            Some(Value::Scalar(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong_type(expected, &format!("this is {}", other.kind()))),
        }
    }

    fn whole_in(&self, text: &str, range: &RangeInclusive<u32>, expected: Expected) -> Read<u32> {
        let number = scalar::whole(text).map_err(|not| match not {
            NotWhole::LeadingZero => {
                let fault = self.wrong_type_fault(expected);
                let decimal = text.trim_start_matches(['0', '+', '-', '_']);
                let decimal = if decimal.is_empty() { "0" } else { decimal };
                let fault = fault.advise(format!("write {decimal}, or 0o{decimal} if you mean octal"));
                self.refuse(fault, "some read a leading zero as octal")
            }
            NotWhole::Other => match (expected, text.parse::<SignedDuration>()) {
                (Expected::Seconds, Ok(duration)) => {
                    let fault =
                        self.wrong_type_fault(expected).advise(format!("write {}", duration.as_secs()));
                    self.refuse(fault, "seconds have no unit here")
                }
                _ => self.wrong_type(expected, "this is not one"),
            },
        })?;
        u32::try_from(number).ok().filter(|number| range.contains(number)).ok_or_else(|| {
            let (bounds, hint) = match (*range.start(), *range.end()) {
                (least, u32::MAX) if number < least.into() => {
                    (format!("at least {least}"), format!("{least} or more"))
                }
                (_, most @ u32::MAX) => (format!("at most {most}"), format!("{most} or less")),
                (least, most) => {
                    (format!("from {least} to {most}"), format!("a number from {least} to {most}"))
                }
            };
            let fault = Fault::error("config::out_of_range", format!("`{}` must be {bounds}", self.path()));
            self.refuse(fault.advise(format!("write {hint}")), "")
        })
    }

    pub(super) fn wrong_type(&self, expected: Expected, label: &str) -> Told {
        let fault = self.wrong_type_fault(expected);
        self.refuse(
            match (expected, self.value()) {
                (Expected::List, Some(Value::Scalar(text))) => {
                    fault.advise(format!("write [\"{}\"]", text.trim()))
                }
                (Expected::Words, Some(Value::Scalar(text))) => {
                    let words: Vec<_> = text.split_whitespace().map(|word| format!("\"{word}\"")).collect();
                    fault.advise(format!("write [{}]", words.join(", ")))
                }
                _ => fault.advise(expected.hint()),
            },
            label,
        )
    }

    fn wrong_type_fault(&self, expected: Expected) -> Fault {
        let name =
            if self.path().is_empty() { "configuration".to_owned() } else { format!("`{}`", self.path()) };
        Fault::error("config::wrong_type", format!("{name} must be {}", expected.name()))
    }
}
