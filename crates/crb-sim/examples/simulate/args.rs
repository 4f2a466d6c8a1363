//! The command line.

use std::fmt;

use crb_sim::storm::{Mutant, Options};

pub(crate) const USAGE: &str = "\
Usage: cargo xtask simulate [OPTIONS]

Lets storms loose on whole fleets of the real daemon, under a clock of their own: one a seed. Ends with 1 if
anything was broken, and says what, with the last events and the command that shows it again.

  --seeds N       how many storms [500; 1 with --seed alone]
  --seed S        the first seed [1]
  --nodes N       how many machines [drawn from the seed: 3 to 50, mostly a handful]
  --hours H       how many virtual hours a storm lasts, before everything is healed [24]
  --events N      how many of the last events to show of a storm in which something was broken [200]
  --mutants       instead, leaves one precaution of the protocol out after the other; each must be caught
  --mutant NAME   leaves this one out, and ends with 0 if that was caught";

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Storms,
    Mutants,
}

/// The command line, read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Args {
    pub(crate) command: Command,
    pub(crate) first: u64,
    pub(crate) seeds: u64,
    pub(crate) nodes: Option<usize>,
    pub(crate) hours: u64,
    pub(crate) events: usize,
    pub(crate) mutant: Option<Mutant>,
}

impl Args {
    pub(crate) fn parse(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut words = words;
        let (mut command, mut first, mut seeds) = (Command::Storms, None, None);
        let (mut nodes, mut hours, mut events, mut mutant) = (None, 24, 200, None);
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                "--seeds" => seeds = Some(number(&value()?)?),
                "--seed" => first = Some(number(&value()?)?),
                "--nodes" => nodes = Some(number(&value()?)?),
                "--hours" => hours = number(&value()?)?,
                "--events" => events = number(&value()?)?,
                "--mutant" => (command, mutant) = (Command::Mutants, Some(value()?.parse()?)),
                "--mutants" => command = Command::Mutants,
                "--help" | "-h" => command = Command::Help,
                _ => return Err(format!("unknown option {word:?}")),
            }
        }
        if nodes == Some(0) {
            return Err("a fleet has at least one machine".to_owned());
        }
        let usual = if first.is_some() { 1 } else { 500 };
        let seeds = seeds.unwrap_or(if command == Command::Mutants { 200 } else { usual });
        Ok(Self { command, first: first.unwrap_or(1), seeds, nodes, hours, events, mutant })
    }

    /// The storm of `seed`.
    pub(crate) fn options(&self, seed: u64) -> Options {
        Options { nodes: self.nodes, hours: self.hours, ..Options::new(seed) }
    }

    /// All seeds.
    pub(crate) fn range(&self) -> std::ops::Range<u64> {
        self.first..self.first.saturating_add(self.seeds)
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String>
where
    T::Err: fmt::Display,
{
    text.parse().map_err(|error| format!("{text:?}: {error}"))
}

/// The command that shows a storm again.
pub(crate) struct Replay(pub(crate) Options);

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Options { seed, nodes, hours, mutant, .. } = self.0;
        write!(f, "cargo xtask simulate --seed {seed} --hours {hours}")?;
        if let Some(nodes) = nodes {
            write!(f, " --nodes {nodes}")?;
        }
        mutant.map_or(Ok(()), |mutant| write!(f, " --mutant {mutant}"))
    }
}
