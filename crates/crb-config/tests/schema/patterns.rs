//! Texts in the forms that have patterns, before the loader and the validator.

use crb_config::parse;
use serde_json::{Value, json};

use crate::{context, files::validator};

/// Where a text stands, those that have its form, and those that have not.
type Form = (fn(&str) -> Value, &'static [&'static str], &'static [&'static str]);

fn allow(window: &Value) -> Value {
    json!({"windows": {"allow": [window]}})
}

const FORMS: [Form; 9] = [
    (
        |text| allow(&json!(text)),
        &[
            "Fri 18:00-Mon 08:00",
            "* 22:00-05:00",
            "22:00-05:00",
            "Mon,Wed 22:00-02:00",
            "Sun 00:00-24:00",
            "FRIDAY 18:00 - monday 08:00",
            "  tues , thurs  9:05 -17:30 ",
            "Tue - Wed 01:00-02:00",
            "Fri-Fri 18:00-Sat 02:00",
            "Sat 00:00-Sun 24:00",
        ],
        &[
            "",
            "   ",
            "sat-sun",
            "Fri 18:00",
            "Fry 18:00-20:00",
            "*,Fri 18:00-20:00",
            "Fri 25:00-Mon 08:00",
            "Fri 18:00-Mon 08:60",
            "Fri 18:00-Mon 24:01",
            "Fri 18:00-Mon",
            "Fri 18:00-",
            "Fri 18:00:00-20:00",
            "Fri +1:00-20:00",
            "Fri 24:00-Sat 06:00",
            "Mon,, Tue 18:00-20:00",
        ],
    ),
    (
        |text| allow(&json!({"cron": "0 2 * * 6", "duration": text})),
        &["1m", "90m", "2h", "1h30m", "1h 30m", " 2d ", "1d12h", "1w", "2 hours, 5 minutes", "120s"],
        &["", "90", "2x", "PT2H", "h2", "1mo", "1y", "2h ago"],
    ),
    (
        |text| allow(&json!({"cron": text, "duration": "1h"})),
        &["0 2 * * 6", "*/30 2  * * MON-FRI", "0 2 * * 6#1", "0 22 1,15 * *", "0 0 L * *"],
        &["", "@daily", "0 2 * *", "0 0 2 * * 6"],
    ),
    (
        |text| allow(&json!({"from": "2026-01-01", "until": text})),
        &[
            "2026-12-20",
            "2026-12-20T18:00",
            " 2026-12-20 18:00 ",
            "2026-12-20T18:00:30",
            "2026-12-20T18:00Z",
            "2026-12-20T18:00+05:45",
        ],
        &["", "18:00", "20.12.2026", "2026-12", "2026-12-20T25:00", "2026-12-20T18:00[Asia/Tokyo]"],
    ),
    (
        |text| json!({"etcd_endpoints": [text]}),
        &[
            "10.0.0.1:2379",
            "etcd-1.example:2379",
            "[fd00::1]:2379",
            "http://etcd:2379",
            "http://etcd:2379/",
            " e:1 ",
        ],
        &[
            "",
            "etcd",
            "etcd:",
            "etcd:port",
            ":2379",
            "fd00::1:2379",
            "http://etcd",
            "http://etcd:2379/v3",
            "http://user@etcd:2379",
            "ftp://etcd:2379",
            "a:1,b:2",
            "etcd:2379/",
        ],
    ),
    (
        |text| json!({"metrics": {"enabled": true, "listen": text}}),
        &["", "127.0.0.1:9090", ":9090", "[::1]:9090", "node-1:9090"],
        &["9090", "node-1", "node 1:9090"],
    ),
    (|text| json!({"node_name": text}), &["web-1", "@hostname"], &["", " ", "rack/web-1"]),
    (|text| json!({"lock_key": text}), &["", " ", "/lock", "lock"], &["/", "//"]),
    (
        |text| json!({"windows": {"timezone": text}}),
        &["", "Europe/Berlin", "UTC", "Etc/GMT+1", "America/Port-au-Prince"],
        &["+01:00", "../UTC"],
    ),
];

fn with(put: &Value) -> Value {
    let mut document = json!({
        "node_name": "web-1",
        "reboot_required_detectors": [{"type": "kernel"}],
        "health_script": "/bin/true",
        "etcd_endpoints": ["10.0.0.1:2379"],
    });
    document.as_object_mut().unwrap().extend(put.as_object().unwrap().clone());
    document
}

#[test]
fn a_pattern_takes_what_the_loader_takes_and_refuses_what_has_another_form() {
    let validator = validator();
    for (form, good, bad) in FORMS {
        for (text, is_good) in
            good.iter().map(|text| (text, true)).chain(bad.iter().map(|text| (text, false)))
        {
            let document = with(&form(text));
            assert_eq!(
                parse("c.yaml", document.to_string(), &context()).is_ok(),
                is_good,
                "the loader, of `{text}`"
            );
            assert_eq!(validator.is_valid(&document), is_good, "the schema, of `{text}`");
        }
    }
}
