//! `schema`: what a configuration may have, for editors and checks.

use crb_decide::ExitCode;

use crate::output;

pub(crate) fn run() -> ExitCode {
    output::result(crb_config::schema());
    ExitCode::Success
}
