//! The step machine against the oracle, and laws of what it asks.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crb_decide::{
    Action, Checked, CommitSeen, Decision, ExitCode, Gate, Goal, LockUse, Observation, Outcome, Pass, Reason,
    Stage,
};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::oracle::{Foretold, Question, Word, foretell, foretell_before_command, word};
use crate::world::{TRIES, World, world, world_and_a_bad_look};
use crate::{CASES, config};

/// A pass that was led to its end, with every question it asked and the answer it got.
struct Walk {
    steps: Vec<(Question, Observation)>,
    decision: Decision,
    checked: Vec<Checked>,
}

fn walk(mut pass: Pass, world: &World) -> Result<Walk, TestCaseError> {
    let mut steps: Vec<(Question, Observation)> = Vec::new();
    let mut views = 0;
    loop {
        let (question, seen) = match pass.next() {
            Action::Done(decision) => {
                let (decision, checked) = (decision.clone(), pass.checked().to_vec());
                let mut after = pass.clone();
                after.observe(moment(99), &Observation::Commit(CommitSeen::Committed));
                prop_assert_eq!(&after, &pass, "nothing changes a pass that has ended");
                return Ok(Walk { steps, decision, checked });
            }
            Action::TakePlace => (Question::TakePlace, &world.place),
            Action::Commit => (Question::Commit, &world.tries[views - 1].commit),
            Action::Look { gate: Gate::Fleet, stage } => {
                views += 1;
                (Question::Look(Gate::Fleet, stage), &world.tries[views - 1].view)
            }
            Action::Look { gate, stage } => {
                let machine = if stage == Stage::BeforeLock { &world.before } else { &world.under };
                let seen = match gate {
                    Gate::KillSwitch => &machine.kill_switch,
                    Gate::Detectors => &machine.detectors,
                    Gate::Windows => &machine.windows,
                    Gate::Script | Gate::Fleet => &machine.script,
                };
                (Question::Look(gate, stage), seen)
            }
        };
        pass.observe(moment(steps.len()), seen);
        steps.push((question, seen.clone()));
        prop_assert!(steps.len() <= World::LOOKS, "a pass ends: {:?}", steps);
    }
}

fn moment(step: usize) -> Timestamp {
    Timestamp::from_second(i64::try_from(step).unwrap()).unwrap()
}

impl Walk {
    fn questions(&self) -> Vec<Question> {
        self.steps.iter().map(|(question, _)| *question).collect()
    }

    fn as_foretold(&self) -> Foretold {
        Foretold {
            asked: self.questions(),
            outcome: self.decision.outcome(),
            reasons: self.decision.reasons().to_vec(),
        }
    }

    fn asked(&self, question: Question) -> bool {
        self.steps.iter().any(|(asked, _)| *asked == question)
    }
}

/// Whether the answer to a look was a clear yes.
fn is_yes(world: &World, question: Question, seen: &Observation) -> bool {
    match question {
        Question::Look(gate, stage) => word(gate, stage, seen, &world.plan.policy) == Word::Yes,
        Question::TakePlace => {
            matches!(seen, Observation::Place(place) if place.position < world.plan.max_slots)
        }
        Question::Commit => *seen == Observation::Commit(CommitSeen::Committed),
    }
}

/// Every gate, without what the plan leaves out.
fn gates_to_pass(world: &World) -> Vec<Gate> {
    let gates = [Gate::KillSwitch, Gate::Detectors, Gate::Windows, Gate::Script, Gate::Fleet];
    gates.into_iter().filter(|gate| !(world.plan.skip_health && *gate == Gate::Script)).collect()
}

/// How often worlds came to what.
#[derive(Debug, Default)]
struct Tally {
    outcomes: BTreeMap<&'static str, u32>,
    commits: BTreeMap<usize, u32>,
}

impl Tally {
    fn note(&mut self, foretold: &Foretold) {
        let commits = foretold.asked.iter().filter(|asked| **asked == Question::Commit).count();
        *self.outcomes.entry(foretold.outcome.as_str()).or_default() += 1;
        *self.commits.entry(commits).or_default() += 1;
    }

    /// Every end that a pass can have was met often.
    fn is_broad(&self) -> bool {
        let often = |count: Option<&u32>| count.is_some_and(|count| *count >= 100);
        Outcome::ALL.iter().all(|outcome| often(self.outcomes.get(outcome.as_str())))
            && (0..=TRIES).all(|commits| often(self.commits.get(&commits)))
    }
}

