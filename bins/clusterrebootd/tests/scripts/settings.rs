//! What holds for the settings of every script, shown by one of them.

use std::fs;

use crate::bed::{Bed, examples};

#[test]
fn settings_that_others_may_write_are_refused() {
    let table = [
        (0o600, "Patroni does not answer"),
        (0o644, "Patroni does not answer"),
        (0o664, "patroni.conf may be written by others; run: chmod go-w "),
        (0o602, "patroni.conf may be written by others; run: chmod go-w "),
    ];
    for (mode, message) in table {
        let bed = Bed::new();
        bed.write("conf/health.d/patroni.conf", "PATRONI_URL=http://127.0.0.1:1");
        bed.chmod("conf/health.d/patroni.conf", mode);
        bed.health("patroni", "heartbeat").is("patroni", &format!("{mode:o}"), message);
    }
}

#[test]
fn settings_that_the_shell_does_not_understand_are_not_well() {
    let bed = Bed::new();
    bed.write("conf/health.d/patroni.conf", "PATRONI_URL='http://127.0.0.1:1\n");
    let ran = bed.health("patroni", "heartbeat");
    assert_ne!(ran.code, 0);
    assert!(ran.err.contains("patroni.conf"), "{}", ran.err);
}

#[test]
fn a_tool_that_is_missing_is_named() {
    for (script, tool) in [
        ("health/ceph", "ceph"),
        ("health/etcd", "etcdctl"),
        ("health/galera", "mysql"),
        ("health/kubernetes", "kubectl"),
        ("hooks/kubernetes-drain", "kubectl"),
        ("hooks/kubernetes-uncordon", "kubectl"),
    ] {
        let mut bed = Bed::new();
        bed.write("conf/health.d/galera.conf", "GALERA_SIZE=3");
        // Of the system's tools only those that every script needs.
        let system = bed.path("bin");
        for tool in [
            "cat", "cut", "dirname", "find", "id", "mktemp", "readlink", "rm", "sed", "timeout", "tr",
            "uname", "jq",
        ] {
            let found = ["/usr/bin", "/bin"]
                .iter()
                .map(|dir| format!("{dir}/{tool}"))
                .find(|file| fs::metadata(file).is_ok());
            std::os::unix::fs::symlink(found.unwrap_or_else(|| panic!("no {tool}")), system.join(tool))
                .unwrap();
        }
        bed.env("PATH", system.to_str().unwrap());
        let ran = bed.run(&examples().join(format!("{script}.sh")), "pre-lock", "");
        let name = script.rsplit('/').next().unwrap();
        ran.is(
            name,
            "missing",
            &format!("{tool} is not installed; install it, or put it on the daemon's PATH"),
        );
    }
}
