//! `windows.allow[]` and `windows.deny[]`, in their three forms.

#![expect(dead_code, reason = "these types are described, and nothing is read into them")]

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// A time in which a node may, or may not, reboot.
#[derive(JsonSchema)]
#[schemars(untagged, deny_unknown_fields)]
pub(super) enum Window {
    /// Every week: `DAYS HH:MM-[DAY ]HH:MM`, such as `Fri 18:00-Mon 05:00`. Quote one that begins with `*` or has a
    /// comma in it.
    Weekly(Weekly),
    /// Whenever a cron expression matches, for a duration.
    Cron {
        /// When it opens: minute, hour, day of the month, month and day of the week, such as `0 2 * * 6`.
        cron: CronExpression,
        /// How long it stays open: a number with its unit, or several, such as `90m`, `2h`, `1h30m` or `2d`; whole
        /// minutes, up to 366 days.
        duration: Duration,
    },
    /// Once, from a date or a date and time until just before another.
    Dated {
        /// When it opens: `2026-12-20`, `2026-12-20T18:00`, or with an offset, `2026-12-20T18:00+01:00`.
        from: Moment,
        /// The first moment at which it is closed again, later than `from`.
        until: Moment,
    },
}

/// Declares texts that the crate of the windows parses.
macro_rules! texts {
    ($($name:ident, $pattern:expr;)*) => {$(
        pub(super) struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "pattern": $pattern})
            }
        }
    )*};
}

texts! {
    Weekly, weekly();
    CronExpression, r"^\s*[^\s@]+(?:\s+[^\s@]+){4}\s*$";
    Duration, DURATION;
    Moment, MOMENT;
}

const DURATION: &str = concat!(
    r"^\s*(?:[0-9][0-9.]*\s*",
    r"(?:w|wks?|weeks?|d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)(?:\s*,)?\s*)+$"
);

const MOMENT: &str = concat!(
    r"^\s*[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])",
    r"(?:[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?",
    r"(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?\s*$"
);

const DAYS: [&str; 7] = [
    "[Mm][Oo][Nn]",
    "[Tt][Uu][Ee]",
    "[Ww][Ee][Dd]",
    "[Tt][Hh][Uu]",
    "[Ff][Rr][Ii]",
    "[Ss][Aa][Tt]",
    "[Ss][Uu][Nn]",
];

/// Days are told by their first three letters, and ranges from lists by the loader alone: all of it would be some
/// thousand letters, which an editor shows.
fn weekly() -> String {
    let day = format!("(?:{})[A-Za-z]*", DAYS.join("|"));
    let days = format!(r"{day}(?:\s*[,-]\s*{day})*");
    let time = "(?:[01]?[0-9]|2[0-3]):[0-5]?[0-9]";
    format!(r"^\s*(?:(?:\*|{days})\s+)?{time}\s*-\s*(?:{days}\s+)?(?:{time}|24:00?)\s*$")
}
