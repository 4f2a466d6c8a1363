//! The store.

use super::Said;
use crate::record::Fields;

pub(super) fn stale_reads(endpoint: &str, version: &str, mended_by: Option<&'static str>) -> Said {
    const FAULT: &str = "answer reads with old data after a member was paused";
    let message = match mended_by {
        Some(release) => format!("etcd {version} at {endpoint} may {FAULT}; {release} mends that"),
        None => format!(
            "etcd at {endpoint} calls its version {version:?}, of which it is not known whether it may {FAULT}; \
             releases from 3.4.42, 3.5.28 or 3.6.9 on do not"
        ),
    };
    Said::warn(
        message,
        Fields::default()
            .with("endpoint", endpoint)
            .with("version", version)
            .with_some("mended_by", mended_by),
    )
}

pub(super) fn files(message: &str, renewed: bool) -> Said {
    if renewed {
        Said::info(message, Fields::default().with("result", "renewed"))
    } else {
        Said::warn(message, Fields::default().with("result", "refused"))
    }
}
