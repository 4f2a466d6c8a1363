//! The reader's own pager, as git uses it: `PAGER`, or else `less`.

use crb_process::page;
use tokio::signal::unix::{SignalKind, signal};

use crate::output;
use crate::system::{terminal_size, variable};

/// What `less` does unless the reader has said something else: ends where one screen is enough, shows colours, and
/// leaves what it showed on the screen.
const LESS: &str = "FRX";

/// Shows the text: in the pager where it is longer than the terminal, unless `no_pager` is wanted, and else as it is.
pub(crate) async fn show(text: &str, no_pager: bool) {
    match terminal_size() {
        Some((_, height)) if !no_pager && text.lines().count() >= height => page_through(text).await,
        _ => output::result(text),
    }
}

/// In the pager, or as it is where there is none.
async fn page_through(text: &str) {
    let argv = words(variable("PAGER"));
    // Ctrl-C is the pager's. Were this process ended by it, the pager would go on beside the shell.
    let _interrupts = signal(SignalKind::interrupt());
    let env = if variable("LESS").is_none() { vec![("LESS".to_owned(), LESS.to_owned())] } else { vec![] };
    // `cat` is how one says that none is wanted.
    if argv.is_empty() || argv == ["cat"] || page(&argv, env, text).await.is_err() {
        output::result(text);
    }
}

/// The words of the variable, which no shell ever sees. Set and empty: no pager is wanted.
fn words(pager: Option<String>) -> Vec<String> {
    pager.map_or_else(|| vec!["less".to_owned()], |line| line.split_whitespace().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pager_is_the_readers_own() {
        let cases = [
            (None, &["less"][..]),
            (Some(""), &[]),
            (Some("less -S  -R"), &["less", "-S", "-R"]),
            (Some("cat"), &["cat"]),
        ];
        for (variable, expected) in cases {
            assert_eq!(words(variable.map(str::to_owned)), expected, "{variable:?}");
        }
    }
}
