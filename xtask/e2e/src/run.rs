//! One scenario after the other on one fleet, and what is left of each.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use xtask::{Failure, Workspace};

use crate::fleet::Fleet;
use crate::image::Image;
use crate::judge::{judge, timeline};
use crate::log::Log;
use crate::options::Options;
use crate::package::{self, Parcel};
use crate::patience::stretch_by;
use crate::scenarios::{self, Scenario};
use crate::timeline::{svg, text};
use crate::trouble::{Outcome, Trouble};

/// What came of a scenario.
struct Verdict {
    name: &'static str,
    took: Duration,
    trouble: Option<String>,
    picture: String,
}

/// Runs what was chosen, and tells of all of it, those after a failure too.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    carry_out(options).map_err(|trouble| match trouble {
        Trouble::Step(failure) => failure,
        other => Failure::Verdict(other.told()),
    })
}

fn carry_out(options: &Options) -> Outcome {
    stretch_by(options.patience.map_or(1, NonZeroU32::get));
    let workspace = Workspace::find()?;
    let cache = workspace.tools.with_file_name("e2e");
    let scratch = cache.join("run");
    fs::create_dir_all(&cache).map_err(Trouble::file(&cache))?;
    let guard = cache.join("lock");
    let guard_file = File::create(&guard).map_err(Trouble::file(&guard))?;
    guard_file
        .try_lock()
        .map_err(|_| Trouble::Unmet(format!("another run holds {}; wait for its end", guard.display())))?;
    // What an earlier run left is not of this one; that it left nothing is no harm.
    fs::remove_dir_all(&scratch).ok();
    fs::create_dir_all(&scratch).map_err(Trouble::file(&scratch))?;

    let log = Log::new();
    let deb = match &options.deb {
        Some(deb) => deb.clone(),
        None => package::of_this_tree(&workspace, &cache)?,
    };
    println!("==> {}", deb.display());
    let parcel = Parcel::of(&deb, &scratch)?;
    let image = Image::see_to(&workspace, &cache)?;
    let installed = parcel.install(&image, &cache, &scratch, &log)?;
    println!("==> ready after {} s", log.now().as_secs());

    let mut fleet = Fleet::new(installed, parcel, scratch, log);
    let mut verdicts = Vec::new();
    let chosen = scenarios::ALL.iter().filter(|scenario| options.chooses(scenario.name, scenario.in_ci));
    for scenario in chosen {
        verdicts.push(play(scenario, &mut fleet, &cache)?);
    }
    conclude(&verdicts, &cache, fleet.log.now())
}

/// Plays one scenario, and leaves what was seen in a directory of its name.
fn play(scenario: &Scenario, fleet: &mut Fleet, cache: &Path) -> Outcome<Verdict> {
    let Scenario { name, about, .. } = *scenario;
    println!("==> {name}: {about}");
    let directory = cache.join(name);
    fs::remove_dir_all(&directory).ok();
    fs::create_dir_all(&directory).map_err(Trouble::file(&directory))?;
    let begun = fleet.log.now();
    // Whatever of the testbed does not do as it is told panics; that is the end of this scenario and not of the run.
    let played = catch_unwind(AssertUnwindSafe(|| {
        let played = fleet.begin(name, &scenario.settings).and_then(|()| (scenario.play)(fleet));
        let timeline = timeline(fleet, name);
        let judged = judge(fleet, &timeline);
        (timeline, played.and(judged))
    }));
    let took = fleet.log.now().saturating_sub(begun);
    let (picture, trouble) = match played {
        Ok((timeline, outcome)) => {
            let picture = text(&timeline);
            keep(&directory.join("timeline.svg"), &svg(&timeline))?;
            keep(&directory.join("timeline.txt"), &picture)?;
            (picture, outcome.err().map(|trouble| trouble.told()))
        }
        Err(panic) => (String::new(), Some(told(&*panic))),
    };
    for trouble in fleet.keep_journals(&directory) {
        println!("    a journal is missing: {}", trouble.told());
    }
    match &trouble {
        None => println!("<== {name}: held after {} s\n{picture}", took.as_secs()),
        Some(trouble) => {
            println!("<== {name}: FAILED after {} s: {trouble}\n{picture}", took.as_secs());
            // Nobody knows what state they are in.
            fleet.switch_all_off();
        }
    }
    Ok(Verdict { name, took, trouble, picture })
}

fn conclude(verdicts: &[Verdict], cache: &Path, whole: Duration) -> Outcome {
    let mut summary = String::from("==> timelines\n");
    for Verdict { picture, .. } in verdicts {
        summary.push_str(picture);
        summary.push('\n');
    }
    summary.push_str("==> summary\n");
    for Verdict { name, took, trouble, .. } in verdicts {
        let verdict = if trouble.is_none() { "held" } else { "FAILED" };
        // Writing to a string cannot fail.
        writeln!(summary, "  {name:<22} {verdict:<7} {:>4} s", took.as_secs()).ok();
    }
    println!("{summary}  all after {} s; pictures in {}", whole.as_secs(), cache.display());
    keep(&cache.join("report.txt"), &summary)?;
    let failed: Vec<&str> =
        verdicts.iter().filter(|verdict| verdict.trouble.is_some()).map(|verdict| verdict.name).collect();
    if failed.is_empty() { Ok(()) } else { Err(Trouble::Unmet(format!("failed: {}", failed.join(", ")))) }
}

fn keep(file: &Path, text: &str) -> Outcome {
    fs::write(file, text).map_err(Trouble::file(file))
}

fn told(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words").to_owned()
}
