//! The life of a claim: whatever comes, it is not given back once the command may have run.

use crb_decide::{ClaimPhase, CommandEnd, MAX_RUNS, NextStep, Resume, after_command, resume};
use proptest::prelude::*;

use crate::config;
use crate::dice::{Dice, thrown};

/// What befalls a node that holds a claim.
#[derive(Debug, Clone)]
enum Event {
    /// The daemon is started again, in the same boot, with the command under way or not.
    Restart,
    /// The machine boots anew, by the command or by a fault.
    Boot,
    /// The run that the claim is armed for ends so.
    End(CommandEnd),
}

/// Whether the daemon dies before it arms, and what comes then.
#[derive(Debug)]
struct Case {
    dies_before_arm: bool,
    events: Vec<Event>,
    runs: u32,
}

fn case() -> impl Strategy<Value = Case> {
    thrown(|dice| Case {
        dies_before_arm: dice().once_in(4),
        events: (0..dice().throw(16)).map(|_| event(dice())).collect(),
        runs: dice().throw(u32::MAX) >> dice().throw(32),
    })
}

fn event(mut dice: Dice) -> Event {
    match dice.throw(9) {
        0..3 => Event::End(CommandEnd::StillUp),
        3..5 => Event::End(CommandEnd::Failed("exit 1".to_owned())),
        5..7 => Event::End(CommandEnd::NotStarted("no such file".to_owned())),
        7 => Event::Restart,
        _ => Event::Boot,
    }
}

/// How a claim ended.
enum Over {
    Verified,
    Aborted,
}

/// A node with a claim, as the loop leads it, and beside it what really happened.
struct Node {
    phase: ClaimPhase,
    runs: u32,
    same_boot: bool,
    /// The truth, which the node does not know: the command ran, and may yet take effect.
    ran: bool,
    over: Option<Over>,
}

impl Node {
    fn committed() -> Self {
        Self { phase: ClaimPhase::Committed, runs: 0, same_boot: true, ran: false, over: None }
    }

    fn arm(&mut self) {
        self.phase = ClaimPhase::Armed;
        self.runs += 1;
    }

    fn take(&mut self, event: &Event) {
        match event {
            Event::Boot => self.same_boot = false,
            Event::Restart => {}
            Event::End(end) => return self.ended(end),
        }
        match resume(self.phase, self.same_boot) {
            Resume::Verify => self.over = Some(Over::Verified),
            Resume::Abort => self.over = Some(Over::Aborted),
            // It was armed, so the command may have run while nobody looked.
            Resume::ArmAgain => {
                self.ran = true;
                self.arm();
            }
            Resume::Hold => {}
        }
    }

    fn ended(&mut self, end: &CommandEnd) {
        if self.phase != ClaimPhase::Armed {
            return;
        }
        self.ran |= !matches!(end, CommandEnd::NotStarted(_));
        match after_command(end, self.runs) {
            NextStep::Abort => self.over = Some(Over::Aborted),
            NextStep::ArmAgain => self.arm(),
            NextStep::GiveUp => self.phase = ClaimPhase::Stuck,
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn is_never_given_back_once_the_command_may_have_run(case in case()) {
        let mut node = Node::committed();
        if !case.dies_before_arm {
            node.arm();
        }
        for event in &case.events {
            node.take(event);
            match node.over {
                None => {}
                Some(Over::Aborted) => prop_assert!(node.same_boot && !node.ran),
                Some(Over::Verified) => prop_assert!(!node.same_boot),
            }
            if node.over.is_some() {
                break;
            }
        }
    }

    #[test]
    fn runs_that_end_are_as_many_as_there_may_be(case in case()) {
        let ends = case.events.iter().filter_map(|event| match event {
            Event::End(end) => Some(end),
            Event::Restart | Event::Boot => None,
        });
        let steps: Vec<NextStep> = (1..).zip(ends).map(|(runs, end)| after_command(end, runs)).collect();
        let last = steps.iter().position(|step| *step != NextStep::ArmAgain);
        match last.map(|index| (index + 1, steps[index])) {
            None => prop_assert!(steps.len() < MAX_RUNS as usize),
            Some((runs, NextStep::Abort)) => prop_assert_eq!(runs, 1),
            Some((runs, step)) => prop_assert_eq!((runs, step), (MAX_RUNS as usize, NextStep::GiveUp)),
        }
    }

    #[test]
    fn no_run_follows_the_last_and_no_way_leads_back_after_the_first(case in case()) {
        for event in &case.events {
            let Event::End(end) = event else { continue };
            let step = after_command(end, case.runs);
            prop_assert!(case.runs < MAX_RUNS || step != NextStep::ArmAgain);
            let never_ran = case.runs <= 1 && matches!(end, CommandEnd::NotStarted(_));
            prop_assert_eq!(step == NextStep::Abort, never_ran);
        }
    }
}
