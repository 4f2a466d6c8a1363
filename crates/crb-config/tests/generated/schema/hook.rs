//! Programs of the operator's own.

#![expect(dead_code, reason = "these types are described, and nothing is read into them")]

use schemars::JsonSchema;

use super::kinds::{Event, Program, Seconds, Text};

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Hooks {
    /// What runs under the claim before the reboot, one after the other, such as to drain the node.
    #[schemars(extend("default" = []))]
    pre_reboot: Option<Vec<Hook>>,
    /// What runs before the slot is given back, also after a reboot that was called off, such as to undrain the node.
    #[schemars(extend("default" = []))]
    post_reboot: Option<Vec<Hook>>,
    /// What runs for each of the named events, with its line of the log on standard input.
    on_event: Option<OnEvent>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Hook {
    /// Its name, unlike any other in its list.
    name: Text,
    /// The program and its arguments, run without a shell.
    cmd: Program,
    /// How long it may run, in seconds; then it is ended and has failed.
    #[schemars(extend("default" = 300))]
    timeout_sec: Option<Seconds<1>>,
    /// What follows when it fails.
    #[schemars(extend("default" = "block"))]
    on_failure: Option<OnFailure>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum OnFailure {
    Block,
    Continue,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct OnEvent {
    /// The program and its arguments, run without a shell.
    cmd: Program,
    /// How long it may run for one event, in seconds.
    #[schemars(extend("default" = 30))]
    timeout_sec: Option<Seconds<1>>,
    /// For which events; docs/hooks.md lists them.
    #[schemars(length(min = 1))]
    events: Vec<Event>,
}
