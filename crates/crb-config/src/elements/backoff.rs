//! `backoff_min_sec`, `backoff_max_sec`: how long to wait after passing failures.

use std::time::Duration;

use crate::{
    fault::Fault,
    read::{Optional, Section},
    sink::Read,
};

const MIN: Duration = Duration::from_secs(5);
const MAX: Duration = Duration::from_secs(60);

pub(super) fn read(root: &Section<'_>) -> Read<(Duration, Duration)> {
    let (min_slot, max_slot) = (root.slot("backoff_min_sec"), root.slot("backoff_max_sec"));
    let (min, max) = (min_slot.seconds(1).default_to(MIN), max_slot.seconds(1).default_to(MAX));
    let (min, max) = (min?, max?);
    if max < min {
        let message = format!(
            "`backoff_max_sec` ({}) is less than `backoff_min_sec` ({})",
            max.as_secs(),
            min.as_secs()
        );
        let fault = Fault::error("config::backoff_max_below_min", message);
        let fault = fault.advise(format!("write `backoff_max_sec: {}` or more", min.as_secs()));
        let fault = min_slot.mark(max_slot.mark(fault, "the longest wait"), "the shortest wait");
        return Err(max_slot.sink().refuse(fault));
    }
    Ok((min, max))
}
