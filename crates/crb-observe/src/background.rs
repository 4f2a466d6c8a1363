//! Writes on a thread of its own, so that a reader who stalls never holds the daemon up.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Write};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How many writes wait at most.
const QUEUE: usize = 1024;

/// How long the thread waits for something to write before it ends. The next write has another one.
const IDLE: Duration = Duration::from_secs(1);

/// A writer that hands every write on to a thread, whole and in order, and never waits.
///
/// A write that finds the queue full is refused with [`io::ErrorKind::WouldBlock`], and so is one for which there is no
/// thread to be had. Clones share the queue. While there is nothing to write, there is no thread either.
#[derive(Clone)]
pub struct Background(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Told when something is put in the queue.
    news: Condvar,
    /// Had by whoever writes.
    writer: Mutex<Box<dyn Write + Send>>,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Work>,
    /// How many writes are queued or under way.
    waiting: usize,
    /// Whether there is a thread that will see to the queue.
    at_work: bool,
}

enum Work {
    Write(Vec<u8>),
    /// Tells the sender that everything before this is written.
    Settle(Sender<()>),
}

impl Background {
    /// Starts the thread.
    ///
    /// # Errors
    /// What the operating system says when it has no thread to spare.
    pub fn start(writer: impl Write + Send + 'static) -> io::Result<Self> {
        let background = Self(Arc::new(Shared {
            state: Mutex::default(),
            news: Condvar::new(),
            writer: Mutex::new(Box::new(writer)),
        }));
        background.see_to(&mut background.0.state())?;
        Ok(background)
    }

    /// Blocks until everything handed on so far is written, or `within` has passed; `true` if it is written.
    /// For the end of the process, whose threads end with it.
    pub fn settle(&self, within: Duration) -> bool {
        let (settled, is_settled) = channel();
        let put = self.put(&mut self.0.state(), Work::Settle(settled));
        put.is_ok() && is_settled.recv_timeout(within).is_ok()
    }

    /// Puts work in the queue of a thread. What cannot be put there is not done.
    fn put(&self, state: &mut State, work: Work) -> io::Result<()> {
        self.see_to(state)?;
        state.queue.push_back(work);
        self.0.news.notify_one();
        Ok(())
    }

    /// Sees to it that there is a thread.
    fn see_to(&self, state: &mut State) -> io::Result<()> {
        if !state.at_work {
            let shared = Arc::clone(&self.0);
            thread::Builder::new().name("background".to_owned()).spawn(move || shared.labour())?;
            state.at_work = true;
        }
        Ok(())
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn labour(&self) {
        while let Some(work) = self.next() {
            match work {
                Work::Write(bytes) => {
                    let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
                    // Whoever wrote it has long gone on.
                    let _ = writer.write_all(&bytes).and_then(|()| writer.flush());
                    self.state().waiting -= 1;
                }
                // Whoever asked may have given up.
                Work::Settle(settled) => drop(settled.send(())),
            }
        }
    }

    /// The next thing to do, waited for. `None`: there was nothing for long, and whoever has something will want another
    /// thread.
    fn next(&self) -> Option<Work> {
        let is_idle = |state: &mut State| state.queue.is_empty();
        let waited = self.news.wait_timeout_while(self.state(), IDLE, is_idle);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let work = state.queue.pop_front();
        state.at_work = work.is_some();
        work
    }
}

impl Write for Background {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.0.state();
        if state.waiting >= QUEUE {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.put(&mut state, Work::Write(bytes.to_vec())).map_err(|_| io::ErrorKind::WouldBlock)?;
        state.waiting += 1;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.0.state();
        f.debug_struct("Background")
            .field("waiting", &state.waiting)
            .field("at_work", &state.at_work)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::Receiver;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    /// A writer that tells of every write, and goes on when it is let.
    struct Gate {
        written: Sender<String>,
        open: Receiver<()>,
    }

    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.written.send(String::from_utf8(bytes.to_vec()).unwrap());
            let _ = self.open.recv();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn gated() -> (Background, Receiver<String>, Sender<()>) {
        let ((written, told), (opener, open)) = (channel(), channel());
        (Background::start(Gate { written, open }).unwrap(), told, opener)
    }

    #[test]
    fn everything_is_written_in_order_and_settling_waits_for_it() {
        let (mut background, told, opener) = gated();
        drop(opener);
        for line in ["one\n", "two\n", "three\n"] {
            background.write_all(line.as_bytes()).unwrap();
        }
        assert!(background.settle(LONG));
        assert_eq!(told.try_iter().collect::<String>(), "one\ntwo\nthree\n");
    }

    #[test]
    fn a_reader_who_stalls_costs_lines_and_no_time() {
        let (mut background, told, opener) = gated();
        for _ in 0..QUEUE {
            background.write_all(b"taken\n").unwrap();
        }
        let refused = background.write_all(b"refused\n").unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::WouldBlock);
        assert!(!background.settle(Duration::ZERO));

        drop(opener);
        assert!(background.settle(LONG));
        background.write_all(b"taken again\n").unwrap();
        assert!(background.settle(LONG));
        assert_eq!(told.try_iter().filter(|line| line == "taken\n").count(), QUEUE);
    }

    #[test]
    fn without_work_the_thread_ends_and_the_next_write_has_another_one() {
        let (mut background, told, opener) = gated();
        drop(opener);
        for line in ["before\n", "after\n"] {
            background.write_all(line.as_bytes()).unwrap();
            assert_eq!(told.recv_timeout(LONG).as_deref(), Ok(line));
            // The thread holds the one other share while it is there.
            while Arc::strong_count(&background.0) > 1 {
                thread::yield_now();
            }
            assert!(!background.0.state().at_work);
        }
        assert!(background.settle(LONG));
    }
}
