//! The unit of the service.

use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::{PROGRAM, directories, read, run, text};

const UNIT: &str = "systemd/clusterrebootd.service";

/// The greatest exposure that we allow ourselves, of 10.
const MOST_EXPOSED: f64 = 4.0;

/// What the daemon may need to end, with hooks that undo a drain and what still waits to be told.
const LONGEST_END: Duration = Duration::from_secs(65 + 5);

/// What the unit says, line by line, comments left out.
fn settings() -> Vec<(String, String)> {
    let text = read(UNIT);
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

fn all(key: &str) -> Vec<String> {
    settings().into_iter().filter(|(own, _)| own == key).map(|(_, value)| value).collect()
}

fn the(key: &str) -> String {
    let mut values = all(key);
    assert_eq!(values.len(), 1, "{key}: {values:?}");
    values.remove(0)
}

fn time(key: &str) -> Duration {
    let value = the(key);
    let (number, unit) =
        value.split_at(value.find(|char: char| !char.is_ascii_digit()).unwrap_or(value.len()));
    let seconds = match unit {
        "" | "s" => 1,
        "min" => 60,
        _ => panic!("{key}={value}"),
    };
    Duration::from_secs(number.parse::<u64>().unwrap() * seconds)
}

/// The unit as it is judged: with the program that was built.
fn installed() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clusterrebootd.service");
    let unit = read(UNIT).replace("/usr/bin/clusterrebootd", PROGRAM);
    fs::write(&path, unit).unwrap();
    let path = path.display().to_string();
    (folder, path)
}

fn security(unit: &str, arguments: &[&str]) -> String {
    let mut analyze = Command::new("systemd-analyze");
    let ran = run(analyze.args(["security", "--offline=true", "--no-pager"]).args(arguments).arg(unit));
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    text(&ran.stdout)
}

#[test]
fn systemd_has_nothing_to_say_against_it() {
    let (_folder, unit) = installed();
    // The manual is not installed where this runs.
    let ran = run(Command::new("systemd-analyze").args(["verify", "--man=no", &unit]));
    assert!(ran.status.success());
    assert_eq!(text(&[ran.stdout, ran.stderr].concat()), "");
}

#[test]
fn it_exposes_little_and_says_why_of_each_thing_that_it_leaves_open() {
    let (_folder, unit) = installed();
    let shown = security(&unit, &[]);
    let overall = shown.lines().find_map(|line| line.split_once("exposure level for ")).unwrap().1;
    let level: f64 = overall.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(level <= MOST_EXPOSED, "{shown}");

    let findings: Vec<Value> = serde_json::from_str(&security(&unit, &["--json=short"])).unwrap();
    let unit = read(UNIT);
    let unexplained: Vec<&str> = findings
        .iter()
        .filter(|finding| finding["exposure"].is_string())
        .map(|finding| finding["name"].as_str().unwrap())
        .filter(|names| !names.split('/').any(|name| unit.contains(name.split('=').next().unwrap())))
        .collect();
    assert_eq!(unexplained, Vec::<&str>::new());
}

#[test]
fn its_directories_are_those_of_the_program() {
    for (key, above) in [("RuntimeDirectory", "/run"), ("StateDirectory", "/var/lib")] {
        let path = format!("\"{above}/{}\"", the(key));
        assert!(directories().contains(&path), "{path}");
        let mode = the(&format!("{key}Mode"));
        assert!(directories().contains(&format!("MODE: u32 = 0o{}", mode.trim_start_matches('0'))), "{mode}");
    }
    assert_eq!(the("RuntimeDirectoryPreserve"), "yes", "the marker of a run outlives the daemon");
}

#[test]
fn it_runs_the_program_as_the_program_is() {
    assert_eq!(the("ExecStart"), "/usr/bin/clusterrebootd run");
    assert_eq!(the("Type"), "notify");
    assert!(the("ExecReload").contains("kill -HUP $MAINPID"));
    assert_eq!(the("Restart"), "always", "a silent node holds all others back");
    let blocked = [3, 4, 5].map(|code| code.to_string()).join(" ");
    assert_eq!(
        the("SuccessExitStatus"),
        blocked,
        "the exit codes of a daemon that was ended while something blocks"
    );
    assert!(the("After").contains("network-online.target") && the("Wants").contains("network-online.target"));
}

#[test]
fn nothing_keeps_it_from_the_start() {
    let conditions =
        settings().into_iter().filter(|(key, _)| key.starts_with("Condition") || key.starts_with("Assert"));
    assert_eq!(conditions.collect::<Vec<_>>(), [], "under a kill switch, too, health has to be published");
    assert_eq!(the("StartLimitIntervalSec"), "0");
}

#[test]
fn its_times_leave_the_daemon_what_it_may_need() {
    let (end, patience) = (time("TimeoutStopSec"), time("WatchdogSec"));
    assert!(end >= LONGEST_END, "{end:?}");
    // The last word before the end may be half of its patience old.
    assert!(patience / 2 >= end, "{patience:?}");
    assert!(time("RestartSec") < Duration::from_secs(10), "it is to be back long before it is missed");
}

/// What looks harmless, and is not.
#[test]
fn the_fence_hides_nothing_that_a_decision_rests_on() {
    let table = [
        ("PrivateTmp", "no", "a kill switch in /tmp"),
        ("ProtectHome", "read-only", "a kill switch below /home"),
        ("ProtectKernelModules", "no", "/lib/modules, where installed kernels are found"),
        ("ProtectSystem", "full", "locks of package managers in /run and /var"),
        ("ProtectHostname", "no", "another host name"),
    ];
    for (key, value, what) in table {
        assert_eq!(the(key), value, "{what}");
    }
    for hides in [
        "ProtectProc",
        "ProcSubset",
        "InaccessiblePaths",
        "TemporaryFileSystem",
        "RootDirectory",
        "PrivateNetwork",
    ] {
        assert_eq!(all(hides), Vec::<String>::new(), "{hides}");
    }
    let powers = all("CapabilityBoundingSet").join(" ");
    for power in ["CAP_SYS_BOOT", "CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH", "CAP_KILL", "CAP_SETUID"] {
        assert!(powers.split(' ').any(|own| own == power), "{power}");
    }
    assert!(
        all("RestrictAddressFamilies").join(" ").contains("AF_UNIX"),
        "systemd is asked for the reboot by it"
    );
    assert!(all("SystemCallFilter").join(" ").contains("@reboot"));
}

#[test]
fn its_lines_can_be_read_and_end_as_a_file_does() {
    let unit = read(UNIT);
    assert!(unit.ends_with('\n'));
    let long: Vec<&str> = unit.lines().filter(|line| line.chars().count() > 130).collect();
    assert_eq!(long, Vec::<&str>::new());
}
