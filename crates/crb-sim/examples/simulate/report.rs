//! Storms of the protocol as it is, and what they came to.

use std::io;
use std::time::{Duration, Instant};

use crb_sim::storm::{Fault, Options, Tally, Verdict, run as storm};

use crate::args::{Args, Replay};
use crate::crowd;

/// How often the progress is told.
const PROGRESS: Duration = Duration::from_secs(10);

/// What all storms came to together.
#[derive(Default)]
struct Sum {
    storms: u64,
    nodes: usize,
    lasted: Duration,
    events: u64,
    revisions: u64,
    runs: u64,
    claims: u64,
    reboots: u64,
    aborts: u64,
    faults: Tally,
    hash: u64,
}

/// Runs the storms, and says whether all went well.
///
/// # Errors
/// When a storm could not be had.
#[allow(clippy::disallowed_methods, reason = "how long it took is told, and decides nothing")]
pub(crate) fn run(args: &Args) -> io::Result<bool> {
    let began = Instant::now();
    let (mut sum, mut failed, mut told) = (Sum::default(), None, began);
    crowd::storms(
        args.range(),
        |seed| args.options(seed),
        |verdict| {
            sum.add(&verdict);
            if told.elapsed() > PROGRESS {
                told = Instant::now();
                eprintln!("{} of {} storms, {}", sum.storms, args.seeds, rate(sum.storms, began.elapsed()));
            }
            if verdict.is_well() {
                return true;
            }
            failed = Some(verdict);
            false
        },
    )?;
    sum.tell(began.elapsed());
    match failed {
        None => Ok(true),
        Some(verdict) => {
            show(&verdict, args.events)?;
            Ok(false)
        }
    }
}

/// Shows a storm in which something was broken, and that it comes again.
pub(crate) fn show(verdict: &Verdict, events: usize) -> io::Result<()> {
    let again = storm(Options { tells: events, ..verdict.options })?;
    println!("\nthe last events of seed {}:", verdict.options.seed);
    again.last.iter().for_each(|line| println!("  {line}"));
    println!("\nseed {}, {} machines: {}", verdict.options.seed, verdict.nodes, verdict.end);
    println!("after {:.1} virtual hours; options: {:?}", hours(verdict.lasted), verdict.options);
    if again.hash == verdict.hash {
        println!("it came again with the same hash, {:016x}", verdict.hash);
    } else {
        println!("IT DID NOT COME AGAIN: the hash was {:016x}, and then {:016x}", verdict.hash, again.hash);
    }
    println!("to see it: {}", Replay(verdict.options));
    Ok(())
}

impl Sum {
    fn add(&mut self, verdict: &Verdict) {
        self.storms += 1;
        self.nodes += verdict.nodes;
        self.lasted += verdict.lasted;
        self.events += verdict.events;
        self.revisions += verdict.seen.revisions;
        self.runs += verdict.seen.runs;
        self.claims += verdict.seen.claims;
        self.reboots += verdict.seen.reboots;
        self.aborts += verdict.seen.aborts;
        self.faults.add(&verdict.faults);
        self.hash = self.hash.rotate_left(1) ^ verdict.hash;
    }

    fn tell(&self, took: Duration) {
        let Self { storms, nodes, events, revisions, runs, claims, reboots, aborts, .. } = self;
        println!("{storms} storms of {nodes} machines in all, {}", rate(*storms, took));
        println!("  {:>10.0} virtual hours", hours(self.lasted));
        let counts = [
            (*events, "events of the daemons"),
            (*revisions, "revisions of the store, each checked"),
            (*claims, "claims made"),
            (*runs, "runs of the reboot command"),
            (*reboots, "reboots done and released"),
            (*aborts, "claims given back"),
        ];
        for (count, what) in counts {
            println!("  {count:>10} {what}");
        }
        println!("faults:");
        let met = self.faults.all().filter(|(_, count)| *count > 0);
        met.for_each(|(fault, count): (Fault, u64)| println!("  {count:>10} {fault}"));
        println!("hash of all events: {:016x}", self.hash);
    }
}

fn hours(time: Duration) -> f64 {
    time.as_secs_f64() / 3_600.0
}

#[expect(clippy::cast_precision_loss, reason = "nobody waits for 2^52 storms")]
fn rate(storms: u64, took: Duration) -> String {
    let seconds = took.as_secs_f64();
    format!("{:.1} a second, {seconds:.0} s", storms as f64 / seconds.max(f64::EPSILON))
}
