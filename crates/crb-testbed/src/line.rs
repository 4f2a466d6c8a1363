//! A daemon's way to etcd, which a test can cut, and on which it can hold one request or the answer to it.
//!
//! The program under test is the one that ships: a step of the protocol is known by what passes here. That takes
//! etcd without TLS.

mod catch;
mod frames;
mod passage;

use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use catch::Trap;
pub use catch::{Catch, Held, Moment, Sent, Signature};
use passage::Passage;

/// The way of one daemon to every member of a cluster. Dropping it ends all connections.
#[derive(Debug)]
pub struct Line {
    urls: Vec<String>,
    doors: Vec<SocketAddr>,
    shared: Arc<Shared>,
}

/// What all connections of a line heed.
#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    cut: bool,
    closed: bool,
    trap: Option<Trap>,
    streams: Vec<TcpStream>,
}

impl Line {
    /// A line to these client URLs, each of the form `http://address:port`.
    pub fn to(endpoints: &[String]) -> Self {
        let shared = Arc::new(Shared::default());
        let doors: Vec<SocketAddr> = endpoints.iter().map(|url| open_door(address(url), &shared)).collect();
        Self { urls: doors.iter().map(|door| format!("http://{door}")).collect(), doors, shared }
    }

    /// What the daemon has to be told instead of the members' URLs, in the same order.
    pub fn urls(&self) -> &[String] {
        &self.urls
    }

    /// From now on nothing passes, in either direction, and nobody is told; connections open, and stay silent.
    pub fn cut(&self) {
        self.shared.lock().cut = true;
    }

    /// Everything passes again, what was under way when the line was cut first.
    pub fn mend(&self) {
        self.shared.lock().cut = false;
        self.shared.changed.notify_all();
    }

    /// Lies in wait for the next request with `signature`, to hold it or the answer to it. Replaces whatever was
    /// lain in wait for before.
    pub fn catch(&self, signature: Signature, moment: Moment) -> Catch {
        let (trap, catch) = Trap::new(signature, moment);
        self.shared.lock().trap = Some(trap);
        catch
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.closed = true;
        for stream in &state.streams {
            // It may be closed already.
            stream.shutdown(Shutdown::Both).ok();
        }
        drop(state);
        self.shared.changed.notify_all();
        for door in &self.doors {
            // Whoever waits for a connection gets one, and sees that the line is closed.
            TcpStream::connect(door).ok();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while the line is cut; false when it is closed.
    fn wait_while_cut(&self) -> bool {
        let wait = self.changed.wait_while(self.lock(), |state| state.cut && !state.closed);
        !wait.unwrap_or_else(PoisonError::into_inner).closed
    }

    /// The trap, if this message springs it. It does so once.
    fn sprung_by(&self, message: &[u8]) -> Option<Trap> {
        self.lock().trap.take_if(|trap| trap.signature.is_in(message))
    }

    /// Remembers a connection, to close it with the line; false when the line is closed already.
    fn admit(&self, stream: &TcpStream) -> bool {
        let mut state = self.lock();
        let Ok(stream) = stream.try_clone() else { return false };
        state.streams.push(stream);
        !state.closed
    }
}

fn address(url: &str) -> SocketAddr {
    let address = url.strip_prefix("http://").and_then(|address| address.parse().ok());
    address.unwrap_or_else(|| panic!("a line goes to http://address:port, not to {url}"))
}

/// Listens on a free port, and takes every connection through to `target`.
fn open_door(target: SocketAddr, shared: &Arc<Shared>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free loopback port");
    let door = listener.local_addr().expect("a bound address");
    let shared = Arc::clone(shared);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { continue };
            if !shared.admit(&stream) {
                return;
            }
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                if shared.wait_while_cut() {
                    Passage::open(&stream, target, shared);
                }
            });
        }
    });
    door
}

#[cfg(test)]
mod tests;
