//! Short storms. `cargo xtask simulate` lets loose the long ones, by the hundred, and tries every mutant.

use std::collections::BTreeSet;

use crate::storm::{Mutant, Options, Verdict, run};

/// A storm of an hour on three machines.
fn short(seed: u64) -> Options {
    Options { nodes: Some(3), hours: 1, ..Options::new(seed) }
}

fn verdict(options: Options) -> Verdict {
    run(options).unwrap()
}

#[test]
fn fleets_survive_storms_and_finish_when_they_are_over() {
    for seed in 0..6 {
        let verdict = verdict(short(seed));
        assert!(verdict.is_well(), "seed {seed}: {}", verdict.end);
        assert!(verdict.seen.reboots > 0, "seed {seed}: {:?}", verdict.seen);
    }
}

#[test]
fn the_same_seed_tells_the_same_story_whether_it_is_kept_or_not() {
    for seed in 0..2 {
        let first = verdict(short(seed));
        let again = verdict(Options { tells: 100, ..short(seed) });
        assert_eq!((first.hash, first.seen, first.faults), (again.hash, again.seen, again.faults));
        assert_eq!((first.events, first.lasted), (again.events, again.lasted));
        assert!(first.last.is_empty() && !again.last.is_empty());
    }
}

#[test]
fn another_seed_tells_another_story() {
    let hashes: BTreeSet<u64> = (0..3).map(|seed| verdict(short(seed)).hash).collect();
    assert_eq!(hashes.len(), 3);
}

/// These need no fault to be caught. The others are tried where code is fast.
#[test]
fn mutants_are_caught_by_the_invariant_that_they_break() {
    for mutant in [Mutant::LeasedClaim, Mutant::NoArm, Mutant::ClaimsExpire] {
        let mutated =
            |seed| verdict(Options { mutant: Some(mutant), focus: Some(mutant), ..Options::new(seed) });
        let caught = (1..=200).find(|seed| {
            let verdict = mutated(*seed);
            mutant.breaks().iter().any(|invariant| verdict.broke(*invariant))
        });
        println!("{mutant}: caught in seed {}", caught.expect("a mutant is caught within 200 seeds"));
    }
}

#[test]
fn every_mutant_has_a_name_of_its_own() {
    for mutant in Mutant::ALL {
        assert_eq!(mutant.as_str().parse(), Ok(mutant));
    }
    assert!("no-such-mutant".parse::<Mutant>().is_err());
}
