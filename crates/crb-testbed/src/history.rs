//! Everything that ever changed in a cluster, revision by revision, as `etcdctl watch` tells it.
//!
//! It is followed from the beginning on while it happens, so that a compaction takes nothing of it away, and by
//! another client than ours, so that it does not share our faults.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::Deserialize;

use crate::daemon::Process;
use crate::{EtcdCluster, eventually, poll_until, tools};

/// The pause before a watch that ended begins again.
const PAUSE: Duration = Duration::from_millis(200);

/// One key's change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The revision that it belongs to; others of the same revision were made with it.
    pub revision: i64,
    /// The key.
    pub key: String,
    /// What was put; `None`: the key was deleted, or its lease ended.
    pub put: Option<Put>,
    /// When it was heard of, since the epoch: a little after it was made.
    pub heard: Duration,
}

/// What stands under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// The value, as text.
    pub value: String,
    /// The lease it hangs on; 0: none.
    pub lease: i64,
    /// When the key was created.
    pub created: i64,
}

/// The history of one cluster, which grows for as long as this is kept.
#[derive(Debug)]
pub struct History {
    told: Arc<Mutex<Told>>,
    marks: AtomicU32,
}

#[derive(Debug, Default)]
struct Told {
    changes: Vec<Change>,
    broken: Option<String>,
    closed: bool,
    watcher: Option<Process>,
}

impl History {
    /// Follows `cluster`, from revision 1.
    pub fn of(cluster: &EtcdCluster) -> Self {
        let endpoints = cluster.endpoints().join(",");
        let told = Arc::new(Mutex::new(Told::default()));
        let teller = Arc::clone(&told);
        thread::spawn(move || {
            // etcd ends watches while it has no leader; they begin again where they ended.
            while listen(&endpoints, &teller) {
                poll_until(PAUSE, || lock(&teller).closed.then_some(()));
            }
        });
        Self { told, marks: AtomicU32::new(0) }
    }

    /// What has changed so far under keys that begin with `prefix`, in order.
    pub fn under(&self, prefix: &str) -> Vec<Change> {
        let told = self.told();
        told.changes.iter().filter(|change| change.key.starts_with(prefix)).cloned().collect()
    }

    /// What stands under keys that begin with `prefix`, by key, as far as was heard.
    pub fn now(&self, prefix: &str) -> BTreeMap<String, Put> {
        let mut now = BTreeMap::new();
        for change in self.under(prefix) {
            match change.put {
                Some(put) => now.insert(change.key, put),
                None => now.remove(&change.key),
            };
        }
        now
    }

    /// The last revision that was heard of.
    pub fn revision(&self) -> i64 {
        self.told().changes.last().map_or(0, |change| change.revision)
    }

    /// Waits until everything was heard that had happened when this was called.
    pub fn catch_up(&self, cluster: &EtcdCluster) {
        let mark = format!("/testbed-mark-{}", self.marks.fetch_add(1, Ordering::SeqCst));
        eventually("etcd takes a mark", || {
            cluster.etcdctl(&["put", &mark, ""]).status.success().then_some(())
        });
        eventually("the history is up to date", || (!self.under(&mark).is_empty()).then_some(()));
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        let told = lock(&self.told);
        if let Some(how) = &told.broken {
            panic!("the history is lost: {how}");
        }
        told
    }
}

impl Drop for History {
    fn drop(&mut self) {
        let mut told = lock(&self.told);
        told.closed = true;
        told.watcher = None;
    }
}

fn lock(told: &Mutex<Told>) -> MutexGuard<'_, Told> {
    told.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One line of `etcdctl watch`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Line {
    #[serde(default)]
    events: Option<Vec<Event>>,
    canceled: bool,
    compact_revision: i64,
}

#[derive(Deserialize)]
struct Event {
    /// 1: a deletion.
    #[serde(default, rename = "type")]
    kind: u8,
    kv: Pair,
}

#[derive(Deserialize)]
struct Pair {
    key: String,
    mod_revision: i64,
    #[serde(default)]
    create_revision: i64,
    #[serde(default)]
    value: String,
    #[serde(default)]
    lease: i64,
}

