//! The daemon's steps up to the commit: join, look for claims, queue, view, commit, settle.

use crate::fault::{Fate, Fault};
use crate::mutant::Mutant;
use crate::state::{At, Node, State};
use crate::step::Step;
use crate::store::{Claim, Key, NEVER, NOW, Phase, Rev};
use crate::system::System;
use crate::txn::{Commit, Txn};

impl System {
    /// Makes a step of the daemon on `who`; `None` if it cannot be made now.
    pub(crate) fn daemon(
        &self,
        state: &State,
        next: &mut State,
        who: u8,
        step: Step,
        fate: Fate,
    ) -> Option<()> {
        let node = state.nodes[who as usize];
        match step {
            Step::Join => self.join(next, who, fate),
            Step::NoticeLoss => {
                let own = state.store.alive[self.name(who) as usize].filter(|alive| alive.machine == who);
                (node.joined != NEVER && own.is_none()).then(|| next.node(who).joined = NEVER)
            }
            Step::DoubtPresence => {
                next.faults_left -= 1;
                next.node(who).joined = NEVER;
                Some(())
            }
            Step::DoubtPlace if node.at == At::Idle => {
                next.faults_left -= 1;
                next.node(who).place = NEVER;
                Some(())
            }
            Step::Publish => self.publish(next, who, fate),
            Step::FindClaims => self.find_claims(next, who),
            Step::Enqueue => self.enqueue(next, who, fate),
            Step::View => self.view(next, who),
            Step::Leave => self.leave(next, who, fate),
            Step::Commit => self.send_commit(next, who, fate),
            Step::Settle => self.settle(next, who, fate),
            _ => self.claim_step(next, who, step, fate),
        }
    }

    fn join(&self, next: &mut State, who: u8, fate: Fate) -> Option<()> {
        let name = self.name(who);
        if next.store.alive[name as usize].is_some_and(|alive| alive.machine != who) {
            return None;
        }
        let seen = next.store.alive_at(name);
        if self.send(next, who, Txn::Join { seen }, fate) == Some(true) {
            next.node(who).joined = NOW + 1;
            next.node(who).recovered &= self.is(Mutant::LookBeforeJoin);
        }
        Some(())
    }

    fn publish(&self, next: &mut State, who: u8, fate: Fate) -> Option<()> {
        let node = *next.node(who);
        let name = self.name(who);
        let healthy = !node.ill && node.at != At::Outlived;
        let says = next.store.health[name as usize].map(|health| health.healthy);
        if node.held || node.joined == NEVER || says == Some(healthy) {
            return None;
        }
        let seen = next.store.health_at(name);
        self.send(next, who, Txn::Publish { seen, healthy }, fate);
        Some(())
    }

    /// Whether `key` is one of `who`, as far as that daemon can tell.
    fn is_own(&self, who: u8, key: &Key) -> bool {
        key.owner == self.name(who) && (key.machine == who || self.is(Mutant::ClaimOfAnyMachine))
    }

    /// Whether `key` is a claim of `who`, as far as that daemon can tell.
    pub(crate) fn is_own_claim(&self, who: u8, key: &Key) -> bool {
        let claim = !key.leased || (self.is(Mutant::LeasedClaim) && key.phase != Phase::Waiting);
        claim && self.is_own(who, key)
    }

    fn find_claims(&self, next: &mut State, who: u8) -> Option<()> {
        let node = *next.node(who);
        let may_look = node.joined != NEVER || self.is(Mutant::LookBeforeJoin);
        if node.recovered || !may_look {
            return None;
        }
        let claims: Vec<Key> =
            next.store.queue.iter().filter(|key| self.is_own_claim(who, key)).copied().collect();
        let marked = node.marked && !self.is(Mutant::NoMarker);
        let node = next.node(who);
        node.recovered = claims.len() < 2;
        node.held = !claims.is_empty();
        let Some(key) = claims.first() else {
            if marked {
                node.at = At::Outlived;
            }
            return Some(());
        };
        let claim = Claim::from(key);
        let lax = self.is(Mutant::ReleaseInSameBoot) && key.phase == Phase::Armed;
        node.at = match key.phase {
            _ if key.old_boot || key.machine != who || lax => At::Back { claim },
            Phase::Waiting | Phase::Committed => At::Ending { claim, release: false },
            Phase::Armed => At::Claimed { claim, runs: key.attempts.max(1) },
            Phase::Verifying | Phase::Stuck => At::Holding { claim },
        };
        Some(())
    }

    fn enqueue(&self, next: &mut State, who: u8, fate: Fate) -> Option<()> {
        let node = *next.node(who);
        if !node.recovered || node.joined == NEVER || node.needs == 0 || node.ill {
            return None;
        }
        if self.send(next, who, Txn::Enqueue, fate).is_some() {
            next.node(who).place = NOW + 1;
        }
        Some(())
    }

    fn view(&self, next: &mut State, who: u8) -> Option<()> {
        let node = *next.node(who);
        let place = next.store.key(node.place).copied();
        if place.is_none() {
            next.node(who).place = NEVER;
            return Some(());
        }
        if !node.recovered || node.joined == NEVER || node.ill {
            return None;
        }
        if next.store.queue.iter().any(|key| self.is_own_claim(who, key)) {
            // A commit that came late.
            next.node(who).place = NEVER;
            next.node(who).recovered = false;
            return Some(());
        }
        if !self.may_commit(next, who, node.place) {
            return None;
        }
        let wide = self.slots_in_view(next) > 1;
        next.node(who).at = At::Viewed { guard: next.store.guard, view: NOW, wide, outdated: false };
        Some(())
    }

