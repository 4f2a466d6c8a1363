//! The daemon's steps under a claim: arm, run, verify, hold, end.

use crate::fault::{Broken, Fate, Fault};
use crate::mutant::Mutant;
use crate::state::{At, End, Out, State};
use crate::step::Step;
use crate::store::{Claim, NEVER, Phase};
use crate::system::System;
use crate::txn::Txn;

impl System {
    /// Makes a step under a claim; `None` if it cannot be made now.
    pub(crate) fn claim_step(&self, next: &mut State, who: u8, step: Step, fate: Fate) -> Option<()> {
        match (step, next.node(who).at) {
            (Step::Arm, At::Claimed { claim, runs }) => self.arm(next, who, claim, runs, fate)?,
            (Step::GateCloses, At::Claimed { claim, runs: 0 }) => {
                next.faults_left -= 1;
                next.node(who).at = At::Ending { claim, release: false };
            }
            (Step::Run | Step::RunDud | Step::NotStarted, At::Armed { claim, runs }) => {
                self.run(next, who, step, claim, runs);
            }
            (Step::StillUp, At::Ran { claim, runs }) => {
                if next.node(who).falling {
                    next.spend(self, Fault::Dud)?;
                }
                let again = runs < self.max_runs;
                next.node(who).at = if again { At::Claimed { claim, runs } } else { At::GivingUp { claim } };
            }
            (Step::Mark, At::GivingUp { claim }) => match self.mark(next, who, claim, Phase::Stuck, fate) {
                Marked::Done(claim) => next.node(who).at = At::Holding { claim },
                Marked::Again(claim) => next.node(who).at = At::GivingUp { claim },
                Marked::Gone => next.outlive(who),
            },
            (Step::Mark, At::Back { claim }) => match self.mark(next, who, claim, Phase::Verifying, fate) {
                Marked::Done(claim) => next.node(who).at = At::Ending { claim, release: true },
                Marked::Again(claim) => next.node(who).at = At::Back { claim },
                Marked::Gone => next.rest(who),
            },
            (Step::Refresh, At::Holding { claim }) if next.store.key(claim.key).is_none() => {
                next.outlive(who);
            }
            (Step::ReadForEnd, At::Ending { claim, release }) => {
                self.read_for_end(next, who, claim, release)?;
            }
            (Step::Finish, At::Finishing { end, claim }) => self.finish(next, who, end, claim, fate),
            _ => return None,
        }
        Some(())
    }

    fn arm(&self, next: &mut State, who: u8, claim: Claim, runs: u8, fate: Fate) -> Option<()> {
        let joined = next.node(who).joined;
        if self.is(Mutant::NoArm) {
            next.node(who).at = At::Armed { claim, runs };
            return Some(());
        }
        if joined == NEVER {
            return next.meet_obstacle(who, claim, runs);
        }
        let Some(armed) = self.send(next, who, Txn::Arm { claim, joined }, fate) else { return Some(()) };
        match self.own_claim_at(next, who, claim) {
            None if runs > 0 => next.outlive(who),
            None => {
                next.node(who).at = At::Idle;
                next.node(who).held = self.is(Mutant::HeldAfterUnlock);
            }
            Some(claim) if armed && fate != Fate::Slow => {
                let node = next.node(who);
                node.at = At::Armed { claim, runs };
                node.out = Out::Yes;
                node.acknowledged = true;
            }
            Some(seen) if armed || seen.modified != claim.modified => {
                next.node(who).at = At::Claimed { claim: seen, runs };
            }
            Some(_) if next.store.paused => return next.meet_obstacle(who, claim, runs),
            Some(_) => {
                next.forget_presence(who, joined);
                next.meet_obstacle(who, claim, runs);
            }
        }
        Some(())
    }

    /// The claim of `who` under the key of `claim`, as it is now.
    fn own_claim_at(&self, state: &State, who: u8, claim: Claim) -> Option<Claim> {
        state.store.key(claim.key).filter(|key| self.is_own_claim(who, key)).map(Claim::from)
    }

    fn run(&self, next: &mut State, who: u8, step: Step, claim: Claim, runs: u8) {
        if step != Step::Run {
            next.faults_left -= 1;
        }
        let node = next.node(who);
        let fair = std::mem::take(&mut node.acknowledged);
        if step == Step::NotStarted && runs == 0 {
            node.out = Out::No;
            node.at = At::Ending { claim, release: false };
            return;
        }
        node.falling |= step == Step::Run;
        node.marked |= step != Step::NotStarted;
        node.at = At::Ran { claim, runs: (runs + 1).min(self.max_runs) };
        next.broken |= Broken::I3.unless(fair || step == Step::NotStarted);
    }

    fn mark(&self, next: &mut State, who: u8, claim: Claim, phase: Phase, fate: Fate) -> Marked {
        let Some(done) = self.send(next, who, Txn::Mark { claim, phase }, fate) else {
            return Marked::Again(claim);
        };
        match self.own_claim_at(next, who, claim) {
            None => Marked::Gone,
            Some(claim) if done => Marked::Done(claim),
            Some(claim) => Marked::Again(claim),
        }
    }

    fn read_for_end(&self, next: &mut State, who: u8, claim: Claim, release: bool) -> Option<()> {
        if release && next.node(who).ill {
            return None;
        }
        let Some(own) = self.own_claim_at(next, who, claim) else {
            next.rest(who);
            return Some(());
        };
        let joined = next.node(who).joined;
        let as_known = own.modified == claim.modified;
        if !as_known && joined == NEVER {
            return None;
        }
        let health = next.store.health_at(self.name(who));
        let guard = next.store.guard;
        let end = End { claim: own, health, guard, joined: (!as_known).then_some(joined), release };
        next.node(who).at = At::Finishing { end, claim };
        Some(())
    }

    fn finish(&self, next: &mut State, who: u8, end: End, claim: Claim, fate: Fate) {
        let answer = self.send(next, who, Txn::End(end), fate);
        if answer == Some(true) {
            return next.rest(who);
        }
        if let Some(joined) = end.joined.filter(|_| answer.is_some())
            && next.store.alive_at(self.name(who)) != joined
        {
            next.forget_presence(who, joined);
        }
        next.node(who).at = At::Ending { claim, release: end.release };
    }
}

impl State {
    /// The claim of `who` is gone, and nothing ran under it in this boot.
    fn rest(&mut self, who: u8) {
        self.node(who).at = At::Idle;
        self.node(who).held = false;
    }

    /// The claim of `who` is gone, and what ran under it may still take the machine down.
    fn outlive(&mut self, who: u8) {
        self.node(who).at = At::Outlived;
        self.node(who).held = false;
    }

    /// Something stands between the claim and the command: it is given back, unless the command ran already.
    fn meet_obstacle(&mut self, who: u8, claim: Claim, runs: u8) -> Option<()> {
        (runs == 0).then(|| self.node(who).at = At::Ending { claim, release: false })
    }
}

/// What came of marking a claim.
enum Marked {
    Done(Claim),
    Again(Claim),
    Gone,
}
