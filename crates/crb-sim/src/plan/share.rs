//! What a roll-out's time goes by with.

use std::cmp::Reverse;
use std::time::Duration;

use crb_decide::{Decision, Outcome, Reason};

use super::forecast::Stretch;

/// What a fleet waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The maintenance windows.
    Windows,
    /// The time between two reboots.
    Cooldown,
    /// Nodes that are out.
    Reboots,
    /// The policy, or peers that are not well.
    Health,
    /// An operator: a pause, or a store that has gone backwards.
    Operator,
}

impl Cause {
    /// All of them, in the order in which they are told where they are equal.
    pub const ALL: [Self; 5] = [Self::Windows, Self::Cooldown, Self::Reboots, Self::Health, Self::Operator];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Windows => "windows",
            Self::Cooldown => "cooldown",
            Self::Reboots => "reboots",
            Self::Health => "health",
            Self::Operator => "operator",
        }
    }

    /// What a node waits for that was held back so.
    pub(super) fn of(decision: &Decision) -> Self {
        match (decision.outcome(), decision.first_reason()) {
            (Outcome::WindowDenied | Outcome::WindowOutsideAllow, _) => Self::Windows,
            (Outcome::CooldownActive, _) => Self::Cooldown,
            (Outcome::KillSwitchActive, _) | (_, Reason::StoreRegressed { .. }) => Self::Operator,
            (Outcome::HealthBlocked, _) => Self::Health,
            (
                Outcome::LockUnavailable
                | Outcome::LockSkipped
                | Outcome::NoAction
                | Outcome::RecheckCleared
                | Outcome::Ready,
                _,
            ) => Self::Reboots,
        }
    }
}

/// How much of the time went by with one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// With which.
    pub cause: Cause,
    /// How long.
    pub time: Duration,
    /// Of a hundred; those of all shares add up to it.
    pub percent: u32,
}

/// The shares of `stretches` that are not nothing, the longest first.
pub(super) fn shares(stretches: &[Stretch]) -> Vec<Share> {
    let time = |cause| -> Duration {
        let of_it = stretches.iter().filter(|stretch| stretch.cause == cause);
        of_it.map(|stretch| stretch.until.duration_since(stretch.from).unsigned_abs()).sum()
    };
    let mut shares: Vec<Share> =
        Cause::ALL.map(|cause| Share { cause, time: time(cause), percent: 0 }).into_iter().collect();
    shares.retain(|share| !share.time.is_zero());
    shares.sort_by_key(|share| Reverse(share.time));
    let total: u128 = shares.iter().map(|share| share.time.as_nanos()).sum();
    let mut rests: Vec<(usize, u128)> = vec![];
    for (index, share) in shares.iter_mut().enumerate() {
        let hundredfold = share.time.as_nanos() * 100;
        share.percent = u32::try_from(hundredfold / total).unwrap_or(100);
        rests.push((index, hundredfold % total));
    }
    // What rounding down has lost goes to those that lost most.
    let lost = 100u32.saturating_sub(shares.iter().map(|share| share.percent).sum());
    rests.sort_by_key(|(_, rest)| Reverse(*rest));
    for (index, _) in rests.into_iter().take(lost as usize) {
        shares[index].percent += 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    /// Times in seconds, and their shares.
    type Case<'a> = (&'a [(Cause, i64)], &'a [(Cause, u32)]);

    fn shown(times: &[(Cause, i64)]) -> Vec<(Cause, u32)> {
        let mut from = 0;
        let stretches: Vec<Stretch> = times
            .iter()
            .map(|(cause, seconds)| {
                let at = |second| Timestamp::from_second(second).unwrap();
                from += seconds;
                Stretch { from: at(from - seconds), until: at(from), cause: *cause }
            })
            .collect();
        shares(&stretches).into_iter().map(|share| (share.cause, share.percent)).collect()
    }

    #[test]
    fn shares_add_up_to_a_hundred_and_the_longest_is_first() {
        use Cause::{Cooldown, Health, Operator, Reboots, Windows};
        let cases: [Case<'_>; 5] = [
            (&[], &[]),
            (&[(Reboots, 7)], &[(Reboots, 100)]),
            (&[(Cooldown, 22), (Windows, 71), (Reboots, 7)], &[(Windows, 71), (Cooldown, 22), (Reboots, 7)]),
            (&[(Windows, 1), (Cooldown, 1), (Reboots, 1)], &[(Windows, 34), (Cooldown, 33), (Reboots, 33)]),
            (
                &[(Health, 1), (Operator, 1_000_000), (Health, 1), (Reboots, 6)],
                &[(Operator, 100), (Reboots, 0), (Health, 0)],
            ),
        ];
        for (times, expected) in cases {
            assert_eq!(shown(times), expected, "{times:?}");
        }
    }
}
