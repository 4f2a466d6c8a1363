//! `health/patroni.sh`, `health/elasticsearch.sh` and `health/prometheus.sh`, which ask by HTTP.

use crate::bed::{Bed, Case, changed};
use crate::http::Server;

const PATRONI: &str = include_str!("fixtures/patroni.json");
const ELASTICSEARCH: &str = include_str!("fixtures/elasticsearch.json");
const QUIET: &str = r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#;
const FIRING: &str = r#"{"status":"success","data":{"resultType":"vector","result":[
    {"metric":{"__name__":"ALERTS","alertname":"DiskFull","alertstate":"firing","instance":"db-1:9100"},"value":[1764000000.1,"1"]},
    {"metric":{"__name__":"ALERTS","alertname":"NoQuorum","alertstate":"firing"},"value":[1764000000.1,"1"]}]}}"#;

fn bed(name: &str, server: &Server, settings: &str) -> Bed {
    let bed = Bed::new();
    let url = format!("{}_URL={}", name.to_uppercase(), server.url);
    bed.write(&format!("conf/health.d/{name}.conf"), &format!("{url}\n{settings}\n"));
    bed
}

fn judge(name: &str, path: &str, recorded: &str, table: &[Case]) {
    for (situation, phase, settings, changes, message) in table {
        let server = Server::saying(200, changed(recorded, changes));
        bed(name, &server, settings).health(name, phase).is(name, situation, message);
        assert_eq!(server.lines(), [format!("GET {path}")], "{situation}");
    }
}

#[test]
fn postgresql_is_led_and_keeps_up_without_this_node() {
    let (leader, sync) = ("PATRONI_MEMBER=pg-1", "PATRONI_MEMBER=pg-2");
    let old = [("\"streaming\"", "\"running\""), ("\"streaming\"", "\"running\"")];
    let behind = ("\"lag\": 1024", "\"lag\": 99999999");
    judge(
        "patroni",
        "/cluster",
        PATRONI,
        &[
            ("the leader", "pre-lock", leader, &[], ""),
            ("a replica", "post-lock", sync, &[], ""),
            ("a replica", "heartbeat", sync, &[], ""),
            ("an older Patroni", "pre-lock", sync, &old, ""),
            (
                "no leader",
                "heartbeat",
                sync,
                &[("\"leader\"", "\"replica\"")],
                "there are 0 leaders; see patronictl list",
            ),
            ("two leaders", "pre-lock", sync, &[("sync_standby", "leader")], "there are 2 leaders"),
            (
                "the leader starts",
                "pre-lock",
                sync,
                &[("\"running\"", "\"starting\"")],
                "leader pg-1 is starting",
            ),
            (
                "another replica behind",
                "pre-lock",
                leader,
                &[behind],
                "replica pg-3 is 99999999 bytes behind",
            ),
            ("another replica behind", "heartbeat", leader, &[behind], ""),
            (
                "more lag is meant",
                "pre-lock",
                "PATRONI_MEMBER=pg-1\nPATRONI_MAX_LAG_BYTES=100000000",
                &[behind],
                "",
            ),
            (
                "own replica behind",
                "post-reboot",
                "PATRONI_MEMBER=pg-3",
                &[behind],
                "replica pg-3 is 99999999 bytes",
            ),
            (
                "lag unknown",
                "pre-lock",
                leader,
                &[("\"lag\": 0", "\"lag\": \"unknown\"")],
                "pg-2 does not know its lag",
            ),
            ("lag not told", "pre-lock", leader, &[(", \"lag\": 0", "")], "pg-2 does not know its lag"),
            ("crashed", "pre-lock", leader, &[("\"streaming\"", "\"crashed\"")], "replica pg-2 is crashed"),
            (
                "old timeline",
                "pre-lock",
                leader,
                &[("5, \"lag\": 0", "4, \"lag\": 0")],
                "is on timeline 4, the leader on 5",
            ),
            (
                "paused",
                "pre-lock",
                leader,
                &[("\"scope\"", "\"pause\": true, \"scope\"")],
                "automatic failover is paused",
            ),
            (
                "nobody else may lead",
                "pre-lock",
                leader,
                &[("\"lag\": 0", "\"lag\": 0, \"tags\": {\"nofailover\": true}")],
                "no other member may become leader",
            ),
            (
                "too few",
                "pre-lock",
                "PATRONI_MEMBER=pg-1\nPATRONI_MIN_OTHERS=3",
                &[],
                "2 other members are well, 3 are needed",
            ),
            ("not a member", "heartbeat", "", &[], "Patroni knows no member node-1.example (PATRONI_MEMBER)"),
            (
                "something else answers",
                "heartbeat",
                leader,
                &[("members", "people")],
                "is not understood: jq: error",
            ),
            ("nothing", "heartbeat", leader, &[(PATRONI, "")], "the answer of Patroni is empty"),
        ],
    );
}

