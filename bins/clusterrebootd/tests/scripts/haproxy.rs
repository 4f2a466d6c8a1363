//! `health/haproxy.sh` and the hooks that drain, against a socket that keeps the states of its servers.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::bed::{Bed, Case, Changes, changed, needs};

const STAT: &str = include_str!("fixtures/haproxy.csv");

/// What `show stat` says, and what was asked.
#[derive(Default)]
struct State {
    stat: String,
    asked: Vec<String>,
}

struct Haproxy {
    bed: Bed,
    state: Arc<Mutex<State>>,
}

impl Haproxy {
    /// A machine whose HAProxy answers with these places of the recorded table changed.
    fn with(changes: Changes) -> Self {
        needs("socat");
        let bed = Bed::new();
        let listener = UnixListener::bind(bed.path("admin.sock")).unwrap();
        let state = Arc::new(Mutex::new(State { stat: changed(STAT, changes), asked: vec![] }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut line = String::new();
                BufReader::new(&stream).read_line(&mut line).unwrap();
                let answer = answer(&mut shared.lock().unwrap(), line.trim());
                stream.write_all(answer.as_bytes()).ok();
            }
        });
        let haproxy = Self { bed, state };
        haproxy.configure("HAPROXY_SERVER=web-1");
        haproxy
    }

    fn configure(&self, more: &str) {
        let socket = self.bed.path("admin.sock").display().to_string();
        let settings = format!("HAPROXY_SOCKETS=UNIX-CONNECT:{socket}\nHAPROXY_BACKEND=web\n{more}\n");
        self.bed.write("conf/health.d/haproxy.conf", &settings);
        self.bed.write("conf/hooks.d/haproxy.conf", &settings);
    }

    fn status(&self) -> String {
        let state = self.state.lock().unwrap();
        let line = state.stat.lines().find(|line| line.starts_with("web,web-1,")).unwrap();
        line.split(',').nth(17).unwrap().to_owned()
    }

    /// The commands that changed something.
    fn commands(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        state.asked.iter().filter(|asked| *asked != "show stat").cloned().collect()
    }

    fn has_notes(&self) -> bool {
        self.bed.path("state/haproxy-drained").exists()
    }
}

fn answer(state: &mut State, asked: &str) -> String {
    state.asked.push(asked.to_owned());
    let (from, to) = match asked {
        "show stat" => return format!("{}\n", state.stat),
        "set server web/web-1 state drain" => ("UP", "DRAIN"),
        "set server web/web-1 state ready" => ("DRAIN", "UP"),
        _ => return "No such server.\n".to_owned(),
    };
    let line = state.stat.lines().find(|line| line.starts_with("web,web-1,")).unwrap().to_owned();
    state.stat = state.stat.replace(&line, &line.replace(&format!(",{from},"), &format!(",{to},")));
    "\n".to_owned()
}

/// The beginning of a server's row up to its state, in that state; the rows are recorded.
fn in_state(server: &str, status: &str) -> (String, String) {
    let row = STAT.lines().find(|line| line.starts_with(&format!("web,{server},"))).unwrap();
    (row.to_owned(), row.replace(",UP,", &format!(",{status},")))
}

#[test]
fn a_backend_spares_a_server_while_enough_others_are_up() {
    let table: [Case; 10] = [
        ("all UP", "pre-lock", "", &[], ""),
        ("all UP", "heartbeat", "", &[], ""),
        ("one down, one is enough", "pre-lock", "", &[("web-2", "DOWN")], ""),
        (
            "one down, two are needed",
            "pre-lock",
            "HAPROXY_MIN_UP=2",
            &[("web-2", "DOWN")],
            "only 1 other servers of web are UP, 2 are needed; not UP: web-2 (DOWN); see show stat",
        ),
        (
            "one going down, one unknown",
            "post-lock",
            "",
            &[("web-2", "UP 1/3"), ("web-3", "no check")],
            "only 0 other servers of web are UP, 1 are needed; not UP: web-2 (UP 1/3) web-3 (no check)",
        ),
        (
            "others down, and nobody asks of them",
            "heartbeat",
            "",
            &[("web-2", "DOWN"), ("web-3", "MAINT")],
            "",
        ),
        (
            "own server down",
            "post-reboot",
            "",
            &[("web-1", "DOWN 1/2")],
            "server web-1 of this node is DOWN 1/2",
        ),
        ("own server drained before the reboot", "post-lock", "", &[("web-1", "DRAIN")], ""),
        (
            "no such backend",
            "pre-lock",
            "HAPROXY_BACKEND=app",
            &[],
            "HAProxy has no backend app (HAPROXY_BACKEND)",
        ),
        (
            "no such server",
            "pre-lock",
            "HAPROXY_SERVER=web-9",
            &[],
            "backend web has no server web-9 (HAPROXY_SERVER)",
        ),
    ];
    for (situation, phase, settings, states, message) in table {
        let rows: Vec<_> = states.iter().map(|(server, status)| in_state(server, status)).collect();
        let changes: Vec<_> = rows.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
        let haproxy = Haproxy::with(&changes);
        haproxy.configure(&format!("HAPROXY_SERVER=web-1\n{settings}"));
        haproxy.bed.health("haproxy", phase).is("haproxy", situation, message);
    }
}

