//! `history`: how long reboots are remembered in etcd.

use std::time::Duration;

use crate::{
    read::{Optional, Section},
    sink::Read,
};

const KEEP_DAYS: u32 = 90;
/// A hundred years: more is a slip of the hand.
const MOST_DAYS: u32 = 36_500;

pub(super) fn read(root: &Section<'_>) -> Read<Option<Duration>> {
    root.slot("history").section(|history| {
        let days = history.slot("keep_days").whole(0..=MOST_DAYS).default_to(KEEP_DAYS)?;
        let keep = Duration::from_secs(u64::from(days) * 24 * 60 * 60);
        Ok(Some(keep).filter(|keep| !keep.is_zero()))
    })
}
