//! A whole machine: its emulator, and the three lines by which it is watched and told what to do.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::ChildStdout;
use std::thread;
use std::time::Duration;

use crate::agent::{Agent, Answer};
use crate::emulator::{Emulator, Lines, Plan};
use crate::log::{Log, until};
use crate::patience::{BOOT, SCRIPT};
use crate::qmp::Qmp;
use crate::timeline::{Power, What};
use crate::trouble::{Outcome, Trouble};

/// What the herald in the machine writes to the console.
const GOES_DOWN: &str = "e2e: going down";

/// A machine that was switched on. Dropping it switches it off.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) name: String,
    log: Log,
    agent: Agent,
    qmp: Qmp,
    emulator: Emulator,
}

impl Machine {
    /// Switches it on, and does not wait. Its console goes to `console`, a line with its time.
    pub(crate) fn start(plan: &Plan, console: &Path, log: &Log) -> Outcome<Self> {
        let name = plan.name.clone();
        log.add(&name, What::PowerOn);
        let (emulator, Lines { console: screen, qmp, agent }) = Emulator::start(plan)?;
        watch(&name, screen, console, log)?;
        let qmp = Qmp::of(&name, qmp, log)?;
        let agent = Agent::of(&name, agent, log)?;
        Ok(Self { name, log: log.clone(), agent, qmp, emulator })
    }

    /// How it stands, as was heard last.
    pub(crate) fn power(&self) -> Power {
        self.log.power(&self.name)
    }

    /// Waits until it is up in another boot than `before`, and tells in which.
    pub(crate) fn await_up(&self, before: Option<&str>) -> Outcome<String> {
        until(format!("{} is up", self.name), BOOT, || {
            Ok(self.power().boot().filter(|boot| Some(*boot) != before).map(str::to_owned))
        })
    }

    /// The boot that it is up in.
    pub(crate) fn boot(&self) -> Outcome<String> {
        let down = || Trouble::Down { node: self.name.clone(), script: "which boot is this".into() };
        self.power().boot().map(str::to_owned).ok_or_else(down)
    }

    /// Waits until it begins to go down.
    pub(crate) fn await_down(&self, limit: Duration) -> Outcome {
        until(format!("{} goes down", self.name), limit, || Ok(self.power().boot().is_none().then_some(())))
    }

    /// Runs a script as root, whatever it comes to.
    pub(crate) fn run(&self, script: &str) -> Outcome<Answer> {
        self.agent.ask(script, SCRIPT)
    }

    /// Runs a script as root that must succeed, and gives what it printed.
    pub(crate) fn sh(&self, script: &str) -> Outcome<String> {
        let Answer { code, output } = self.run(script)?;
        if code == 0 {
            return Ok(output);
        }
        Err(Trouble::Script { node: self.name.clone(), script: script.to_owned(), code, output })
    }

    /// Cuts its power, and gives it back at once.
    pub(crate) fn cut_power(&mut self) -> Outcome {
        self.qmp.tell("system_reset")
    }

    /// Switches it off for good, as a broken board does, and waits until it is off.
    pub(crate) fn switch_off(&mut self) -> Outcome {
        self.qmp.tell("quit")?;
        self.await_off()
    }

    /// Has it switch itself off, and waits until it has; it may be too quick to answer.
    pub(crate) fn power_off(&mut self) -> Outcome {
        match self.sh("systemctl --no-block poweroff") {
            Ok(_) | Err(Trouble::Down { .. }) => self.await_off(),
            Err(other) => Err(other),
        }
    }

    /// Waits until it has switched itself off.
    fn await_off(&mut self) -> Outcome {
        until(format!("{} is off", self.name), BOOT, || Ok(self.emulator.has_ended().then_some(())))?;
        until(format!("{} is known to be off", self.name), BOOT, || {
            Ok((self.power() == Power::Off).then_some(()))
        })
    }
}

/// Follows the console to its end.
fn watch(name: &str, screen: ChildStdout, file: &Path, log: &Log) -> Outcome {
    let mut copy = File::options().create(true).append(true).open(file).map_err(Trouble::file(file))?;
    let (name, log) = (name.to_owned(), log.clone());
    thread::spawn(move || {
        for line in BufReader::new(screen).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            if line.contains(GOES_DOWN) {
                log.add(&name, What::GoesDown);
            }
            // A console that cannot be kept is still watched.
            writeln!(copy, "{:9.3} {}", log.now().as_secs_f64(), line.trim_end()).ok();
        }
    });
    Ok(())
}