#[test]
fn elasticsearch_is_green_and_at_rest() {
    let three = "ELASTICSEARCH_NODES=3";
    let yellow = ("green", "yellow");
    judge(
        "elasticsearch",
        "/_cluster/health?master_timeout=5s",
        ELASTICSEARCH,
        &[
            ("green", "pre-lock", three, &[], ""),
            ("green", "heartbeat", three, &[], ""),
            (
                "yellow",
                "post-lock",
                three,
                &[yellow, ("\"unassigned_shards\":0", "\"unassigned_shards\":2")],
                "the cluster is yellow; 2 unassigned shards; see GET _cat/shards",
            ),
            ("yellow, as while another node is down", "heartbeat", three, &[yellow], ""),
            ("red", "heartbeat", three, &[("green", "red")], "the cluster is red"),
            (
                "relocating",
                "pre-lock",
                three,
                &[("relocating_shards\":0", "relocating_shards\":1")],
                "1 relocating shards",
            ),
            ("a node missing", "pre-lock", three, &[("nodes\":3", "nodes\":2")], "2 nodes instead of 3"),
            (
                "no master",
                "post-reboot",
                three,
                &[("\"timed_out\":false", "\"timed_out\":true")],
                "the master does not answer",
            ),
            ("a colour to come", "heartbeat", three, &[("green", "blue")], "the cluster is blue"),
            ("no counts", "pre-lock", three, &[("relocating", "moving")], "no counts of shards"),
            (
                "no count",
                "pre-lock",
                three,
                &[("relocating_shards\":0", "relocating_shards\":null")],
                "is not understood",
            ),
        ],
    );
}

