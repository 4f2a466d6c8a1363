//! How long things may take that must come.

use std::sync::OnceLock;
use std::time::Duration;

/// For whatever takes a daemon or a script some passes: several times what it takes on two cores that nobody else uses, for
/// whoever waits for a fault has to wait it out. A machine that is busy is given a factor with `--patience`.
pub(crate) const WAIT: Duration = Duration::from_secs(120);

/// From power, or the beginning of a shutdown, to a machine's agent. In emulation that takes about 40 s.
pub(crate) const BOOT: Duration = Duration::from_secs(180);

/// For a script that waits for nothing; apt in emulation is the slowest.
pub(crate) const SCRIPT: Duration = BOOT;

/// For a whole turn of a node: the wait, the way down and up, and the wait until all know that it is well.
pub(crate) const TURN: Duration = BOOT.saturating_add(WAIT);

/// For an emulator to call back or to answer, which it does at once.
pub(crate) const EMULATOR: Duration = Duration::from_secs(30);

static FACTOR: OnceLock<u32> = OnceLock::new();

/// Makes all waits of this process so many times as long. Counts once, before the first wait.
pub(crate) fn stretch_by(factor: u32) {
    FACTOR.get_or_init(|| factor);
}

/// The limit, made as long as was asked for.
pub(crate) fn stretched(limit: Duration) -> Duration {
    limit.saturating_mul(*FACTOR.get_or_init(|| 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wait_is_so_many_times_as_long() {
        stretch_by(3);
        assert_eq!(stretched(WAIT), Duration::from_secs(360));
        stretch_by(5);
        assert_eq!(stretched(WAIT), Duration::from_secs(360), "the first word counts");
        assert_eq!(stretched(Duration::MAX), Duration::MAX);
    }
}