    /// Whether the fleet gate is open for the owner of `place`, by what the store shows.
    fn may_commit(&self, state: &State, who: u8, place: Rev) -> bool {
        let store = &state.store;
        let (me, slots) = (self.name(who), self.slots_in_view(state));
        let others = || store.queue.iter().filter(|key| !self.is_own(who, key));
        let is_out = |name: u8| others().any(|key| !key.leased && key.owner == name);
        let ahead = others().filter(|key| key.created < place).count();
        let out = others().filter(|key| !key.leased).count();
        let heard = store.key(place).is_some_and(|key| key.heard);
        let unwell = (0..self.machines)
            .filter(|name| *name != me && self.name(*name) == *name && !is_out(*name))
            .filter(|name| {
                let (health, alive) = (store.health[*name as usize], store.alive[*name as usize]);
                let present = alive.is_some()
                    || (self.is_classic(*name) && heard && health.is_some_and(|health| health.fresh));
                match health {
                    None => alive.is_some(),
                    Some(health) => !present || !health.healthy,
                }
            })
            .count();
        !store.paused && !store.cooling && out < slots && ahead < slots && unwell <= self.max_unhealthy.into()
    }

    fn leave(&self, next: &mut State, who: u8, fate: Fate) -> Option<()> {
        let node = *next.node(who);
        if node.place == NEVER {
            return None;
        }
        if fate == Fate::Answered {
            next.faults_left -= 1;
        }
        let key = next.store.key(node.place).copied();
        let revoked = matches!(fate, Fate::Answered | Fate::Unanswered);
        if revoked && key.is_some_and(|key| key.leased) {
            next.store.delete(node.place);
        }
        let answered = fate == Fate::Answered;
        let node = next.node(who);
        node.place = NEVER;
        if matches!(node.at, At::Settling { .. }) && !answered {
            // The daemon was to stop, and stops.
            node.die();
            return Some(());
        }
        node.at = At::Idle;
        node.recovered &= answered;
        match key.filter(|key| answered && self.is_own_claim(who, key)) {
            Some(key) => node.at = At::Ending { claim: Claim::from(&key), release: false },
            None => node.held &= !answered,
        }
        Some(())
    }

    fn send_commit(&self, next: &mut State, who: u8, fate: Fate) -> Option<()> {
        let node = *next.node(who);
        let At::Viewed { guard, view, wide, outdated } = node.at else { return None };
        if node.joined == NEVER {
            next.node(who).at = At::Idle;
            return Some(());
        }
        let stale = self.is(Mutant::StaleView);
        let commit = Commit {
            place: node.place,
            guard: if stale { next.store.guard } else { guard },
            view: if stale { NOW } else { view },
            joined: node.joined,
            wide,
            outdated,
            old_boot: false,
        };
        next.node(who).held = true;
        match self.send(next, who, Txn::Commit(commit), fate) {
            Some(true) => next.committed(who),
            Some(false) => self.refused(next, who, node.joined),
            None if self.is(Mutant::NoSettling) => self.refused(next, who, node.joined),
            None => next.node(who).at = At::Settling { joined: node.joined },
        }
        Some(())
    }

    /// After a refusal: an own key without a lease is a commit that was applied.
    fn refused(&self, next: &mut State, who: u8, joined: Rev) {
        if next.store.alive_at(self.name(who)) != joined {
            next.forget_presence(who, joined);
        }
        let place = next.node(who).place;
        if next.store.key(place).is_some_and(|key| self.is_own_claim(who, key)) {
            return next.committed(who);
        }
        next.node(who).at = At::Idle;
        next.node(who).held = false;
    }

    fn settle(&self, next: &mut State, who: u8, fate: Fate) -> Option<()> {
        let node = *next.node(who);
        let At::Settling { joined } = node.at else { return None };
        match self.send(next, who, Txn::Fence { place: node.place, joined }, fate) {
            Some(true) => {
                let node = next.node(who);
                if node.joined == joined {
                    node.joined = NOW + 1;
                }
                node.at = At::Idle;
                node.held = false;
            }
            Some(false) => self.refused(next, who, joined),
            None => {}
        }
        Some(())
    }
}

impl State {
    /// The machine `who`.
    pub(crate) fn node(&mut self, who: u8) -> &mut Node {
        &mut self.nodes[who as usize]
    }

    /// Notes that the commit of `who` was made.
    fn committed(&mut self, who: u8) {
        let place = self.node(who).place;
        let own = self.store.key(place).or_else(|| self.store.queue.last()).map(Claim::from);
        let node = self.node(who);
        node.place = NEVER;
        if let Some(claim) = own {
            node.at = At::Claimed { claim, runs: 0 };
        }
    }

    /// Notes that `who` has to join, unless it has joined anew since `joined`.
    pub(crate) fn forget_presence(&mut self, who: u8, joined: Rev) {
        let node = self.node(who);
        if node.joined == joined {
            node.joined = NEVER;
        }
    }

    /// Counts a fault, if one may still happen.
    pub(crate) fn spend(&mut self, system: &System, fault: Fault) -> Option<()> {
        system.may(self, fault).then(|| self.faults_left -= 1)
    }
}
