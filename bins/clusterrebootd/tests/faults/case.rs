//! One row of the table: a fleet of three, a fault at a step of one of them, and what must come of it.

use std::time::Duration;

use crb_testbed::{Catch, EtcdCluster, Fleet, Held, History, Line, Moment, poll_until};

use crate::fault::Fault;
use crate::report::Verdict;
use crate::scene::{Scene, node};
use crate::step::Step;
use crate::table::Row;

/// How long anything may take that must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// The one that the fault strikes.
const VICTIM: &str = "node-0";

/// What all rows share.
pub(crate) struct Bed<'a> {
    pub(crate) cluster: &'a EtcdCluster,
    pub(crate) history: &'a History,
}

/// A row at work.
struct Case<'a> {
    row: &'a Row,
    scene: Scene<'a>,
    line: Line,
}

pub(crate) fn run(row: &Row, bed: &Bed<'_>) -> Verdict {
    let namespace = row.name();
    let line = Line::to(&bed.cluster.endpoints());
    let direct = bed.cluster.endpoints();
    let fleet = Fleet::new(if row.slots == 1 { 3 } else { 4 }, |name| {
        let way = if name == VICTIM { line.urls() } else { &direct };
        node(name, &namespace, row.slots, way)
    });
    let scene = Scene::new(fleet, bed.history, &namespace, row.slots);
    let mut case = Case { row, scene, line };
    case.strike();
    case.scene.finish();
    case.check(bed.cluster);
    Verdict::Held
}

