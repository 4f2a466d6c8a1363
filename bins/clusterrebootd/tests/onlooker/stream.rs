//! `--watch` without a terminal: a document a change, and a text a change.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::bed::{Bed, node, report};

/// A watch that runs.
struct Stream {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Stream {
    fn of(bed: &Bed, arguments: &[&str]) -> Self {
        let mut command = bed.command(&[&["--watch"], arguments].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    /// The next document that is as wanted.
    fn document(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let document = serde_json::from_str(&self.line()).unwrap();
            if wanted(&document) {
                return document;
            }
        }
    }

    /// Ends it as Ctrl-C does.
    fn end(self) -> (i32, String) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, Signal::INT).unwrap();
        let output = self.child.wait_with_output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }
}

#[test]
fn every_change_is_a_line_of_json_and_an_outage_is_told_beside_it() {
    let mut bed = Bed::new();
    bed.put(node("node-a", true, ""));
    let mut stream = Stream::of(&bed, &["--output", "json"]);
    let first = stream.document(|_| true);
    assert_eq!((&first["counts"]["healthy"], &first["counts"]["total"]), (&json!(1), &json!(1)));
    bed.put([report("node-a", false, "exit 1")]);
    let second = stream.document(|_| true);
    assert_eq!(second["nodes"][0]["state"], "unhealthy");
    assert!(second["revision"].as_i64() > first["revision"].as_i64());
    bed.delete("/crb/alive/node-a");
    let silent = stream.document(|_| true);
    assert_eq!(silent["nodes"][0]["state"], "silent");
    // It was seen to vanish, so it is known since when.
    assert!(silent["nodes"][0]["since"].is_string(), "{silent:#}");

    bed.cluster.kill(0);
    bed.cluster.restart(0);
    bed.put(node("node-b", true, ""));
    let back = stream.document(|document| document["counts"]["total"] == 2);
    assert!(back["nodes"][0]["since"].is_string(), "{back:#}");
    let (code, err) = stream.end();
    assert_eq!(code, 0);
    assert!(err.starts_with("clusterrebootd: etcd is not heard"), "{err}");
    assert!(err.contains("etcd answers again"), "{err}");
}

#[test]
fn as_text_documents_are_parted_by_an_empty_line() {
    let bed = Bed::new();
    let mut stream = Stream::of(&bed, &[]);
    assert!(stream.line().starts_with("0 nodes"));
    bed.put(node("node-a", true, ""));
    assert_eq!(stream.line(), "");
    assert!(stream.line().starts_with("1 node: "));
    assert_eq!(stream.line(), "");
    assert!(stream.line().starts_with("NODE "));
    assert!(stream.line().starts_with("node-a "));
    assert_eq!(stream.end(), (0, String::new()));
}
