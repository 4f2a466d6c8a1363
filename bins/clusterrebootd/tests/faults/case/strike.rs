//! How a fault strikes: at a request, at a script, or at a machine that is down.

use crb_testbed::{Catch, Held, Moment};

use super::{Case, VICTIM};
use crate::fault::Fault;
use crate::step::Step;

impl Case<'_> {
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

    pub(super) fn strike_at_request(&mut self) {
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
                    self.await_lapse();
                } else {
                    self.await_others();
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
            Late if self.row.step == Step::Commit => {
                // It has settled the commit, and is about to look anew: nothing but the settling fences it off.
                let look = self.line.catch(Step::View.signature().expect("a request"), Moment::Request);
                let look = look.wait("the next view");
                held.deliver();
                look.pass();
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
            Step::Join | Step::Settle => put(&format!("crb/alive/{VICTIM}"), ""),
            Step::Enqueue => self.scene.is_queued(VICTIM),
            Step::Arm => self.scene.claim(VICTIM) == "armed",
            Step::Verifying => self.scene.claim(VICTIM) == "verifying" || ended("released"),
            Step::Release => ended("released"),
            Step::Abort => ended("aborted"),
            step => unreachable!("{} changes nothing", step.as_str()),
        }
    }

    pub(super) fn strike_at_script(&mut self, phase: &str) {
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

    pub(super) fn strike_at_boot(&mut self) {
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
}