impl Case<'_> {
    fn strike(&mut self) {
        for node in &mut self.scene.fleet.nodes[1..] {
            node.start();
        }
        self.await_that("the others are well", |case| {
            case.others().iter().all(|name| case.scene.is_well(name))
        });
        if self.row.step != Step::Join {
            self.victim().start();
            self.await_that("all are well", |case| case.scene.is_well(VICTIM));
        }
        if self.row.step.is_after_boot() {
            self.victim().need_reboot();
            let ended = self.victim().exit_code();
            assert_eq!(ended, None, "the machine goes down");
        }
        match (self.row.step.signature(), self.row.step.script()) {
            (Some(_), _) => self.strike_at_request(),
            (None, Some(phase)) => self.strike_at_script(phase),
            (None, None) => self.strike_at_boot(),
        }
    }

    /// Brings the victim to the step, and holds it there.
    fn reach(&mut self, moment: Moment) -> Held {
        let catch = |step: Step, moment| -> Catch {
            self.line.catch(step.signature().expect("a step that is a request"), moment)
        };
        let name = self.row.step.as_str();
        let wanted = match self.row.step {
            Step::Settle => {
                let commit = catch(Step::Commit, Moment::Request);
                self.victim().need_reboot();
                let commit = commit.wait("the commit");
                let wanted = self.line.catch(Step::Settle.signature().expect("a request"), moment);
                commit.lose();
                wanted
            }
            Step::Abort => {
                let commit = catch(Step::Commit, Moment::Answer);
                self.victim().need_reboot();
                let commit = commit.wait("the commit");
                self.victim().kill_switch(true);
                let wanted = self.line.catch(Step::Abort.signature().expect("a request"), moment);
                commit.pass();
                wanted
            }
            step if step.is_after_boot() => {
                let wanted = catch(step, moment);
                self.victim().boot_anew();
                self.victim().start();
                wanted
            }
            step => {
                let wanted = catch(step, moment);
                self.victim().need_reboot();
                if step == Step::Join {
                    self.victim().start();
                }
                wanted
            }
        };
        let held = wanted.wait(name);
        self.victim().kill_switch(false);
        held
    }

    fn strike_at_request(&mut self) {
        use Fault::{
            AnswerLost, CutApplied, CutLate, CutLost, DeadAfter, KilledAfter, KilledBefore, Late, Lost,
            PowerCut, StoppedApplied, StoppedLate, StoppedLost,
        };
        let moment = match self.row.fault {
            KilledAfter | DeadAfter | PowerCut | AnswerLost | CutApplied => Moment::Answer,
            _ => Moment::Request,
        };
        let held = self.reach(moment);
        let before = self.scene.history.revision();
        match self.row.fault {
            KilledBefore | KilledAfter | DeadAfter | PowerCut => {
                self.victim().kill();
                held.lose();
                self.others_want();
                if self.row.fault == DeadAfter {
                    self.await_lapse()
                } else {
                    self.await_others()
                }
                if self.row.fault == PowerCut {
                    self.victim().boot_anew();
                }
                self.victim().start();
            }
            StoppedLost | StoppedApplied | StoppedLate => {
                self.victim().freeze();
                let late = match self.row.fault {
                    StoppedLate => Some(held),
                    StoppedApplied => {
                        held.deliver();
                        None
                    }
                    _ => {
                        held.lose();
                        None
                    }
                };
                self.others_want();
                self.await_lapse();
                late.into_iter().for_each(Held::deliver);
                self.victim().thaw();
            }
            CutLate => {
                self.line.cut();
                self.others_want();
                self.await_lapse();
                let late = held.send();
                self.line.mend();
                late.wait();
            }
            CutLost | CutApplied => {
                self.line.cut();
                held.lose();
                self.others_want();
                self.await_lapse();
                self.line.mend();
            }
            Lost | AnswerLost => {
                held.lose();
                self.others_want();
            }
            Late => {
                self.await_that("the victim got on by another way", |case| case.has_got_on(before));
                held.deliver();
                self.others_want();
            }
            Fault::Killed | Fault::Stopped | Fault::Cut | Fault::Dead => {
                unreachable!("these strike at scripts and machines")
            }
        }
    }

    /// From now on the others have a reason to reboot, too.
    fn others_want(&self) {
        for node in &self.scene.fleet.nodes[1..] {
            node.need_reboot();
        }
    }

    /// Whether the victim has done this step, or what it does instead, after a revision.
    fn has_got_on(&self, before: i64) -> bool {
        let put = |key: &str, fits: &str| self.scene.last_put(key, fits) > before;
        let ended =
            |outcome: &str| put("crb/history/", &format!(r#""node":"{VICTIM}","outcome":"{outcome}""#));
        match self.row.step {
            Step::Join | Step::Commit | Step::Settle => put(&format!("crb/alive/{VICTIM}"), ""),
            Step::Enqueue => self.scene.is_queued(VICTIM),
            Step::Arm => self.scene.claim(VICTIM) == "armed",
            Step::Verifying => self.scene.claim(VICTIM) == "verifying" || ended("released"),
            Step::Release => ended("released"),
            Step::Abort => ended("aborted"),
            step => unreachable!("{} changes nothing", step.as_str()),
        }
    }

    fn strike_at_script(&mut self, phase: &str) {
        self.victim().hold(phase);
        self.victim().need_reboot();
        self.victim().wait_until_held(phase);
        self.others_want();
        match self.row.fault {
            Fault::Killed => {
                self.victim().kill();
                self.victim().let_go(phase);
                self.await_others();
                self.victim().start();
            }
            Fault::PowerCut => {
                self.victim().kill();
                self.victim().let_go(phase);
                self.await_others();
                self.victim().boot_anew();
                self.victim().start();
            }
            Fault::Stopped => {
                self.victim().freeze();
                if phase != "command" {
                    self.victim().let_go(phase);
                }
                self.await_lapse();
                self.victim().thaw();
                self.victim().let_go(phase);
            }
            Fault::Cut => {
                self.line.cut();
                self.victim().let_go(phase);
                self.await_lapse();
                self.line.mend();
            }
            fault => unreachable!("{} does not strike at a script", fault.as_str()),
        }
    }

    fn strike_at_boot(&mut self) {
        self.others_want();
        if self.row.fault == Fault::Dead {
            self.await_lapse();
        }
        if self.row.fault == Fault::Cut {
            self.line.cut();
        }
        self.victim().boot_anew();
        self.victim().start();
        self.victim().wait_for("its start", |event| event.is("started"));
        match self.row.fault {
            Fault::Killed => {
                self.victim().kill();
                self.await_others();
                self.victim().start();
            }
            Fault::Stopped => {
                self.victim().freeze();
                self.await_lapse();
                self.victim().thaw();
            }
            Fault::Cut => {
                self.await_lapse();
                self.line.mend();
            }
            _ => {}
        }
    }

    /// Waits until the victim's leases have ended, while the others do what they can; then its claim must be as the
    /// row says.
    fn await_lapse(&mut self) {
        self.await_that("the victim's leases end", |case| case.scene.has_lapsed(VICTIM));
        self.await_others();
    }

    /// Waits until the others are on their way; then the victim's claim must be as the row says.
    fn await_others(&mut self) {
        self.await_that("the others are on their way", |case| {
            case.others().iter().all(|name| case.scene.is_on_its_way(name))
        });
        let wanted = self.row.meanwhile;
        self.await_that("the claim is as it must be", |case| case.scene.claim(VICTIM) == wanted);
    }

    /// Waits, and boots the others meanwhile.
    fn await_that(&mut self, what: &str, mut is: impl FnMut(&Self) -> bool) {
        let came = poll_until(PATIENCE, || {
            self.scene.fleet.boot_the_fallen_but(VICTIM);
            is(self).then_some(())
        });
        let claim = self.scene.claim(VICTIM);
        assert!(
            came.is_some(),
            "waited in vain: {what}; the claim is {claim:?}; {}",
            self.scene.fleet.told()
        );
    }

    fn check(&self, cluster: &EtcdCluster) {
        let outings = self.scene.judged(cluster);
        let of = |name: &str| -> (Vec<String>, usize) {
            let theirs = outings.iter().filter(|outing| outing.node == name);
            let outcome = |outing: &crb_testbed::Outing| outing.end.as_ref().map(|end| end.outcome.clone());
            let starts = theirs.clone().map(|outing| outing.starts.len()).sum();
            (theirs.filter_map(outcome).collect(), starts)
        };
        let (endings, starts) = of(VICTIM);
        let told = || format!("{outings:#?}\n{}", self.scene.fleet.told());
        assert_eq!(endings, self.row.endings, "how the claims of the victim ended; {}", told());
        assert_eq!(starts, self.row.starts, "how often the victim ran its command; {}", told());
        for name in self.others() {
            assert_eq!(of(&name), (vec!["released".to_owned()], 1), "what became of {name}; {}", told());
        }
    }

    fn others(&self) -> Vec<String> {
        self.scene.fleet.nodes[1..].iter().map(|node| node.name().to_owned()).collect()
    }

    fn victim(&mut self) -> &mut crb_testbed::TestNode {
        &mut self.scene.fleet.nodes[0]
    }
}
