//! Measurements of what the daemon costs. `cargo xtask bench` runs this.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the person at the terminal")]

mod bed;
mod beside;
mod clock;
mod day;
mod figure;
mod handover;
mod idle;
mod layout;
mod limits;
mod machine;
mod process;
mod release;
mod report;
mod scrape;
mod speed;

use std::alloc::System;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use xtask::{Failure, Step, Tool, Workspace, program, see_to, with_servers};

use figure::Figure;

/// Counts what is allocated, for the day that is simulated in this process.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const USAGE: &str = "\
Usage: cargo xtask bench [--check] [--binary FILE]
       cargo xtask bench fleet [NODES[:REBOOTS]...]   whole fleets on a real etcd
       cargo xtask bench requests NODES[:REBOOTS]...  the same on a virtual clock: exact counts of requests
       cargo xtask bench requests --month NODES...    what weeks of roll-outs and incidents leave in the store
       cargo xtask bench micro [FILTER]               single functions
       cargo xtask bench layout                       what runs in a daemon, for bins/clusterrebootd/layout.ld

The first measures the program that ships: builds it, runs it on a real etcd with TLS on both sides, and holds the
figures to the limits in xtask/bench/src/limits.rs. The figures go to target/bench/figures.json.

  --check        measure only what is the same on every machine and under any load, and fail where it is over
                 its limit: memory, size, threads, connections, requests, writes and growth
  --binary FILE  measure this program instead
";

/// The name of what ships.
const PROGRAM: &str = "clusterrebootd";

/// How the second half of the command is called: the same program, told where the servers are.
const MEASURE: &str = "measure";

fn main() -> ExitCode {
    program(USAGE, |command, args| {
        let workspace = Workspace::find()?;
        match command {
            "bench" if args == ["layout"] => Err(layout::prepare(&workspace)?.become_it()),
            "bench" => match beside::run(&workspace, &args) {
                Some(outcome) => outcome,
                None => Err(prepare(&workspace, args)?.become_it()),
            },
            MEASURE => measure(&workspace, &args),
            layout::WATCH => match &args[..] {
                [program, map] => layout::watch(&workspace, program.as_ref(), map.as_ref()),
                _ => Err(Failure::Usage(format!("`{}` is called by `bench layout`", layout::WATCH))),
            },
            other => Err(Failure::unknown_command(other)),
        }
    })
}

/// Sees to the servers and to the program that is to be measured.
fn prepare(workspace: &Workspace, args: Vec<OsString>) -> Result<Step, Failure> {
    let mut check = false;
    let mut binary = None;
    let mut words = args.into_iter();
    while let Some(word) = words.next() {
        match word.to_str() {
            Some("--check") => check = true,
            Some("--binary") => {
                let file = words.next().ok_or_else(|| Failure::Usage("--binary wants a file".into()))?;
                binary = Some(PathBuf::from(file));
            }
            _ => return Err(Failure::Usage(format!("unknown argument `{}`", word.display()))),
        }
    }
    let found = see_to(workspace, &[Tool::Protoc, Tool::Etcd, Tool::Etcdctl])?;
    let binary = match binary {
        // The scripts of pretended machines end nothing that has another name.
        Some(binary) if binary.file_name() != Some(PROGRAM.as_ref()) => {
            return Err(Failure::Usage(format!("a program to be measured is called `{PROGRAM}`")));
        }
        Some(binary) => absolute(&binary)?,
        None => release::build(workspace)?,
    };
    let own =
        std::env::current_exe().map_err(|source| Failure::File { path: "the program".into(), source })?;
    let mode = if check { "check" } else { "all" };
    Ok(with_servers(Step::new(own).args([MEASURE, mode]).args([binary]), &found))
}

fn measure(workspace: &Workspace, args: &[OsString]) -> Result<(), Failure> {
    let [mode, binary] = args else {
        return Err(Failure::Usage(format!("`{MEASURE}` is called by `bench`")));
    };
    let (check, binary) = (mode == "check", Path::new(binary));
    let load = report::load();
    eprintln!("a day in this process, and a minute of rest");
    let mut figures = day::measure()?;
    figures.extend(idle::measure(binary)?);
    figures.push(size(binary)?);
    if !check {
        // Shown at once, for what follows takes minutes.
        print!("{}", report::table(&figures));
        eprintln!("starts, markers and handovers");
        figures.extend(speed::measure(binary)?);
        figures.extend(handover::measure(binary)?);
    }
    print!("{}", report::table(&figures));
    let file = report::write(workspace, binary, &load, &figures)?;
    eprintln!("written to {}", file.display());
    limits::hold(&figures, check)
}

fn size(binary: &Path) -> Result<Figure, Failure> {
    let meta = binary.metadata().map_err(|source| Failure::File { path: binary.into(), source })?;
    #[allow(clippy::cast_precision_loss, reason = "a program has fewer bytes than a float has room for")]
    let bytes = meta.len() as f64;
    Ok(Figure::of("binary_bytes", [bytes]))
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    path.canonicalize().map_err(|source| Failure::File { path: path.into(), source })
}
