//! `version`: what this program was built from.

use crb_decide::ExitCode;
use serde::Serialize;

use crate::cli::{Output, VersionArgs};
use crate::output;

/// The program's version.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit it was built from.
pub(crate) const COMMIT: &str = env!("CLUSTERREBOOTD_COMMIT");

#[derive(Serialize)]
struct Build {
    version: &'static str,
    commit: &'static str,
    target: &'static str,
    rustc: &'static str,
}

pub(crate) fn run(args: &VersionArgs) -> ExitCode {
    let build = Build {
        version: VERSION,
        commit: COMMIT,
        target: env!("CLUSTERREBOOTD_TARGET"),
        rustc: env!("CLUSTERREBOOTD_RUSTC"),
    };
    output::result(&match args.output {
        Output::Text => format!(
            "clusterrebootd {}\ncommit {}\ntarget {}\n{}",
            build.version, build.commit, build.target, build.rustc
        ),
        Output::Json => output::json(&build),
    });
    ExitCode::Success
}
