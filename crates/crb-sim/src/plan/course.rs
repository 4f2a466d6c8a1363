//! The virtual clock: from one moment at which something changes to the next.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::rc::Rc;

use crb_decide::{Cooldown, Decision, NodeName, Outcome, Pause, PeerState, Reason, WindowState};
use jiff::{SignedDuration, Timestamp};

use super::forecast::{Barred, Effort, End, Forecast, PlannedReboot, Stretch};
use super::judge::{Judge, Weather};
use super::outset::{Member, Outset, Turn};
use super::share::Cause;
use super::sky::Sky;

/// How far is looked ahead, as far as the windows tell.
const HORIZON: SignedDuration = SignedDuration::from_hours(24 * 400);

/// Lets the fleet of `outset` take its turns, for 400 days at most. A moment costs a time that grows with the slots and,
/// with the size of the fleet, only as its logarithm; a pass over all of the roster is made once for each state of the
/// fleet that differs in more than names.
pub fn forecast(outset: &Outset) -> Forecast {
    let mut course = Course::new(outset);
    let end = course.run();
    Forecast {
        from: outset.from,
        reboots: course.reboots,
        end,
        barred: outset.members.iter().filter_map(barred).collect(),
        stretches: course.stretches,
        effort: Effort { moments: course.moments, passes: course.judge.passes },
    }
}

fn barred(member: &Member) -> Option<Barred> {
    let Turn::Wanted { .. } = member.turn else { return None };
    let node = member.name.clone();
    let reason = match member.state.clone() {
        PeerState::Healthy | PeerState::Rebooting => return None,
        PeerState::Unhealthy { stage, reason } => Reason::PeerUnhealthy { node: node.clone(), stage, reason },
        PeerState::Silent { last_report } => Reason::PeerSilent { node: node.clone(), last_report },
    };
    Some(Barred { node, reason })
}

struct Course<'a> {
    outset: &'a Outset,
    now: Timestamp,
    sky: Sky<'a>,
    judge: Judge<'a>,
    waiting: VecDeque<usize>,
    returns: BinaryHeap<Reverse<(Timestamp, usize)>>,
    cooling: Option<Cooldown>,
    pause: Option<&'a Pause>,
    reboots: Vec<PlannedReboot>,
    stretches: Vec<Stretch>,
    moments: u64,
}

impl<'a> Course<'a> {
    fn new(outset: &'a Outset) -> Self {
        let members = || outset.members.iter().enumerate();
        let queues = |member: &Member| matches!(member.turn, Turn::Wanted { .. }) && barred(member).is_none();
        let returns = members().filter_map(|(index, member)| match member.turn {
            Turn::Out { back, .. } => Some(Reverse((back?, index))),
            Turn::Unwanted | Turn::Wanted { .. } => None,
        });
        Self {
            outset,
            now: outset.from,
            sky: Sky::new(&outset.windows, outset.from),
            judge: Judge::new(outset),
            waiting: members().filter(|(_, member)| queues(member)).map(|(index, _)| index).collect(),
            returns: returns.collect(),
            cooling: outset.cooling.clone(),
            pause: outset.pause.as_ref(),
            reboots: vec![],
            stretches: vec![],
            moments: 0,
        }
    }

    fn run(&mut self) -> End {
        let limit = self.outset.from.saturating_add(HORIZON).unwrap_or(Timestamp::MAX);
        loop {
            self.moments += 1;
            self.catch_up();
            let held = self.let_go();
            if self.waiting.is_empty() && self.returns.is_empty() {
                return End::Done { at: self.now };
            }
            if let Some(never) = self.stands_still() {
                return never;
            }
            let Some(next) = self.next_change() else {
                let (node, reasons) = self.spelled_out();
                return self.never(node, reasons);
            };
            let cause = held.map_or(Cause::Reboots, |decision| Cause::of(&decision));
            self.pass_time(next.min(limit), cause);
            if next > limit {
                return End::TooFar { limit, left: self.left() };
            }
        }
    }

