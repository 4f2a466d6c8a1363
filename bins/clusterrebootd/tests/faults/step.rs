//! The steps of the protocol, and how each is known from outside.

use crb_testbed::Signature;

use crate::LOCK;

/// A step at which a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The presence is put.
    Join,
    /// A place in the queue is put.
    Enqueue,
    /// The view is read.
    View,
    /// The health script runs under the lock.
    Recheck,
    /// The place becomes a claim.
    Commit,
    /// The presence is put again, for the commit was not answered.
    Settle,
    /// The claim is armed.
    Arm,
    /// The reboot command runs.
    Command,
    /// The machine is down, or comes up.
    Boot,
    /// Claims of an earlier life are looked for.
    Back,
    /// The claim says that the node is back.
    Verifying,
    /// The claim ends: the node is back and well.
    Release,
    /// The claim ends: nothing ran.
    Abort,
}

impl Step {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::Enqueue => "enqueue",
            Self::View => "view",
            Self::Recheck => "recheck",
            Self::Commit => "commit",
            Self::Settle => "settle",
            Self::Arm => "arm",
            Self::Command => "command",
            Self::Boot => "boot",
            Self::Back => "back",
            Self::Verifying => "verifying",
            Self::Release => "release",
            Self::Abort => "abort",
        }
    }

    /// What stands in the request that is this step, where it is one.
    pub(crate) fn signature(self) -> Option<Signature> {
        let queue = format!("{LOCK}/");
        Some(match self {
            Self::Join => Signature::with(["crb/alive/", r#""slots""#]),
            Self::Enqueue => Signature::with([r#""phase":"waiting""#]),
            Self::View => {
                Signature::with([&queue, "cluster_health/", "crb/guard", "crb/pause"]).without([r#""phase""#])
            }
            Self::Commit => Signature::with([r#""phase":"committed""#]),
            Self::Settle => Signature::with([&queue, r#""slots""#]),
            Self::Arm => Signature::with([r#""phase":"armed""#]),
            Self::Back => Signature::with([&queue]).without([r#""phase""#, "crb/", "cluster_health/"]),
            Self::Verifying => Signature::with([r#""phase":"verifying""#]),
            Self::Release => Signature::with([r#""outcome":"released""#]),
            Self::Abort => Signature::with([r#""outcome":"aborted""#]),
            Self::Recheck | Self::Command | Self::Boot => return None,
        })
    }

    /// What a script has to be held at for this step, where it is one.
    pub(crate) const fn script(self) -> Option<&'static str> {
        match self {
            Self::Recheck => Some("post-lock"),
            Self::Command => Some("command"),
            _ => None,
        }
    }

    /// Whether the node has been down when this step comes.
    pub(crate) const fn is_after_boot(self) -> bool {
        matches!(self, Self::Boot | Self::Back | Self::Verifying | Self::Release)
    }
}
