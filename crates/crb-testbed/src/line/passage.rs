//! One connection through a line, frame by frame.

use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::Shared;
use super::catch::{Fate, Moment, Trap};
use super::frames::{Frame, PREFACE};

/// How long a request that was delivered late keeps its connection open for the answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// A connection, and what its two directions tell each other.
#[derive(Debug)]
pub(super) struct Passage {
    shared: Arc<Shared>,
    /// Nothing passes on this connection any more.
    silent: AtomicBool,
    calls: Mutex<Calls>,
    answered: Condvar,
}

#[derive(Debug, Default)]
struct Calls {
    /// The call whose answer is to be held.
    trapped: Option<(u32, Trap)>,
    /// The call whose answer is waited for.
    awaited: Option<u32>,
}

impl Passage {
    /// Connects `client` with `target`, until either ends.
    pub(super) fn open(client: &TcpStream, target: SocketAddr, shared: Arc<Shared>) {
        let Ok(member) = TcpStream::connect(target) else {
            // The nearest to a refusal that is left when the connection stands already.
            client.shutdown(Shutdown::Both).ok();
            return;
        };
        if !shared.admit(&member) || client.set_nodelay(true).and(member.set_nodelay(true)).is_err() {
            return;
        }
        let (Ok(client_out), Ok(member_out)) = (client.try_clone(), member.try_clone()) else { return };
        let passage = Arc::new(Self {
            shared,
            silent: AtomicBool::new(false),
            calls: Mutex::default(),
            answered: Condvar::new(),
        });
        let back = Arc::clone(&passage);
        thread::spawn(move || {
            // However it ends, the other side is told so below.
            back.answers(&member, &client_out).ok();
            if !back.is_silent() {
                client_out.shutdown(Shutdown::Both).ok();
            }
        });
        passage.requests(client, &member_out).ok();
        member_out.shutdown(Shutdown::Both).ok();
    }

    /// Takes the client's frames to the member.
    fn requests(&self, mut client: &TcpStream, mut member: &TcpStream) -> io::Result<()> {
        let mut preface = [0; PREFACE.len()];
        client.read_exact(&mut preface)?;
        if preface != PREFACE {
            return Err(io::Error::other("this is not HTTP/2"));
        }
        member.write_all(&preface)?;
        let mut from = BufReader::new(client);
        while let Some(frame) = Frame::read(&mut from)? {
            if !self.may_pass() {
                continue;
            }
            match frame.message().and_then(|message| self.shared.sprung_by(message)) {
                Some(trap) if trap.moment == Moment::Request => match trap.spring() {
                    Fate::Pass => member.write_all(frame.bytes())?,
                    Fate::Deliver(told) => {
                        self.calls().awaited = Some(frame.stream());
                        member.write_all(frame.bytes())?;
                        // Whoever asked may have given up.
                        told.send(self.is_answered()).ok();
                    }
                    Fate::Lose => self.fall_silent(),
                },
                Some(trap) => {
                    self.calls().trapped = Some((frame.stream(), trap));
                    member.write_all(frame.bytes())?;
                }
                None => member.write_all(frame.bytes())?,
            }
        }
        Ok(())
    }

    /// Takes the member's frames to the client.
    fn answers(&self, member: &TcpStream, mut client: &TcpStream) -> io::Result<()> {
        let mut from = BufReader::new(member);
        while let Some(frame) = Frame::read(&mut from)? {
            if let Some(trap) = self.note_answer(&frame) {
                match trap.spring() {
                    Fate::Pass | Fate::Deliver(_) => {}
                    Fate::Lose => self.fall_silent(),
                }
            }
            if self.may_pass() && client.write_all(frame.bytes()).is_err() {
                // The client has gone. What it asked is still answered, and that is waited for.
                self.fall_silent();
            }
        }
        Ok(())
    }

    /// Waits while the line is cut, and says whether anything passes then.
    fn may_pass(&self) -> bool {
        self.shared.wait_while_cut() && !self.is_silent()
    }

    fn is_silent(&self) -> bool {
        self.silent.load(Ordering::SeqCst)
    }

    fn fall_silent(&self) {
        self.silent.store(true, Ordering::SeqCst);
    }

    fn note_answer(&self, frame: &Frame) -> Option<Trap> {
        let mut calls = self.calls();
        if calls.awaited.take_if(|stream| frame.answers(*stream)).is_some() {
            self.answered.notify_all();
        }
        calls.trapped.take_if(|(stream, _)| frame.answers(*stream)).map(|(_, trap)| trap)
    }

    /// Waits until what is awaited is answered; false when it is not.
    fn is_answered(&self) -> bool {
        let waited =
            self.answered.wait_timeout_while(self.calls(), ANSWER_LIMIT, |calls| calls.awaited.is_some());
        waited.unwrap_or_else(PoisonError::into_inner).0.awaited.is_none()
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