#[test]
fn named_alerts_and_no_others_are_asked_for() {
    let settings = "PROMETHEUS_ALERTS='NoQuorum DiskFull'\nPROMETHEUS_MATCHERS='cluster=\"prod\"'";
    let table = [
        ("quiet", "pre-lock", QUIET, ""),
        (
            "firing",
            "pre-lock",
            FIRING,
            "alerts fire: DiskFull on db-1:9100, NoQuorum; see the alerts in Prometheus",
        ),
        ("firing", "post-lock", FIRING, "alerts fire"),
        (
            "refused",
            "pre-lock",
            r#"{"status":"error","error":"query timed out"}"#,
            "Prometheus says query timed out",
        ),
        (
            "partial",
            "pre-lock",
            r#"{"status":"success","warnings":["store down"],"data":{"resultType":"vector","result":[]}}"#,
            "the answer is partial: store down",
        ),
        (
            "another type",
            "pre-lock",
            r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#,
            "no vector",
        ),
        ("no data", "pre-lock", r#"{"status":"success"}"#, "is not understood"),
        ("a page", "pre-lock", "<html>", "is not understood"),
    ];
    for (situation, phase, says, message) in table {
        let server = Server::saying(200, says);
        bed("prometheus", &server, settings).health("prometheus", phase).is("prometheus", situation, message);
        let requests = server.requests();
        assert_eq!(requests[0].line, "POST /api/v1/query", "{situation}");
        let asked = "query=ALERTS%7Balertstate%3D%22firing%22%2Calertname%3D~%22NoQuorum%7CDiskFull%22%2C\
                     cluster%3D%22prod%22%7D";
        assert_eq!(requests[0].body.to_uppercase(), asked.to_uppercase());
    }
    let server = Server::saying(200, FIRING);
    bed("prometheus", &server, settings).health("prometheus", "heartbeat").is("prometheus", "heartbeat", "");
    assert_eq!(server.lines(), [""; 0], "of this node itself Prometheus is not asked");
}

#[test]
fn rules_that_are_not_evaluated_block() {
    let settings = "PROMETHEUS_ALERTS=NoQuorum\nPROMETHEUS_WATCHDOG=Watchdog";
    let quiet = Server::saying(200, QUIET);
    let ran = bed("prometheus", &quiet, settings).health("prometheus", "pre-lock");
    ran.is("prometheus", "no watchdog", "Watchdog does not fire, though it always should");
    let watched = Server::start(|request| {
        (200, if request.body.contains("Watchdog") { FIRING } else { QUIET }.to_owned())
    });
    bed("prometheus", &watched, settings).health("prometheus", "pre-lock").is("prometheus", "watched", "");
}

#[test]
fn alerts_that_are_not_named_are_a_mistake() {
    let server = Server::saying(200, QUIET);
    for (settings, message) in [
        ("", "PROMETHEUS_ALERTS is not set; write it into"),
        ("PROMETHEUS_ALERTS='No.*'", "'No.*' is no plain name of an alert; mend PROMETHEUS_ALERTS"),
    ] {
        bed("prometheus", &server, settings).health("prometheus", "heartbeat").is(
            "prometheus",
            settings,
            message,
        );
    }
    assert_eq!(server.lines(), [""; 0]);
}

#[test]
fn whoever_does_not_answer_is_not_well() {
    for (name, settings) in [
        ("patroni", "PATRONI_MEMBER=pg-1"),
        ("elasticsearch", "ELASTICSEARCH_NODES=3"),
        ("prometheus", "PROMETHEUS_ALERTS=NoQuorum"),
    ] {
        let sick = Server::saying(503, PATRONI);
        let ran = bed(name, &sick, settings).health(name, "pre-lock");
        ran.is(name, "503", "The requested URL returned error: 503");

        let gone = Bed::new();
        let url = format!("{}_URL=http://127.0.0.1:1\n{settings}", name.to_uppercase());
        gone.write(&format!("conf/health.d/{name}.conf"), &url);
        gone.health(name, "post-lock").is(name, "gone", "does not answer: curl ended with 7");

        let hangs = bed(name, &sick, &format!("{settings}\nCHECK_TIMEOUT_SEC=0.2"));
        hangs.hanging_tool("curl");
        hangs.health(name, "post-lock").is(name, "hangs", "did not answer within 0.2 s");
    }
}

#[test]
fn a_password_never_stands_in_a_url_and_reaches_the_server_from_a_file() {
    let server = Server::saying(200, PATRONI);
    let bed = bed("patroni", &server, "PATRONI_MEMBER=pg-1");
    bed.write("curlrc", "user = \"health:s3cret\"\n");
    let file = bed.path("curlrc").display().to_string();
    let settings = format!("PATRONI_URL={}\nPATRONI_MEMBER=pg-1\nCURL_CONFIG={file}\n", server.url);
    bed.write("conf/health.d/patroni.conf", &settings);
    bed.health("patroni", "pre-lock").is("patroni", "from a file", "");
    assert!(server.requests()[0].head.contains("Authorization: Basic aGVhbHRoOnMzY3JldA=="));

    bed.chmod("curlrc", 0o640);
    bed.health("patroni", "pre-lock").is("patroni", "readable", "may be read by others; run: chmod go-r");

    let url = server.url.replace("//", "//health:s3cret@");
    bed.write("conf/health.d/patroni.conf", &format!("PATRONI_URL={url}"));
    bed.health("patroni", "pre-lock").is(
        "patroni",
        "in the URL",
        "holds a password, which all users could read",
    );
    assert_eq!(server.lines().len(), 1);
}
