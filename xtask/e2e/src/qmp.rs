//! What the emulator tells and takes: QEMU's own protocol, one JSON document a line.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use serde_json::{Value, json};

use crate::log::{Log, until};
use crate::patience::EMULATOR;
use crate::timeline::What;
use crate::trouble::{Outcome, Trouble};

/// The line to one emulator.
#[derive(Debug)]
pub(crate) struct Qmp {
    node: String,
    stream: TcpStream,
    answers: Arc<Mutex<Vec<Value>>>,
}

impl Qmp {
    /// Takes up the line; what the emulator tells by itself goes to the log.
    pub(crate) fn of(node: &str, stream: TcpStream, log: &Log) -> Outcome<Self> {
        let what = || format!("the emulator of {node}");
        let reader = BufReader::new(stream.try_clone().map_err(Trouble::at(what()))?);
        let answers = Arc::new(Mutex::new(Vec::new()));
        let (name, log, heard) = (node.to_owned(), log.clone(), Arc::clone(&answers));
        thread::spawn(move || {
            for line in reader.lines().map_while(Result::ok) {
                let Ok(told) = serde_json::from_str::<Value>(&line) else { continue };
                match happening(&told) {
                    Some(what) => log.add(&name, what),
                    None => lock(&heard).push(told),
                }
            }
            log.add(&name, What::PowerOff);
        });
        let mut qmp = Self { node: node.to_owned(), stream, answers };
        qmp.tell("qmp_capabilities")?;
        Ok(qmp)
    }

    /// Tells the emulator to do something, and waits until it says that it does.
    pub(crate) fn tell(&mut self, command: &str) -> Outcome {
        let refused =
            |why: String| Trouble::Emulator { node: self.node.clone(), command: command.into(), why };
        let line = json!({ "execute": command, "id": command });
        writeln!(self.stream, "{line}").map_err(|error| refused(error.to_string()))?;
        until(format!("the emulator of {} answers to `{command}`", self.node), EMULATOR, || {
            let mut answers = lock(&self.answers);
            let place = answers.iter().position(|answer| answer["id"] == command);
            let Some(answer) = place.map(|index| answers.remove(index)) else { return Ok(None) };
            if answer["error"].is_null() { Ok(Some(())) } else { Err(refused(answer["error"].to_string())) }
        })
    }
}

fn lock(answers: &Mutex<Vec<Value>>) -> MutexGuard<'_, Vec<Value>> {
    answers.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What befell the machine, if it is an event that tells of that.
fn happening(told: &Value) -> Option<What> {
    match told["event"].as_str()? {
        "RESET" => Some(What::Reset { by_itself: told["data"]["guest"] == true }),
        "SHUTDOWN" => Some(What::ShutDown),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resets_and_shutdowns_are_told_apart_from_all_else() {
        let cases = [
            (
                r#"{"event": "RESET", "data": {"guest": true, "reason": "guest-reset"}}"#,
                Some(What::Reset { by_itself: true }),
            ),
            (
                r#"{"event": "RESET", "data": {"guest": false, "reason": "host-qmp-system-reset"}}"#,
                Some(What::Reset { by_itself: false }),
            ),
            (
                r#"{"event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-shutdown"}}"#,
                Some(What::ShutDown),
            ),
            (r#"{"event": "NIC_RX_FILTER_CHANGED"}"#, None),
            (r#"{"return": {}, "id": "quit"}"#, None),
        ];
        for (line, what) in cases {
            assert_eq!(happening(&serde_json::from_str(line).unwrap()), what, "{line}");
        }
    }
}
