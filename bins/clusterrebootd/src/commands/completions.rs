//! `completions`: what a shell needs to complete our commands.

use crb_decide::ExitCode;

use crate::cli::{CompletionsArgs, definition};
use crate::output;

pub(crate) fn run(args: &CompletionsArgs) -> ExitCode {
    let mut script = vec![];
    let mut command = definition();
    let name = command.get_name().to_owned();
    clap_complete::generate(clap_complete::Shell::from(args.shell), &mut command, name, &mut script);
    output::result(&String::from_utf8_lossy(&script));
    ExitCode::Success
}