    /// Lets happen what is due.
    fn catch_up(&mut self) {
        while let Some(Reverse((at, index))) =
            self.returns.peek().copied().filter(|next| next.0.0 <= self.now)
        {
            self.returns.pop();
            let node = &self.outset.members[index].name;
            self.judge.returns(node);
            if !self.outset.cooldown.is_zero() {
                let until = at.checked_add(self.outset.cooldown).ok();
                self.cooling = Some(Cooldown { node: node.to_string(), until });
            }
        }
        let is_over = |until: Option<Timestamp>| until.is_some_and(|until| until <= self.now);
        self.cooling.take_if(|cooling| is_over(cooling.until));
        self.pause.take_if(|pause| is_over(pause.until));
        self.sky.at(self.now);
    }

    /// Lets everyone go who may. Tells what holds the first one back who may not.
    fn let_go(&mut self) -> Option<Rc<Decision>> {
        let (mut held, mut index) = (None, 0);
        while let Some(member) = self.waiting.get(index).copied() {
            let Member { name, turn: Turn::Wanted { reboot }, .. } = &self.outset.members[member] else {
                unreachable!("nobody else was put there");
            };
            let ahead = self.judge.out() + index;
            let weather = Weather {
                now: self.now,
                windows: self.sky.at(self.now),
                cooling: self.cooling.as_ref(),
                pause: self.pause,
            };
            let decision = self.judge.verdict(name, ahead, &weather);
            if decision.outcome() == Outcome::Ready {
                let back = self.now.saturating_add(*reboot).unwrap_or(Timestamp::MAX);
                self.waiting.remove(index);
                self.judge.goes(name);
                self.returns.push(Reverse((back, member)));
                self.reboots.push(PlannedReboot { node: name.clone(), starts: self.now, back });
                continue;
            }
            held.get_or_insert(decision);
            index += 1;
            // Whoever stands behind is not within the slots either.
            if ahead >= self.outset.slots as usize {
                break;
            }
        }
        held
    }

    /// That nobody could go even if every window were open, and no cooldown and no pause were left that ends.
    fn stands_still(&mut self) -> Option<End> {
        if !self.returns.is_empty() {
            return None;
        }
        let free = (self.outset.slots as usize).saturating_sub(self.judge.out()).max(1);
        let best = WindowState::Open { until: None };
        let weather = Weather {
            now: self.now,
            windows: &best,
            cooling: self.cooling.as_ref().filter(|cooling| cooling.until.is_none()),
            pause: self.pause.filter(|pause| pause.until.is_none()),
        };
        for (index, member) in self.waiting.iter().take(free).enumerate() {
            let name = &self.outset.members[*member].name;
            if self.judge.verdict(name, self.judge.out() + index, &weather).outcome() == Outcome::Ready {
                return None;
            }
        }
        let name = &self.outset.members[*self.waiting.front()?].name;
        let decision = self.judge.pass(name, self.judge.out(), &weather);
        Some(self.never(name.clone(), decision.reasons().to_vec()))
    }

    /// Who is first, and what holds it back now.
    fn spelled_out(&mut self) -> (NodeName, Vec<Reason>) {
        let member = self.waiting.front().copied().unwrap_or_default();
        let name = &self.outset.members[member].name;
        let weather = Weather {
            now: self.now,
            windows: self.sky.at(self.now),
            cooling: self.cooling.as_ref(),
            pause: self.pause,
        };
        let decision = self.judge.pass(name, self.judge.out(), &weather);
        (name.clone(), decision.reasons().to_vec())
    }

    fn never(&self, node: NodeName, reasons: Vec<Reason>) -> End {
        End::Never { since: self.now, node, reasons, left: self.left() }
    }

    fn left(&self) -> Vec<NodeName> {
        self.waiting.iter().map(|member| self.outset.members[*member].name.clone()).collect()
    }

    /// The next moment at which somebody may go who may not now, or is back.
    fn next_change(&self) -> Option<Timestamp> {
        let returns = self.returns.peek().map(|next| next.0.0);
        if self.waiting.is_empty() {
            return returns;
        }
        let cooling = self.cooling.as_ref().and_then(|cooling| cooling.until);
        let pause = self.pause.and_then(|pause| pause.until);
        let changes = [returns, cooling, pause, self.sky.turns(self.now)];
        changes.into_iter().flatten().filter(|at| *at > self.now).min()
    }

    fn pass_time(&mut self, until: Timestamp, cause: Cause) {
        let from = std::mem::replace(&mut self.now, until);
        match self.stretches.last_mut() {
            Some(last) if last.cause == cause => last.until = until,
            _ => self.stretches.push(Stretch { from, until, cause }),
        }
    }
}
