//! The arguments of an operator's commands.

use clap::Args;
use crb_decide::NodeName;
use jiff::{SignedDuration, SpanRelativeTo, fmt::friendly::SpanParser};

use super::{ConfigArgs, Output};

/// How a pause is to be written.
const LENGTH: &str = "write how long, such as `45m`, `2h30m` or `1d12h`, or leave `--for` out: the pause then lasts until \
                      `clusterrebootd resume`";

/// As many entries of the history as are shown at once: what one look holds stays small, however long the history is.
pub(crate) const MOST_ENTRIES: u32 = 10_000;

/// The longest pause that ends by itself.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 366);

/// What all of them take.
#[derive(Debug, Args)]
pub(crate) struct DeskArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// How to print it
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// Only of this node
    #[arg(long, value_name = "NODE", value_parser = node)]
    pub(crate) node: Option<NodeName>,
    /// How many entries at most, up to 10000
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_ENTRIES)))]
    pub(crate) limit: u32,
}

#[derive(Debug, Args)]
pub(crate) struct PauseArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// Why the fleet is not to reboot; everyone is shown it
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(crate) reason: String,
    /// For how long, such as 45m, 2h30m or 1d12h; without it, until `resume`
    #[arg(long = "for", value_name = "D", value_parser = length)]
    pub(crate) length: Option<SignedDuration>,
}

#[derive(Debug, Args)]
pub(crate) struct UnlockArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// The node whose slot is to be freed
    #[arg(value_name = "NODE", value_parser = node)]
    pub(crate) node: NodeName,
    /// Why it will not come back; kept in the history
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(crate) reason: String,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
    /// Even if the node is up and may still go down, and another one with it
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ForgetArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// The node that is no more
    #[arg(value_name = "NODE", value_parser = node)]
    pub(crate) node: NodeName,
    /// Why; kept in the history
    #[arg(long, value_name = "TEXT", value_parser = reason, default_value = "decommissioned")]
    pub(crate) reason: String,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
}

fn node(text: &str) -> Result<NodeName, String> {
    NodeName::try_new(text).map_err(|error| error.to_string())
}

/// A reason that says something.
pub(super) fn reason(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("a reason must not be blank: those who read it want to know why".to_owned()),
        reason => Ok(reason.to_owned()),
    }
}

fn length(text: &str) -> Result<SignedDuration, String> {
    let bad = |what: &str| format!("{what}; {LENGTH}");
    let span = SpanParser::new().parse_span(text.trim()).map_err(|_| bad("it is not a duration"))?;
    if span.get_years() != 0 || span.get_months() != 0 {
        return Err(bad("months and years differ in length"));
    }
    let length =
        span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| bad("it is not a duration"))?;
    if length < SignedDuration::from_secs(1) {
        return Err(bad("it is no time at all"));
    }
    if length > LONGEST {
        return Err(bad("a pause that ends by itself lasts 366 days at most"));
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_lasts_as_long_as_it_is_written() {
        let cases = [
            ("45m", 45 * 60),
            ("2h30m", 150 * 60),
            ("1d12h", 36 * 3_600),
            (" 90s ", 90),
            ("366d", 366 * 86_400),
        ];
        for (text, seconds) in cases {
            assert_eq!(length(text), Ok(SignedDuration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_length_of_a_pause_is_refused_with_what_to_write() {
        let cases = [
            ("", "it is not a duration"),
            ("0", "it is not a duration"),
            ("90", "it is not a duration"),
            ("soon", "it is not a duration"),
            ("PT2H", "it is not a duration"),
            ("0m", "it is no time at all"),
            ("1ms", "it is no time at all"),
            ("2h ago", "it is no time at all"),
            ("1mo", "months and years differ in length"),
            ("367d", "a pause that ends by itself lasts 366 days at most"),
        ];
        for (text, what) in cases {
            assert_eq!(length(text), Err(format!("{what}; {LENGTH}")), "{text}");
        }
    }

    #[test]
    fn a_reason_says_something() {
        assert_eq!(reason(" storage works "), Ok("storage works".to_owned()));
        assert!(reason(" \t").is_err());
    }
}