#[test]
fn an_answer_that_is_none_is_not_well() {
    for (says, message) in
        [("", "HAProxy has no backend web"), ("Permission denied\n", "HAProxy has no backend web")]
    {
        let haproxy = Haproxy::with(&[(STAT, says)]);
        haproxy.bed.health("haproxy", "pre-lock").is("haproxy", says, message);
    }
    let haproxy = Haproxy::with(&[]);
    fs::remove_file(haproxy.bed.path("admin.sock")).unwrap();
    haproxy.bed.health("haproxy", "heartbeat").is("haproxy", "gone", "does not answer: socat ended with 1");
}

#[test]
fn a_drained_server_is_put_back_by_whoever_drained_it() {
    let haproxy = Haproxy::with(&[]);
    for _ in 0..2 {
        haproxy.bed.hook("haproxy-drain").is("haproxy-drain", "run, and run again", "");
        assert_eq!((haproxy.status().as_str(), haproxy.has_notes()), ("DRAIN", true));
    }
    for _ in 0..2 {
        haproxy.bed.hook("haproxy-ready").is("haproxy-ready", "run, and run again", "");
        assert_eq!((haproxy.status().as_str(), haproxy.has_notes()), ("UP", false));
    }
    assert_eq!(haproxy.commands(), ["set server web/web-1 state drain", "set server web/web-1 state ready"]);
}

#[test]
fn a_server_that_somebody_else_took_out_stays_out() {
    for status in ["MAINT", "DRAIN"] {
        let (from, to) = in_state("web-1", status);
        let haproxy = Haproxy::with(&[(&from, &to)]);
        haproxy.bed.hook("haproxy-drain").is("haproxy-drain", status, "");
        haproxy.bed.hook("haproxy-ready").is("haproxy-ready", status, "");
        assert_eq!((haproxy.status().as_str(), haproxy.commands()), (status, vec![]));
    }
}

#[test]
fn a_crash_between_the_note_and_the_drain_is_made_good() {
    let haproxy = Haproxy::with(&[]);
    let socket = haproxy.bed.path("admin.sock").display().to_string();
    haproxy.bed.write("state/haproxy-drained", &format!("UNIX-CONNECT:{socket} web/web-1\n"));
    haproxy.bed.hook("haproxy-drain").is("haproxy-drain", "again", "");
    assert_eq!(haproxy.status(), "DRAIN");
    haproxy.bed.hook("haproxy-ready").is("haproxy-ready", "once", "");
    assert_eq!(haproxy.commands().last().unwrap(), "set server web/web-1 state ready");
    assert_eq!(haproxy.commands().len(), 2, "the note stood there once");
}

#[test]
fn sessions_that_do_not_end_fail_the_drain() {
    let row = STAT.lines().find(|line| line.starts_with("web,web-1,")).unwrap();
    let busy = row.replacen("web-1,0,0,0,", "web-1,0,0,4,", 1);
    let haproxy = Haproxy::with(&[(row, &busy)]);
    haproxy.configure("HAPROXY_SERVER=web-1\nHAPROXY_DRAIN_SEC=0");
    let ran = haproxy.bed.hook("haproxy-drain");
    ran.is("haproxy-drain", "busy", "server web/web-1 still has 4 sessions at UNIX-CONNECT:");
    haproxy.bed.hook("haproxy-ready").is("haproxy-ready", "called off", "");
    assert_eq!(haproxy.status(), "UP");
}

#[test]
fn a_haproxy_that_is_gone_keeps_its_note() {
    let haproxy = Haproxy::with(&[]);
    haproxy.bed.hook("haproxy-drain").is("haproxy-drain", "drained", "");
    let (there, away) = (haproxy.bed.path("admin.sock"), haproxy.bed.path("away.sock"));
    fs::rename(&there, &away).unwrap();
    haproxy.bed.hook("haproxy-ready").is("haproxy-ready", "gone", "does not answer: socat ended with 1");
    assert!(haproxy.has_notes());
    fs::rename(away, there).unwrap();
    haproxy.bed.hook("haproxy-ready").is("haproxy-ready", "back", "");
    assert_eq!(haproxy.status(), "UP");
}
