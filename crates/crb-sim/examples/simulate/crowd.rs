//! Storms on all cores at once, and their verdicts in the order of their seeds.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

use crb_sim::storm::{Options, Verdict, run};

/// Runs the storms of `seeds`, and shows each verdict to `look` in the order of the seeds, until that says that
/// it has seen enough.
///
/// # Errors
/// When a storm could not be had.
pub(crate) fn storms(
    seeds: std::ops::Range<u64>,
    options: impl Fn(u64) -> Options + Sync,
    mut look: impl FnMut(Verdict) -> bool,
) -> io::Result<()> {
    let (next, enough) = (AtomicU64::new(seeds.start), AtomicBool::new(false));
    let cores = thread::available_parallelism()?.get();
    thread::scope(|scope| {
        let (sender, verdicts) = mpsc::channel();
        for _ in 0..cores {
            let (sender, next, enough, options) = (sender.clone(), &next, &enough, &options);
            scope.spawn(move || {
                while !enough.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end || sender.send((seed, run(options(seed)))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let shown = in_order(seeds.start, &verdicts, &mut look);
        enough.store(true, Ordering::Relaxed);
        shown
    })
}

fn in_order(
    first: u64,
    verdicts: &mpsc::Receiver<(u64, io::Result<Verdict>)>,
    look: &mut impl FnMut(Verdict) -> bool,
) -> io::Result<()> {
    let mut early = std::collections::BTreeMap::new();
    let mut next = first;
    while let Ok((seed, verdict)) = verdicts.recv() {
        early.insert(seed, verdict?);
        while let Some(verdict) = early.remove(&next) {
            next += 1;
            if !look(verdict) {
                return Ok(());
            }
        }
    }
    Ok(())
}
