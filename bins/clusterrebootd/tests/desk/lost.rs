//! Etcd that is away, and answers that are lost.

use crb_testbed::{Line, Moment, Signature};
use expect_test::expect;
use serde_json::json;

use crate::bed::{Bed, LOCK};

const COMMANDS: [&[&str]; 6] = [
    &["history"],
    &["pause", "--reason", "works"],
    &["pause", "--reason", "works", "--for", "1h"],
    &["resume"],
    &["unlock", "node-a", "--reason", "dead", "--yes"],
    &["forget", "node-a", "--yes"],
];

#[test]
fn an_etcd_that_is_away_is_one_error_with_where_it_was_looked_for_and_what_to_do() {
    let mut bed = Bed::new();
    bed.configure(&bed.cluster.endpoints(), &json!({ "etcd_timeout_sec": 1 }));
    bed.cluster.kill(0);
    for command in COMMANDS {
        let ran = bed.run(command);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{command:?}: {ran:?}");
        let words = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.starts_with("clusterrebootd: "), "{command:?}: {words}");
        for part in ["http://etcd", "etcd_endpoints in c.yaml", "Nothing was changed."] {
            assert!(words.contains(part), "{command:?}: {part:?} is missing in {words}");
        }
    }
}

#[test]
fn a_lost_answer_is_told_as_such_and_the_same_command_shows_what_stands() {
    let bed = Bed::new();
    let line = Line::to(&bed.cluster.endpoints());
    bed.configure(line.urls(), &json!({ "etcd_timeout_sec": 2 }));
    let lost = |signature: Signature, command: &[&str]| {
        let catch = line.catch(signature, Moment::Answer);
        let ran = bed.run(command);
        catch.held().expect("the answer was held").lose();
        assert_eq!(ran.code, 1, "{ran:?}");
        let words = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("Nobody knows whether it was done: give the same command again"), "{words}");
    };

    lost(Signature::with(["crb/pause", "works"]), &["pause", "--reason", "works"]);
    let again = bed.says(&["pause", "--reason", "works"]);
    assert!(again.contains("\n  replaces: a pause by ann@desk"), "{again}");

    bed.is_out("node-a", "committed");
    let unlock = ["unlock", "node-a", "--reason", "dead", "--yes"];
    lost(Signature::with([LOCK, "unlocked"]), &unlock);
    let again = bed.run(&unlock);
    assert_eq!(again.code, 1);
    expect![[r#"
        clusterrebootd: node-a has no claim. No node is out. What was unlocked before is
          in `clusterrebootd history`.
    "#]]
    .assert_eq(&again.err);
    assert!(bed.says(&["history"]).contains("unlocked  node-a"));
}
