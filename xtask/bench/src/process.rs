//! What the kernel tells of a process.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use xtask::Failure;

/// The state of an established connection, in the kernel's tables.
const ESTABLISHED: &str = "01";

/// A process that runs.
#[derive(Debug)]
pub(crate) struct Process {
    directory: PathBuf,
    /// How long each thread has run when it was last looked at, in nanoseconds. A thread that has ended stays.
    ran: BTreeMap<String, u64>,
}

impl Process {
    /// The process of this id.
    pub(crate) fn of(id: u32) -> Self {
        Self { directory: Path::new("/proc").join(id.to_string()), ran: BTreeMap::new() }
    }

    /// A line of its `status` in KiB, such as `VmRSS`.
    pub(crate) fn kib(&self, name: &str) -> Result<f64, Failure> {
        let status = self.read("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok())
            .ok_or_else(|| Failure::Verdict(format!("the kernel does not tell the {name} of a process")))
    }

    /// How many threads it has.
    pub(crate) fn threads(&self) -> Result<f64, Failure> {
        Ok(count(self.list("task")?.len()))
    }

    /// How long its threads have run so far, in seconds, those included that were seen and have ended. What its children
    /// took is not in it.
    pub(crate) fn ran(&mut self) -> Result<f64, Failure> {
        for thread in self.list("task")? {
            let file = self.directory.join("task").join(&thread).join("schedstat");
            // A thread may end between the list and the look.
            let Ok(told) = fs::read_to_string(file) else { continue };
            let nanoseconds = told.split(' ').next().and_then(|first| first.parse().ok());
            let nanoseconds = nanoseconds.ok_or_else(|| {
                Failure::Verdict("the kernel does not tell how long a thread has run".to_owned())
            })?;
            self.ran.insert(thread, nanoseconds);
        }
        #[allow(clippy::cast_precision_loss, reason = "so long does nothing run")]
        let nanoseconds = self.ran.values().sum::<u64>() as f64;
        Ok(nanoseconds / 1e9)
    }

    /// How many connections it has to this port.
    pub(crate) fn connections_to(&self, port: u16) -> Result<f64, Failure> {
        let own: BTreeSet<String> = self
            .list("fd")?
            .iter()
            .filter_map(|fd| fs::read_link(self.directory.join("fd").join(fd)).ok())
            .filter_map(|target| {
                Some(target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())
            })
            .collect();
        let (tcp, tcp6) = (self.read("net/tcp")?, self.read("net/tcp6").unwrap_or_default());
        let lines = tcp.lines().chain(tcp6.lines());
        let to_port = |line: &&str| is_connection_of(line, port, &own);
        Ok(count(lines.filter(to_port).count()))
    }

    fn read(&self, name: &str) -> Result<String, Failure> {
        let path = self.directory.join(name);
        fs::read_to_string(&path).map_err(|source| Failure::File { path, source })
    }

    fn list(&self, name: &str) -> Result<Vec<String>, Failure> {
        let path = self.directory.join(name);
        let entries = fs::read_dir(&path).map_err(|source| Failure::File { path, source })?;
        Ok(entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
    }
}

/// Whether a line of /proc/net/tcp tells of an established connection to `port` that is one of `own`.
fn is_connection_of(line: &str, port: u16, own: &BTreeSet<String>) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [_, _, remote, state, ..] = words[..] else { return false };
    remote.ends_with(&format!(":{port:04X}"))
        && state == ESTABLISHED
        && words.get(9).is_some_and(|inode| own.contains(*inode))
}

/// A number of things as a figure.
#[allow(clippy::cast_precision_loss, reason = "of nothing here there are so many")]
pub(crate) fn count(things: usize) -> f64 {
    things as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_of_our_own_process() {
        let mut own = Process::of(std::process::id());
        assert!(own.kib("VmRSS").unwrap() > 0.0);
        assert!(own.threads().unwrap() >= 1.0);
        let before = own.ran().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(own.connections_to(port).unwrap() < 1.0);
        let _connection = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        assert!((own.connections_to(port).unwrap() - 1.0).abs() < f64::EPSILON);
        assert!(own.ran().unwrap() >= before);
    }

    #[test]
    fn what_is_no_process_is_a_failure() {
        assert!(Process::of(u32::MAX).kib("VmRSS").is_err());
    }
}