#[test]
fn does_piece_by_piece_what_the_oracle_says_of_the_whole() {
    let tally = RefCell::new(Tally::default());
    let law = |world: World| {
        let foretold = foretell(&world);
        prop_assert_eq!(&walk(Pass::new(world.plan.clone()), &world)?.as_foretold(), &foretold);
        tally.borrow_mut().note(&foretold);
        Ok(())
    };
    let config = ProptestConfig { source_file: Some(file!()), ..config() };
    if let Err(error) = TestRunner::new(config).run(&world(), law) {
        panic!("{error}");
    }
    let tally = tally.into_inner();
    println!("{CASES} worlds: {tally:?}");
    assert!(tally.is_broad(), "{tally:?}");
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn between_commit_and_command_it_does_what_the_oracle_says(world in world()) {
        let walk = walk(Pass::before_command(world.plan.clone()), &world)?;
        prop_assert_eq!(walk.as_foretold(), foretell_before_command(&world.under));
    }

    #[test]
    fn asks_to_commit_only_after_a_clear_yes_of_every_gate_and_on_a_fresh_view(world in world()) {
        let walk = walk(Pass::new(world.plan.clone()), &world)?;
        for (index, _) in walk.steps.iter().enumerate().filter(|(_, (asked, _))| *asked == Question::Commit) {
            let before = &walk.steps[..index];
            for gate in gates_to_pass(&world) {
                let question = Question::Look(gate, Stage::UnderLock);
                let latest = before.iter().rfind(|(asked, _)| *asked == question);
                let (_, seen) = latest.ok_or_else(|| TestCaseError::fail(format!("{gate} was not asked")))?;
                prop_assert!(is_yes(&world, question, seen), "{gate} said {seen:?}");
            }
            prop_assert_eq!(before[index - 1].0, Question::Look(Gate::Fleet, Stage::UnderLock));
            prop_assert_eq!(world.plan.goal, Goal::Reboot);
        }
    }

    #[test]
    fn goes_on_after_nothing_but_a_clear_yes_or_a_refused_commit(world in world()) {
        let walk = walk(Pass::new(world.plan.clone()), &world)?;
        let refused = Observation::Commit(CommitSeen::Refused);
        let (last, before) = walk.steps.split_last().unwrap();
        for (question, seen) in before {
            let again = *question == Question::Commit && *seen == refused;
            prop_assert!(again || is_yes(&world, *question, seen), "{question:?} was answered {seen:?}");
        }
        let ready = is_yes(&world, last.0, &last.1);
        prop_assert_eq!(ready, matches!(walk.decision.outcome(), Outcome::Ready | Outcome::LockSkipped));
    }

    #[test]
    fn no_look_that_turns_bad_makes_a_pass_ready((world, at, bad) in world_and_a_bad_look()) {
        let mut worse = world.clone();
        *worse.look_mut(at) = bad;
        let [better, worse] = [&world, &worse].map(|world| walk(Pass::new(world.plan.clone()), world));
        let ready = |walk: &Walk| walk.decision.outcome() == Outcome::Ready;
        prop_assert!(ready(&better?) || !ready(&worse?));
    }

    #[test]
    fn keeps_its_place_only_with_every_gate_of_its_own_open(world in world()) {
        let walk = walk(Pass::new(world.plan.clone()), &world)?;
        let (question, _) = walk.steps.last().unwrap();
        if walk.decision.keeps_place() {
            let shared = matches!(question, Question::Look(Gate::Fleet, _) | Question::TakePlace | Question::Commit);
            prop_assert!(shared, "{question:?} ended it with {:?}", walk.decision);
            prop_assert!(walk.decision.outcome() != Outcome::Ready);
        }
    }

    #[test]
    fn asks_neither_for_what_it_is_not_for_nor_twice(world in world()) {
        let walk = walk(Pass::new(world.plan.clone()), &world)?;
        let skips = world.plan.lock == LockUse::Skip;
        prop_assert!(!(skips && walk.asked(Question::TakePlace)));
        prop_assert!(!((skips || world.plan.goal == Goal::Diagnose) && walk.asked(Question::Commit)));
        for stage in [Stage::BeforeLock, Stage::UnderLock] {
            prop_assert!(!(world.plan.skip_health && walk.asked(Question::Look(Gate::Script, stage))));
        }
        prop_assert!(!walk.asked(Question::Look(Gate::Fleet, Stage::BeforeLock)), "only the head reads the fleet");
        let questions = walk.questions();
        for (index, question) in questions.iter().enumerate() {
            let again = matches!(question, Question::Commit | Question::Look(Gate::Fleet, Stage::UnderLock));
            prop_assert!(again || !questions[..index].contains(question), "{questions:?}");
        }
    }

    #[test]
    fn tells_what_it_checked_when_and_why_it_ended(world in world()) {
        let walk = walk(Pass::new(world.plan.clone()), &world)?;
        let decision = &walk.decision;
        prop_assert_eq!(decision.reasons().first(), Some(decision.first_reason()));
        prop_assert_eq!(decision.first_reason().outcome(), decision.outcome());
        let failed = decision.reasons().iter().any(Reason::is_failure);
        let code = if failed { ExitCode::Failure } else { ExitCode::from(decision.outcome()) };
        prop_assert_eq!(decision.exit_code(), code);

        let looks = walk.steps.iter().enumerate().filter_map(|(step, (question, seen))| match question {
            Question::Look(gate, stage) => Some((step, *gate, *stage, seen)),
            Question::TakePlace | Question::Commit => None,
        });
        let told: Vec<Checked> = looks
            .map(|(step, gate, stage, seen)| {
                let reasons = match word(gate, stage, seen, &world.plan.policy) {
                    Word::Yes | Word::Refused => vec![],
                    Word::No(_, reasons) => reasons,
                };
                Checked { gate, stage, at: moment(step), reasons }
            })
            .collect();
        prop_assert_eq!(&walk.checked, &told);
    }
}
