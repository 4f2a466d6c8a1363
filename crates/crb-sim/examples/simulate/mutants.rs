//! The protocol with one precaution left out after the other: each must be caught, and the protocol as it is must
//! come through the same storms.

use std::io;

use crb_sim::storm::{Mutant, Options, Verdict};

use crate::args::{Args, Replay};
use crate::{crowd, report};

/// How many storms are told of in which a mutant broke something that was not expected of it.
const TOLD: usize = 3;

/// Tries the mutants, and says whether each was caught and nothing else was.
///
/// # Errors
/// When a storm could not be had.
pub(crate) fn run(args: &Args) -> io::Result<bool> {
    let mut well = true;
    for mutant in Mutant::ALL.into_iter().filter(|mutant| args.mutant.is_none_or(|one| one == *mutant)) {
        well &= try_one(args, mutant)?;
    }
    Ok(well)
}

fn try_one(args: &Args, mutant: Mutant) -> io::Result<bool> {
    let mutated = |seed| Options { mutant: Some(mutant), focus: Some(mutant), ..args.options(seed) };
    let (mut caught, mut otherwise): (Option<Verdict>, _) = (None, vec![]);
    crowd::storms(args.range(), mutated, |verdict| {
        if mutant.breaks().iter().any(|invariant| verdict.broke(*invariant)) {
            caught = Some(verdict);
        } else if !verdict.is_well() {
            otherwise.push(verdict);
        }
        caught.is_none()
    })?;
    let Some(verdict) = caught else {
        println!("{mutant:<24} NOT CAUGHT in {} seeds from {} on", args.seeds, args.first);
        for verdict in otherwise.iter().take(TOLD) {
            println!("{:24} seed {}: {}", "", verdict.options.seed, verdict.end);
        }
        return Ok(false);
    };
    let seed = verdict.options.seed;
    println!("{mutant:<24} caught in seed {seed}: {}", verdict.end.to_string().replace('\n', "; "));
    if args.mutant.is_some() {
        println!("to see it: {}", Replay(verdict.options));
        if args.seeds == 1 {
            report::show(&verdict, args.events)?;
        }
    }
    let mut well = true;
    crowd::storms(
        args.first..seed + 1,
        |seed| Options { focus: Some(mutant), ..args.options(seed) },
        |verdict| {
            well &= verdict.is_well();
            if !verdict.is_well() {
                println!("without it, in seed {}: {}", verdict.options.seed, verdict.end);
            }
            true
        },
    )?;
    Ok(well)
}
