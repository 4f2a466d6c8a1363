//! The hooks that tell others: silences of Alertmanager, and a chat.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::bed::{Bed, Ran, examples, says};
use crate::http::Server;

/// An Alertmanager that keeps the silences it was given.
fn alertmanager(silences: &Arc<Mutex<Vec<Value>>>) -> Server {
    let silences = Arc::clone(silences);
    Server::start(move |request| {
        let mut silences = silences.lock().unwrap();
        if let Some(id) = request.line.strip_prefix("DELETE /api/v2/silence/") {
            let gone = silences.iter_mut().find(|silence| silence["id"] == id).unwrap();
            gone["status"]["state"] = json!("expired");
            return (200, String::new());
        }
        match request.line.as_str() {
            "GET /api/v2/silences" => (200, Value::from(silences.clone()).to_string()),
            "POST /api/v2/silences" => {
                let mut silence: Value = serde_json::from_str(&request.body).unwrap();
                if let Some(id) = silence.get("id").cloned() {
                    silences.retain(|old| old["id"] != id);
                } else {
                    silence["id"] = json!(format!("silence-{}", silences.len()));
                }
                silence["status"] = json!({"state": "active"});
                silences.push(silence.clone());
                (200, json!({"silenceID": silence["id"]}).to_string())
            }
            _ => (404, String::new()),
        }
    })
}

fn bed_of(server: &Server) -> Bed {
    let bed = Bed::new();
    bed.write("conf/hooks.d/alertmanager.conf", &format!("ALERTMANAGER_URL={}", server.url));
    bed
}

fn states(silences: &Mutex<Vec<Value>>) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    silences
        .lock()
        .unwrap()
        .iter()
        .map(|one| (text(&one["createdBy"]), text(&one["status"]["state"])))
        .collect()
}

#[test]
fn a_silence_lapses_by_itself_and_is_made_once() {
    let silences = Arc::default();
    let server = alertmanager(&silences);
    let bed = bed_of(&server);
    for _ in 0..2 {
        bed.hook("alertmanager-silence").is("alertmanager-silence", "run, and run again", "");
        assert_eq!(states(&silences), [("clusterrebootd on node-1.example".into(), "active".into())]);
    }
    let silence = silences.lock().unwrap()[0].clone();
    let matcher =
        json!({"name": "instance", "value": r"node-1\.example(:[0-9]+)?", "isRegex": true, "isEqual": true});
    assert_eq!(silence["matchers"], json!([matcher]));
    let time = |key: &str| silence[key].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let lasts = time("endsAt").duration_since(time("startsAt")).as_secs();
    assert!((1800..1800 + 60).contains(&lasts), "{lasts} s");
}

#[test]
fn only_the_silences_of_this_node_end() {
    let by = |by: &str, id: &str| json!({"createdBy": by, "id": id, "status": {"state": "active"}});
    let silences = Arc::new(Mutex::new(vec![
        by("a human", "1"),
        by("clusterrebootd on node-1.example", "2"),
        by("clusterrebootd on node-10.example", "3"),
    ]));
    let server = alertmanager(&silences);
    let bed = bed_of(&server);
    for _ in 0..2 {
        bed.hook("alertmanager-expire").is("alertmanager-expire", "run, and run again", "");
    }
    let ended: Vec<_> = states(&silences).into_iter().filter(|(_, state)| state == "expired").collect();
    assert_eq!(ended, [("clusterrebootd on node-1.example".into(), "expired".into())]);
    assert_eq!(server.lines().iter().filter(|line| line.starts_with("DELETE")).count(), 1);
}

#[test]
fn an_alertmanager_that_does_not_answer_fails_the_hook() {
    for name in ["alertmanager-silence", "alertmanager-expire"] {
        for (status, text, message) in
            [(503, "", "error: 503"), (200, "<html>", "is not understood"), (200, "", "Alertmanager is")]
        {
            let server = Server::saying(status, text);
            let situation = format!("{name}: {status} {text}");
            bed_of(&server).hook(name).is(name, &situation, message);
        }
    }
}

fn chat(bed: &Bed, event: &str) -> Ran {
    bed.run(&examples().join("hooks/chat-webhook.sh"), "", event)
}

#[test]
fn an_event_becomes_a_line_in_the_chat() {
    let overdue = r#"{"ts":"2026-11-25T12:00:00.000Z","level":"warn","node":"web-1","component":"fleet",
        "event":"reboot_overdue","message":"web-2 is \"late\"","fields":{"peer":"web-2","overdue_ms":5000}}"#;
    let table = [
        (overdue, "[warn] web-1: reboot_overdue: web-2 is \"late\" (peer=web-2, overdue_ms=5000)"),
        (r#"{"level":"info","node":"web-1","event":"paused"}"#, "[info] web-1: paused"),
    ];
    for (event, text) in table {
        let server = Server::saying(200, "ok");
        let bed = Bed::new();
        let file = bed.path("chat.url").display().to_string();
        bed.write("chat.url", &format!("{}/hook/T0KEN\n", server.url));
        bed.write("conf/hooks.d/chat.conf", &format!("CHAT_URL_FILE={file}"));
        chat(&bed, event).is("chat-webhook", event, "");
        let requests = server.requests();
        assert_eq!(requests[0].line, "POST /hook/T0KEN");
        assert_eq!(serde_json::from_str::<Value>(&requests[0].body).unwrap(), json!({"text": text}));
    }
}

#[test]
fn the_address_of_the_chat_is_no_argument_of_any_program() {
    let bed = Bed::new();
    let file = bed.path("chat.url").display().to_string();
    bed.write("chat.url", "https://chat.example/hook/T0KEN\n");
    bed.write("conf/hooks.d/chat.conf", &format!("CHAT_URL_FILE={file}"));
    bed.tool("curl", &[says("*", "ok")]);
    chat(&bed, r#"{"event":"paused"}"#).is("chat-webhook", "posted", "");
    assert!(bed.calls().starts_with("curl ") && !bed.calls().contains("T0KEN"), "{}", bed.calls());
}

#[test]
fn what_cannot_be_posted_is_said() {
    let event = r#"{"event":"paused"}"#;
    let table = [
        ("https://chat.example/x", 0o644, event, "may be read by others; run: chmod go-r "),
        ("chat.example", 0o600, event, "holds no address; write the webhook's there"),
        ("https://chat.example/\"", 0o600, event, "holds a quote or a backslash"),
        ("https://chat.example/x", 0o600, "paused", "standard input is no event"),
        ("https://chat.example/x", 0o600, "", "standard input is no event"),
        ("http://127.0.0.1:1/x", 0o600, event, "the chat does not answer: curl ended with 7"),
    ];
    for (url, mode, event, message) in table {
        let bed = Bed::new();
        let file = bed.path("chat.url").display().to_string();
        bed.write("chat.url", url);
        bed.chmod("chat.url", mode);
        bed.write("conf/hooks.d/chat.conf", &format!("CHAT_URL_FILE={file}"));
        chat(&bed, event).is("chat-webhook", message, message);
    }
}
