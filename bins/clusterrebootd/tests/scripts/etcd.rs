//! `health/etcd.sh`, against a real etcd.

use std::env;
use std::os::unix::fs::symlink;

use crb_testbed::EtcdCluster;

use crate::bed::{Bed, Ran, fails, says};

const PHASES: [&str; 3] = ["pre-lock", "post-lock", "heartbeat"];

fn bed(endpoints: &[String], local: &str) -> Bed {
    let mut bed = Bed::new();
    let list = endpoints.join(",");
    bed.env("RC_ETCD_ENDPOINTS", &list);
    let settings = format!("ETCD_LOCAL_ENDPOINT='{local}'\nETCDCTL_COMMAND_TIMEOUT=2s\n");
    bed.write("conf/health.d/etcd.conf", &settings);
    bed
}

/// Runs the script with the client that the testbed uses.
fn run(endpoints: &[String], local: &str, phase: &str) -> Ran {
    let bed = bed(endpoints, local);
    if let Some(client) = env::var_os("CRB_ETCDCTL") {
        symlink(client, bed.path("bin/etcdctl")).unwrap();
    }
    bed.health("etcd", phase)
}

#[test]
fn three_members_spare_one_while_all_are_well() {
    let mut cluster = EtcdCluster::start(3);
    let endpoints = cluster.endpoints();
    for phase in PHASES {
        run(&endpoints, &endpoints[0], phase).is("etcd", phase, "");
        run(&endpoints, "", phase).is("etcd", phase, "");
    }

    cluster.kill(2);
    let message = format!("member {} is unhealthy: ", endpoints[2]);
    run(&endpoints, &endpoints[0], "pre-lock").is("etcd", "a member down", &message);
    run(&endpoints, "", "post-lock").is("etcd", "a member down", &message);
    run(&endpoints, &endpoints[0], "heartbeat").is("etcd", "the others are not asked for", "");
    run(&endpoints, &endpoints[2], "heartbeat").is("etcd", "own member", "is unhealthy");

    cluster.kill(1);
    for phase in ["post-lock", "heartbeat"] {
        run(&endpoints, &endpoints[0], phase).is("etcd", "no quorum", "is unhealthy");
    }
}

#[test]
fn the_only_member_is_never_spared_unless_it_runs_elsewhere() {
    let cluster = EtcdCluster::start(1);
    let endpoints = cluster.endpoints();
    let message = "of 1 members, etcd has no quorum without this one; add members";
    run(&endpoints, &endpoints[0], "pre-lock").is("etcd", "here", message);
    run(&endpoints, &endpoints[0], "heartbeat").is("etcd", "here", "");
    run(&endpoints, "", "pre-lock").is("etcd", "elsewhere", "");
}

#[test]
fn members_that_are_not_whole_and_alarms_block() {
    let members = r#"{"members":[{"ID":1,"name":"a"},{"ID":2,"name":"b"},{"ID":3,"name":"c"}]}"#;
    let health = r#"[{"endpoint":"a:2379","health":true},{"endpoint":"b:2379","health":true},{"endpoint":"c:2379","health":true}]"#;
    let one_fewer = r#"[{"endpoint":"a:2379","health":true},{"endpoint":"b:2379","health":true}]"#;
    let learner = members.replace("\"c\"", "\"c\",\"isLearner\":true");
    let table = [
        ("all well", members, health, "", ""),
        ("a learner", &learner, health, "", "has no quorum without this one"),
        (
            "never started",
            &members.replace("\"name\":\"c\"", "\"x\":1"),
            health,
            "",
            "a member was added and never started",
        ),
        ("one not told", members, one_fewer, "", "only 2 of 3 members answer"),
        (
            "an alarm",
            members,
            health,
            "memberID:1 alarm:NOSPACE",
            "etcd raises an alarm: memberID:1 alarm:NOSPACE; mend",
        ),
        ("no members", r#"{"header":{}}"#, health, "", "is not understood"),
        ("no health", members, r#"[{"endpoint":"a:2379"}]"#, "", "is not understood"),
    ];
    for (situation, members, health, alarms, message) in table {
        let bed = bed(&["a:2379".to_owned()], "a:2379");
        bed.tool(
            "etcdctl",
            &[
                says("endpoint health -w json", r#"[{"endpoint":"a:2379","health":true}]"#),
                says("member list -w json", members),
                says("endpoint health --cluster -w json", health),
                says("alarm list", alarms),
            ],
        );
        bed.health("etcd", "pre-lock").is("etcd", situation, message);
    }
    let bed = bed(&["a:2379".to_owned()], "a:2379");
    bed.tool("etcdctl", &[fails("*", 1, "Error: no certificate")]);
    bed.health("etcd", "heartbeat").is("etcd", "nothing said", "does not answer: Error: no certificate");
}
