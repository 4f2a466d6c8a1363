//! Values that several records have in common.

use std::time::Duration;

use crb_decide::{Outcome, Reason};
use jiff::Timestamp;
use serde_json::Value;

use crate::level::Level;

/// How much of what a script printed stands in the log.
const EXCERPT: usize = 1024;

/// How many reasons or nodes a list in the log names.
pub(super) const LISTED: usize = 20;

/// Whole milliseconds.
pub(super) fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A time as RFC 3339, as precise as it is.
pub(super) fn time(time: Timestamp) -> String {
    time.to_string()
}

/// A JSON object of the pairs that have a value.
pub(super) fn object<'a>(pairs: impl IntoIterator<Item = (&'a str, Option<Value>)>) -> Value {
    let present = pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(present.collect())
}

/// Reasons as a list of `code`, `message` and, where known, `lifts_at`.
pub(super) fn reasons(reasons: &[Reason]) -> Value {
    let one = |reason: &Reason| {
        object([
            ("code", Some(reason.code().into())),
            ("message", Some(reason.to_string().into())),
            ("lifts_at", reason.lifts_at().map(time).map(Value::from)),
        ])
    };
    reasons.iter().take(LISTED).map(one).collect()
}

/// Reasons as one sentence.
pub(super) fn sentence(reasons: &[Reason]) -> String {
    const SAID: usize = 3;
    let said: Vec<String> = reasons.iter().take(SAID).map(Reason::to_string).collect();
    let rest = reasons.len().saturating_sub(SAID);
    let more = if rest > 0 { format!("; and {rest} more") } else { String::new() };
    format!("{}{more}", said.join("; "))
}

/// How much a reason matters: what somebody decided is ordinary; what is broken or unknown wants an eye.
pub(super) fn level(reason: &Reason) -> Level {
    let broken = reason.is_failure()
        || reason.outcome() == Outcome::HealthBlocked
        || matches!(reason, Reason::KillSwitchUnreadable { .. } | Reason::RebootOverdue(_));
    if broken { Level::Warn } else { Level::Info }
}

/// The end of what a script printed, if it printed anything: errors stand last.
pub(super) fn excerpt(printed: &str) -> Option<String> {
    let printed = printed.trim();
    if printed.is_empty() {
        return None;
    }
    let cut = printed.len().saturating_sub(EXCERPT);
    let start = (cut..printed.len()).find(|at| printed.is_char_boundary(*at)).unwrap_or(cut);
    let tail = printed.get(start..).unwrap_or_default();
    Some(if start == 0 { tail.to_owned() } else { format!("…{tail}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_the_end_cut_between_characters() {
        assert_eq!(excerpt(" \n"), None);
        assert_eq!(excerpt("  said\n"), Some("said".to_owned()));
        let long = "ä".repeat(EXCERPT);
        assert_eq!(excerpt(&long), Some(format!("…{}", "ä".repeat(EXCERPT / 2))));
        let odd = format!("{long}x");
        assert_eq!(excerpt(&odd), Some(format!("…{}x", "ä".repeat(EXCERPT / 2 - 1))));
    }

    #[test]
    fn a_sentence_names_three_reasons_and_counts_the_rest() {
        let script = |exit_code| Reason::ScriptFailed { exit_code };
        assert_eq!(sentence(&[script(1)]), "the health script ended with 1");
        let many: Vec<Reason> = (1..=5).map(script).collect();
        assert!(sentence(&many).ends_with("ended with 3; and 2 more"), "{}", sentence(&many));
    }
}
