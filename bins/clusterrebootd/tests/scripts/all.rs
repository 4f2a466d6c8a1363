//! `health/all.sh`.

use std::fs;
use std::os::unix::fs::symlink;

use crate::bed::{Bed, Ran, examples};

/// The checks that there are, by name and body, the exit code, and what stands on standard error.
type Case<'a> = (&'a [(&'a str, &'a str)], i32, &'a str);

/// A machine with a copy of the scripts' directory, in which checks of a test's own stand too.
fn bed(checks: &[(&str, &str)]) -> Bed {
    let bed = Bed::new();
    fs::create_dir(bed.path("health")).unwrap();
    fs::copy(examples().join("lib.sh"), bed.path("lib.sh")).unwrap();
    fs::copy(examples().join("health/all.sh"), bed.path("health/all.sh")).unwrap();
    for (name, body) in checks {
        bed.script(&format!("health/{name}.sh"), body);
        bed.write(&format!("conf/health.d/{name}.conf"), "");
    }
    bed
}

fn run(bed: &Bed) -> Ran {
    bed.run(&bed.path("health/all.sh"), "pre-lock", "")
}

#[test]
fn all_checks_with_settings_must_be_content() {
    let (well, sick) = ("exit 0", "echo \"sick: $RC_PHASE\" >&2; exit 1");
    let table: [Case; 5] = [
        (&[("a", well)], 0, ""),
        (&[("a", well), ("b", well)], 0, ""),
        (&[("a", sick), ("b", well)], 1, "sick: pre-lock\n"),
        (&[("a", sick), ("b", sick)], 1, "sick: pre-lock\nsick: pre-lock\n"),
        (&[("a", well), ("b", "kill -KILL $$")], 1, ""),
    ];
    for (checks, code, err) in table {
        let ran = run(&bed(checks));
        assert_eq!(ran.code, code, "{checks:?}: {}", ran.err);
        assert!(ran.err.starts_with(err), "{checks:?}: {}", ran.err);
    }
}

#[test]
fn a_check_without_settings_does_not_run() {
    let bed = bed(&[("a", "exit 0")]);
    bed.script("health/b.sh", "exit 1");
    assert_eq!(run(&bed).code, 0);
}

#[test]
fn no_check_at_all_is_not_well() {
    run(&bed(&[])).is("all", "none", "there is no check in ");
}

#[test]
fn settings_without_a_check_are_not_well() {
    let bed = bed(&[("a", "exit 0")]);
    bed.write("conf/health.d/cehp.conf", "");
    run(&bed).is("all", "misspelt", "cehp.conf is there, but no check ");
}

#[test]
fn it_does_not_run_itself_without_end() {
    let bed = bed(&[]);
    bed.write("conf/health.d/all.conf", "");
    run(&bed).is("all", "itself", "all.conf would run all checks without end; remove it");
}

#[test]
fn a_check_by_another_name_has_settings_of_its_own() {
    let bed = bed(&[]);
    fs::copy(examples().join("health/galera.sh"), bed.path("health/galera.sh")).unwrap();
    symlink("galera.sh", bed.path("health/galera-orders.sh")).unwrap();
    bed.write("conf/health.d/galera-orders.conf", "GALERA_SIZE=many");
    run(&bed).is("galera-orders", "link", "GALERA_SIZE is not a whole number: 'many'; mend it in ");
}
