//! The line to the agent in a machine: a script goes in, its exit code and output come back.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::log::{Log, until};
use crate::timeline::What;
use crate::trouble::{Outcome, Trouble};

/// What a script came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Its exit code.
    pub(crate) code: i32,
    /// What it printed, errors included, without the newlines at the end.
    pub(crate) output: String,
}

/// The line to one agent.
#[derive(Debug)]
pub(crate) struct Agent {
    node: String,
    stream: Mutex<TcpStream>,
    asked: AtomicU64,
    answers: Arc<Mutex<BTreeMap<u64, Answer>>>,
    log: Log,
}

impl Agent {
    /// Takes up the line; the log hears whenever the agent says hello.
    pub(crate) fn of(node: &str, stream: TcpStream, log: &Log) -> Outcome<Self> {
        let reader = stream.try_clone().map_err(Trouble::at(format!("the line to {node}")))?;
        let answers = Arc::new(Mutex::new(BTreeMap::new()));
        let (name, told, heard) = (node.to_owned(), log.clone(), Arc::clone(&answers));
        thread::spawn(move || {
            for line in BufReader::new(reader).split(b'\n').map_while(Result::ok) {
                match said(&String::from_utf8_lossy(&line)) {
                    Some(Said::Hello(boot)) => told.add(&name, What::Up(boot)),
                    Some(Said::Done(id, answer)) => {
                        heard.lock().unwrap_or_else(PoisonError::into_inner).insert(id, answer);
                    }
                    None => {}
                }
            }
        });
        let stream = Mutex::new(stream);
        Ok(Self { node: node.to_owned(), stream, asked: AtomicU64::new(0), answers, log: log.clone() })
    }

    /// Runs `script` in the boot that the machine is up in, as root, and waits for its end.
    pub(crate) fn ask(&self, script: &str, limit: Duration) -> Outcome<Answer> {
        let down = || Trouble::Down { node: self.node.clone(), script: script.to_owned() };
        let boot = self.log.power(&self.node).boot().map(str::to_owned).ok_or_else(down)?;
        let id = self.asked.fetch_add(1, Ordering::SeqCst);
        let line = format!("run {boot} {id} {}\n", BASE64_STANDARD.encode(script));
        {
            let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
            stream.write_all(line.as_bytes()).map_err(|_| down())?;
        }
        until(format!("{} has run `{script}`", self.node), limit, || {
            let answer = self.answers.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
            match answer {
                Some(answer) => Ok(Some(answer)),
                // On its way down the agent still answers for a while; in the next boot it does not.
                None if self.has_left(&boot) => Err(down()),
                None => Ok(None),
            }
        })
    }

    fn has_left(&self, boot: &str) -> bool {
        use crate::timeline::Power;
        match self.log.power(&self.node) {
            Power::Up(now) => now != boot,
            Power::GoesDown => false,
            Power::Boots | Power::Off => true,
        }
    }
}

enum Said {
    Hello(String),
    Done(u64, Answer),
}

fn said(line: &str) -> Option<Said> {
    let mut words = line.split_whitespace();
    match words.next()? {
        "hello" => Some(Said::Hello(words.next()?.to_owned())),
        "done" => {
            let (id, code) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
            let output = BASE64_STANDARD.decode(words.next()?).ok()?;
            let output = String::from_utf8_lossy(&output).trim_end().to_owned();
            Some(Said::Done(id, Answer { code, output }))
        }
        _ => None,
    }
}
