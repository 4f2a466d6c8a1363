//! A small fleet, and an operator at `node-a` who follows the page line by line.

use std::collections::VecDeque;
use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use crb_testbed::{EtcdCluster, TestNode, eventually};
use serde_json::json;

use crate::PROGRAM;
use crate::page::{repository, sections};

/// Where the page has the configuration.
const ETC: &str = "/etc/clusterrebootd";

/// Lines that are not run here, by how they begin, and why not.
const ELSEWHERE: [(&str, &str); 5] = [
    ("cargo build ", "it builds the program under test once more"),
    ("install -m 755 target/release/", "it puts a program onto the machine itself"),
    ("install -m 644 packaging/systemd/", "it puts a unit onto the machine itself"),
    ("systemctl ", "systemd has no such unit here; the scene does to the daemon what systemd would do"),
    ("journalctl ", "there is no journal of such a unit; the scene looks at the log of the daemon"),
];

/// Commands that ask. Nobody is at a terminal here.
const ASKING: [&str; 3] = ["unlock", "forget", "accept-store"];

/// An etcd, two healthy nodes that are not started yet, and the lines of a section.
pub(crate) struct Bed {
    pub(crate) cluster: EtcdCluster,
    pub(crate) a: TestNode,
    pub(crate) b: TestNode,
    title: &'static str,
    lines: VecDeque<String>,
}

impl Bed {
    pub(crate) fn at(title: &'static str) -> Self {
        let section = sections().into_iter().find(|section| section.title == title).unwrap();
        let cluster = EtcdCluster::start(1);
        let node = |name: &str| {
            let node = TestNode::new(PROGRAM, name, &cluster.endpoints()).with_boots();
            let disable = node.file("disable");
            node.with("kill_switch_file", json!(disable))
        };
        let (a, b) = (node("node-a"), node("node-b"));
        fs::create_dir(a.file("bin")).unwrap();
        symlink(PROGRAM, a.file("bin/clusterrebootd")).unwrap();
        Self { cluster, a, b, title, lines: section.commands.into() }
    }

    /// Both daemons run, and each has told the fleet that it is well.
    pub(crate) fn start(&mut self) {
        for node in [&mut self.a, &mut self.b] {
            node.start();
            node.wait_for("its report", |event| event.says("cluster_health_update", "status", "healthy"));
        }
    }

    /// The next line of the page is `line`; it ends with `code`, and says all of `words`.
    #[track_caller]
    pub(crate) fn gives(&mut self, line: &str, code: i32, words: &[&str]) {
        self.comes_to(line);
        let elsewhere = ELSEWHERE.iter().find(|(start, _)| line.starts_with(start));
        assert_eq!(elsewhere, None, "{line} is not to be run");
        let (ended, said) = self.run(line);
        assert_eq!(ended, Some(code), "{}: {line}: {said}", self.title);
        for word in words {
            assert!(said.contains(word), "{}: {line} does not say {word:?}: {said}", self.title);
        }
    }

    /// The next line of the page is `line`, which is not run here.
    #[track_caller]
    pub(crate) fn passes_by(&mut self, line: &str) {
        self.comes_to(line);
        assert!(ELSEWHERE.iter().any(|(start, _)| line.starts_with(start)), "why is {line} not run?");
    }

    #[track_caller]
    fn comes_to(&mut self, line: &str) {
        assert_eq!(self.lines.pop_front().as_deref(), Some(line), "{}", self.title);
    }

    /// Runs a line as it is typed on `node-a`, with its directory in the place of that in `/etc`.
    pub(crate) fn run(&self, line: &str) -> (Option<i32>, String) {
        let here = self.a.file("");
        let asks = ASKING.iter().any(|command| line.starts_with(&format!("clusterrebootd {command} ")));
        let line = format!("{line}{}", if asks { " --yes" } else { "" });
        let line = line.replace(ETC, here.to_str().unwrap().trim_end_matches('/'));
        let path = format!("{}:{}", self.a.file("bin").display(), env::var("PATH").unwrap());
        let ran = Command::new("sh")
            .args(["-c", &line])
            .current_dir(repository())
            .env("PATH", path)
            .env("CLUSTERREBOOTD_CONFIG", self.a.file("config.yaml"))
            .env("RUNTIME_DIRECTORY", self.a.file("run"))
            .env("STATE_DIRECTORY", self.a.file("state"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8([ran.stdout, ran.stderr].concat()).unwrap();
        (ran.status.code(), said.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// Waits until etcd has at `key` what `is` as expected; nothing is the empty text.
    pub(crate) fn eventually(&self, key: &str, is: impl Fn(&str) -> bool) {
        eventually(&format!("{key} is as it should be"), || is(&self.etcdctl(&["get", key])).then_some(()));
    }

    pub(crate) fn etcdctl(&self, arguments: &[&str]) -> String {
        let ran = self.cluster.etcdctl(arguments);
        assert!(ran.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap()
    }

    /// Nothing of the section is left.
    pub(crate) fn is_at_the_end(&self) {
        assert!(self.lines.is_empty(), "{}: nobody runs {:?}", self.title, self.lines);
    }
}
