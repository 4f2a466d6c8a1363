//! The one place that prints: results to standard output, complaints to standard error.

use std::io::{IsTerminal, Write};

use crb_decide::ExitCode;

/// Prints a result. A reader that has gone away is no error of ours.
pub(crate) fn result(text: &str) {
    let mut out = std::io::stdout().lock();
    let newline = if text.ends_with('\n') { "" } else { "\n" };
    write!(out, "{text}{newline}").and_then(|()| out.flush()).ok();
}

/// Prints a text as it is, and says whether there is still a reader.
pub(crate) fn raw(text: &str) -> bool {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_ok()
}

/// Prints a complaint.
pub(crate) fn complaint(text: &str) {
    let newline = if text.ends_with('\n') { "" } else { "\n" };
    write!(std::io::stderr().lock(), "{text}{newline}").ok();
}

/// What came of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// A clear yes.
    Yes,
    /// Anything else, or nothing.
    No,
    /// Standard input is no terminal: nobody was asked.
    Nobody,
}

/// Asks a question at the terminal.
pub(crate) fn ask(question: &str) -> Answer {
    if !std::io::stdin().is_terminal() {
        return Answer::Nobody;
    }
    write!(std::io::stderr().lock(), "{question} [y/N] ").ok();
    let mut answer = String::new();
    let answered = std::io::stdin().read_line(&mut answer);
    if matches!(answered, Ok(0)) {
        // An end without a word leaves the cursor behind the question.
        writeln!(std::io::stderr().lock()).ok();
    }
    let yes = answered.is_ok() && ["y", "yes"].contains(&answer.trim().to_lowercase().as_str());
    if yes { Answer::Yes } else { Answer::No }
}

/// Prints an error with everything that caused it, and fails.
pub(crate) fn failure(error: &dyn std::error::Error) -> ExitCode {
    let mut text = format!("clusterrebootd: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    complaint(&text);
    ExitCode::Failure
}

/// Prints what clap has to say: help and version succeed, everything else is a usage error.
pub(crate) fn usage(told: &clap::Error) -> ExitCode {
    // Without a reader there is nobody to tell.
    told.print().ok();
    if told.use_stderr() { ExitCode::Usage } else { ExitCode::Success }
}

/// One JSON document, indented for the eye.
pub(crate) fn json(document: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(document).expect("a document of text and numbers is always JSON")
}

/// Prints one JSON document, indented for the eye, as it is made: it may be long. A reader that has gone away is no
/// error of ours.
pub(crate) fn streamed(document: &impl serde::Serialize) {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let written = serde_json::to_writer_pretty(&mut out, document).map_err(std::io::Error::from);
    written.and_then(|()| writeln!(out)).and_then(|()| out.flush()).ok();
}
