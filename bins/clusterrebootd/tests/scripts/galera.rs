//! `health/galera.sh`.

use crate::bed::{Bed, Changes, changed, fails, says};

const STATUS: &str = "\
wsrep_local_state\t4
wsrep_local_state_comment\tSynced
wsrep_cluster_size\t3
wsrep_cluster_status\tPrimary
wsrep_connected\tON
wsrep_ready\tON
";
const QUESTION: &str =
    "--defaults-extra-file=* --batch --skip-column-names --execute SHOW GLOBAL STATUS LIKE *";

fn bed(settings: &str) -> Bed {
    let bed = Bed::new();
    bed.write("client.cnf", "[client]\nuser=health\npassword=s3cret\n");
    let file = bed.path("client.cnf").display().to_string();
    bed.write("conf/health.d/galera.conf", &format!("GALERA_DEFAULTS_FILE={file}\n{settings}"));
    bed
}

#[test]
fn a_member_is_spared_by_a_complete_primary_component() {
    let donor = ("state\t4", "state\t2");
    let table: [(&str, &str, Changes, &str); 11] = [
        ("all well", "pre-lock", &[], ""),
        ("all well", "heartbeat", &[], ""),
        (
            "cut off",
            "heartbeat",
            &[("Primary", "non-Primary")],
            "wsrep_cluster_status is 'non-Primary' instead of Primary",
        ),
        ("not ready", "heartbeat", &[("ready\tON", "ready\tOFF")], "wsrep_ready is 'OFF'"),
        ("not connected", "pre-lock", &[("connected\tON", "connected\tOFF")], "wsrep_connected is 'OFF'"),
        (
            "donor",
            "post-lock",
            &[donor],
            "wsrep_local_state is '2' instead of 4; the node joins or feeds another",
        ),
        ("donor, which is not sick", "heartbeat", &[donor], ""),
        (
            "joining",
            "post-reboot",
            &[("state\t4", "state\t1")],
            "wsrep_local_state is '1' instead of 4; wait until",
        ),
        (
            "a member missing",
            "pre-lock",
            &[("size\t3", "size\t2")],
            "wsrep_cluster_size is '2' instead of 3; a member",
        ),
        ("a member missing elsewhere", "heartbeat", &[("size\t3", "size\t2")], ""),
        ("no Galera", "pre-lock", &[(STATUS, "")], "wsrep_cluster_status is '' instead of Primary"),
    ];
    for (situation, phase, changes, message) in table {
        let bed = bed("GALERA_SIZE=3");
        bed.tool("mysql", &[says(QUESTION, changed(STATUS, changes))]);
        bed.health("galera", phase).is("galera", situation, message);
        assert!(!bed.calls().contains("s3cret"));
    }
}

#[test]
fn a_database_that_does_not_answer_is_not_well() {
    let bed = bed("GALERA_SIZE=3");
    bed.tool("mysql", &[fails("*", 1, "ERROR 2002 (HY000): cannot connect")]);
    bed.health("galera", "heartbeat").is(
        "galera",
        "down",
        "mysql ended with 1: ERROR 2002 (HY000): cannot connect",
    );
}

#[test]
fn its_size_must_be_told_and_its_password_kept() {
    let table = [
        ("", 0o600, "GALERA_SIZE is not set; write it into "),
        ("GALERA_SIZE=three", 0o600, "GALERA_SIZE is not a whole number: 'three'"),
        ("GALERA_SIZE=3", 0o644, "may be read by others; run: chmod go-r "),
    ];
    for (settings, mode, message) in table {
        let bed = bed(settings);
        bed.tool("mysql", &[says(QUESTION, STATUS)]);
        bed.chmod("client.cnf", mode);
        bed.health("galera", "pre-lock").is("galera", settings, message);
    }
}
