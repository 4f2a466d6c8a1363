//! What the fuzzer tries for hours, for some seconds: its seeds, and some variants of each, always the same ones.
//! docs/fuzzing.md tells of both.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod config;
mod mutate;
mod windows;
mod written;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use mutate::Mutator;

/// So many variants of each seed. The fuzzer itself is there for more.
const VARIANTS: usize = 10;

/// A thousand times what an input of a few kilobytes takes, so that a busy machine is no reason to fail.
const LIMIT: Duration = Duration::from_secs(10);

/// The files in a directory and in those below it, in the order of their names.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    paths.into_iter().flat_map(below).collect()
}

/// The names and the contents of the seeds in these directories, which are named from the crate's.
fn seeds(directories: &[&str]) -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let paths = directories.iter().flat_map(|directory| files(&root.join(directory)));
    // Among the bad ones is a link to nowhere.
    let paths =
        paths.filter(|path| path.is_file() && path.extension().is_none_or(|extension| extension != "txt"));
    paths.map(|path| (path.display().to_string(), fs::read(path).unwrap())).collect()
}

/// Hands every seed and its variants to `answer`, one after the other, and fails where one of them panics or is not
/// answered in time.
fn try_each(seeds: &[(String, Vec<u8>)], answer: fn(&[u8])) {
    let pool: Vec<_> = seeds.iter().map(|(_, bytes)| bytes.clone()).collect();
    let mut mutator = Mutator::new(pool);
    let (inputs, to_try) = mpsc::channel::<Vec<u8>>();
    let (answered, answers) = mpsc::channel();
    let worker = thread::spawn(move || {
        for input in to_try {
            answer(&input);
            answered.send(()).unwrap();
        }
    });
    for (name, seed) in seeds {
        let variants: Vec<_> = (0..VARIANTS).map(|_| mutator.variant(seed)).collect();
        for input in [seed].into_iter().chain(&variants) {
            inputs.send(input.clone()).unwrap();
            if let Err(error) = answers.recv_timeout(LIMIT) {
                let what = if error == mpsc::RecvTimeoutError::Timeout { "takes too long" } else { "panics" };
                panic!("{what}: {:?}, made of {name}", String::from_utf8_lossy(input));
            }
        }
    }
    drop(inputs);
    worker.join().unwrap();
}

#[test]
fn every_configuration_has_an_answer() {
    let seeds = seeds(&["../../fuzz/seeds/load_config", "tests/good", "tests/bad"]);
    assert!(seeds.len() > 100, "only {} seeds are there", seeds.len());
    try_each(&seeds, config::answer);
}

#[test]
fn all_windows_have_an_answer() {
    let seeds = seeds(&["../../fuzz/seeds/windows"]);
    assert!(seeds.len() >= 5, "only {} seeds are there", seeds.len());
    try_each(&seeds, |bytes| windows::answer(&String::from_utf8_lossy(bytes)));
}

#[test]
fn the_same_variants_are_made_each_time() {
    let seeds = [b"node_name: a\n".to_vec(), b"- b\n- c\n".to_vec()];
    let variants = || {
        let mut mutator = Mutator::new(seeds.to_vec());
        (0..100).map(|_| mutator.variant(&seeds[0])).collect::<Vec<_>>()
    };
    assert_eq!(variants(), variants());
    let others = variants().into_iter().filter(|variant| *variant != seeds[0]).count();
    assert!(others > 80, "only {others} of 100 differ from what they are made of");
}