/// Listens from where was listened before until the watch ends; false when there is nothing more to listen to.
fn listen(endpoints: &str, told: &Mutex<Told>) -> bool {
    let output = {
        let mut told = lock(told);
        if told.closed {
            return false;
        }
        let next = told.changes.last().map_or(1, |change| change.revision + 1).to_string();
        let mut command = tools::etcdctl();
        command.args(["--endpoints", endpoints, "--keepalive-time", "1s", "--keepalive-timeout", "2s"]);
        command.args(["watch", "--write-out", "json", "--rev", &next, "--prefix", ""]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        told.watcher.insert(Process::start(&mut command)).take_stdout()
    };
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        let heard = now();
        let mut told = lock(told);
        match changes(&line, heard) {
            Ok(Some(news)) => told.changes.extend(news),
            Ok(None) => break,
            Err(how) => {
                told.broken = Some(how);
                return false;
            }
        }
    }
    true
}

/// The changes of one line, or `None` where the watch ends with it.
///
/// # Errors
/// Why what comes next cannot be heard any more.
fn changes(line: &str, heard: Duration) -> Result<Option<Vec<Change>>, String> {
    let line_of = |error: &dyn std::fmt::Display| format!("{error} in {line}");
    let parsed: Line = serde_json::from_str(line).map_err(|error| line_of(&error))?;
    if parsed.compact_revision != 0 {
        return Err(line_of(&"it was compacted away"));
    }
    if parsed.canceled {
        return Ok(None);
    }
    let text = |coded: &str| {
        let bytes = BASE64_STANDARD.decode(coded).map_err(|error| line_of(&error))?;
        Ok::<_, String>(String::from_utf8_lossy(&bytes).into_owned())
    };
    let change = |Event { kind, kv }: Event| {
        let put = (kind == 0).then(|| {
            let (lease, created) = (kv.lease, kv.create_revision);
            text(&kv.value).map(|value| Put { value, lease, created })
        });
        Ok(Change { revision: kv.mod_revision, key: text(&kv.key)?, put: put.transpose()?, heard })
    };
    parsed.events.unwrap_or_default().into_iter().map(change).collect::<Result<_, _>>().map(Some)
}

#[allow(clippy::disallowed_methods, reason = "what scripts write down bears the wall clock's time, too")]
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_etcd_history_tells_puts_leases_and_deletions_in_order() {
        let cluster = EtcdCluster::start(1);
        let lease = String::from_utf8(cluster.etcdctl(&["lease", "grant", "60"]).stdout).unwrap();
        let lease = lease.split(' ').nth(1).unwrap();
        assert!(cluster.etcdctl(&["put", "/a/1", "one", "--lease", lease]).status.success());
        assert!(cluster.etcdctl(&["put", "/b", "other"]).status.success());
        assert!(cluster.etcdctl(&["lease", "revoke", lease]).status.success());
        let history = History::of(&cluster);
        history.catch_up(&cluster);
        let [put, deletion] = &history.under("/a/")[..] else { panic!("{:?}", history.under("")) };
        assert_eq!((put.revision, deletion.revision), (2, 4));
        let lease = i64::from_str_radix(lease, 16).unwrap();
        assert_eq!(put.put, Some(Put { value: "one".into(), lease, created: 2 }));
        assert_eq!((&*deletion.key, &deletion.put), ("/a/1", &None));
        assert_eq!(
            history.now("/").keys().map(String::as_str).collect::<Vec<_>>(),
            ["/b", "/testbed-mark-0"]
        );
    }

    #[test]
    #[should_panic(expected = "the history is lost")]
    fn an_etcd_history_that_was_compacted_away_is_no_history() {
        let cluster = EtcdCluster::start(1);
        for value in ["1", "2", "3"] {
            assert!(cluster.etcdctl(&["put", "/a", value]).status.success());
        }
        assert!(cluster.etcdctl(&["compaction", "3"]).status.success());
        History::of(&cluster).catch_up(&cluster);
    }
}
