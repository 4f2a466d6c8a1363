//! Writes on a thread of its own, so that a reader who stalls never holds the daemon up.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

/// How many writes wait at most.
const QUEUE: usize = 1024;

/// A writer that hands every write on to a thread, whole and in order, and never waits.
///
/// A write that finds the queue full is refused with [`io::ErrorKind::WouldBlock`]. Clones share the queue.
#[derive(Debug, Clone)]
pub struct Background {
    queue: Sender<Work>,
    /// How many writes are queued or under way.
    waiting: Arc<AtomicUsize>,
}

#[derive(Debug)]
enum Work {
    Write(Vec<u8>),
    /// Tells the sender that everything before this is written.
    Settle(Sender<()>),
}

impl Background {
    /// Starts the thread, which ends when the last clone is dropped.
    ///
    /// # Errors
    /// What the operating system says when it has no thread to spare.
    pub fn start(writer: impl Write + Send + 'static) -> io::Result<Self> {
        let (queue, work) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let done = Arc::clone(&waiting);
        thread::Builder::new().name("log".to_owned()).spawn(move || labour(writer, &work, &done))?;
        Ok(Self { queue, waiting })
    }

    /// Blocks until everything handed on so far is written, or `within` has passed; `true` if it is written.
    /// For the end of the process, whose threads end with it.
    pub fn settle(&self, within: Duration) -> bool {
        let (settled, is_settled) = channel();
        self.queue.send(Work::Settle(settled)).is_ok() && is_settled.recv_timeout(within).is_ok()
    }
}

fn labour(mut writer: impl Write, queue: &Receiver<Work>, waiting: &AtomicUsize) {
    while let Ok(work) = queue.recv() {
        match work {
            Work::Write(bytes) => {
                // Whoever wrote it has long gone on.
                let _ = writer.write_all(&bytes).and_then(|()| writer.flush());
                waiting.fetch_sub(1, Ordering::Relaxed);
            }
            // Whoever asked may have given up.
            Work::Settle(settled) => drop(settled.send(())),
        }
    }
}

impl Write for Background {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= QUEUE {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.queue.send(Work::Write(bytes.to_vec())).map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
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
}
