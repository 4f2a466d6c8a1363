//! Where this node stands in the queue. Whoever waits asks for its own key and those that it waits for, and reads the whole
//! queue only when one of them has gone: what a waiter costs does not grow with the queue.

use std::time::Duration;

use crb_decide::{NodeName, Place as Seat};
use crb_lock::{LockError, OutNode, Place};
use crb_observe::What;
use crb_store::Revision;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::pass_run::PassRun;
use crate::turn::WaitingFor;

/// For each key ahead, a place may be told by what was read so long ago. Keys ahead can only go, so a place is never told
/// to be nearer than it is, and where a reboot takes a minute it is wrong by a thirtieth; in return what a waiter reads in
/// a minute does not grow with the queue.
const STALE_A_KEY: Duration = Duration::from_secs(2);

/// More keys than this are not asked for one by one.
const MOST_KEYS: usize = 64;

/// What is known of a place since the whole queue was last read.
pub(crate) struct Known {
    /// When the place was taken.
    created: Revision,
    seat: Seat,
    /// As many keys as there are slots, right ahead: a turn comes no sooner than one of these goes.
    nearest: Vec<String>,
    read: Instant,
}

impl Known {
    /// Whether the nearest keys tell of `place` whether it is its turn, at so many slots.
    fn serves(&self, place: &Place, slots: u32) -> bool {
        let is_behind = self.nearest.len() >= slots as usize && self.nearest.len() <= MOST_KEYS;
        let is_fresh = self.read.elapsed() <= STALE_A_KEY * self.seat.position;
        // A place that was once within the slots stays there; the view tells the rest.
        self.created == place.created && (self.seat.position < slots || (is_behind && is_fresh))
    }

    /// The same place of `me`, with those who are overdue at `now` by what the guard tells of who is `out`: they stand ahead of
    /// whoever waits beyond the slots.
    fn seat_at(&self, me: &NodeName, out: &[OutNode], now: Timestamp) -> Seat {
        let others = out.iter().filter(|out| out.node != *me);
        Seat { overdue: others.filter_map(|out| out.overdue(now)).collect(), ..self.seat.clone() }
    }
}

impl PassRun<'_> {
    /// Takes a place, if there is none, and finds where it stands.
    pub(crate) async fn own_seat(&mut self) -> Result<Seat, LockError> {
        if self.turn.kept.is_none() {
            self.node.emit(What::LockAttempt { attempt: self.turn.attempts + 1 });
        }
        let place = self.turn.take_place(self.node).await?;
        if let Some(seat) = self.known_seat(&place).await? {
            return Ok(seat);
        }
        let queue = self.node.coordinator.queue().await?;
        match queue.keys.iter().find(|key| key.key == place.key) {
            None => return Err(LockError::PlaceGone),
            Some(own) if own.lease.is_none() => return Err(LockError::LateCommit),
            Some(_) => {}
        }
        let me = self.node.coordinator.identity();
        let ahead: Vec<_> = queue.ahead_of(place.created, me).collect();
        let slots = self.node.coordinator.terms().slots;
        let nearest: Vec<String> =
            ahead.iter().rev().take(slots as usize).map(|key| key.key.clone()).collect();
        self.turn.waiting_for = Some(WaitingFor::Ahead(nearest.clone(), queue.revision));
        let seat = queue.place_at(place.created, me, self.node.now());
        if seat.position < slots && !self.turn.acquired {
            self.turn.acquired = true;
            self.node.emit(What::LockAcquired {
                attempt: self.turn.attempts,
                lease_id: place.lease.id().to_string(),
                waited: self.turn.waited(),
            });
        }
        self.turn.known =
            Some(Known { created: place.created, seat: seat.clone(), nearest, read: Instant::now() });
        Ok(seat)
    }

    /// The place as it is known, if nothing that its turn depends on has changed since.
    async fn known_seat(&mut self, place: &Place) -> Result<Option<Seat>, LockError> {
        let slots = self.node.coordinator.terms().slots;
        let Some(known) = self.turn.known.take().filter(|known| known.serves(place, slots)) else {
            return Ok(None);
        };
        let nearest = if known.seat.position < slots { &[][..] } else { &known.nearest };
        let (stands, revision) = self.node.coordinator.stands_behind(place, nearest).await?;
        if !stands {
            return Ok(None);
        }
        self.turn.waiting_for = Some(WaitingFor::Ahead(known.nearest.clone(), revision));
        let me = &self.node.coordinator.identity().node;
        let seat = known.seat_at(me, &self.node.shared.out.borrow(), self.node.now());
        self.turn.known = Some(known);
        Ok(Some(seat))
    }

    /// Where this node stands, or would stand: its daemon's own place counts.
    pub(crate) async fn peeked_seat(&self) -> Result<Seat, LockError> {
        let me = self.node.coordinator.identity();
        let queue = self.node.coordinator.queue().await?;
        let own = queue.keys.iter().find(|key| key.is_of(me));
        let created = own.map_or(Revision(i64::MAX), |key| key.created);
        Ok(queue.place_at(created, me, self.node.now()))
    }
}
