//! The scripts that package managers run: what each calls, by its arguments. Stand-ins write down how they are called, and the
//! scripts find their paths below a directory of the test's.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::{packaged, read, run, text};

const SCRIPTS: [&str; 6] =
    ["deb/postinst.sh", "deb/prerm.sh", "deb/postrm.sh", "rpm/post.sh", "rpm/preun.sh", "rpm/postun.sh"];

/// What is called of systemd and of Debian's helpers.
const TOOLS: [&str; 4] = ["systemctl", "systemd-tmpfiles", "deb-systemd-helper", "deb-systemd-invoke"];

/// What scripts may need beside them.
const ORDINARY: [&str; 2] = ["rm", "sh"];

/// The paths that scripts look at.
const PATHS: [&str; 3] = ["/run/systemd/system", "/etc/clusterrebootd", "/var/lib/clusterrebootd"];

/// What decides on Debian which services may be started and stopped.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// How Debian's scripts begin a path of the system that they work on.
const BELOW_ROOT: &str = "${DPKG_ROOT:-}";

struct Machine(TempDir);

impl Machine {
    /// A machine on which the package is installed, and has left all that it leaves.
    fn with_systemd(is_at_work: bool) -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        fs::create_dir(machine.at("bin")).unwrap();
        for tool in ORDINARY {
            std::os::unix::fs::symlink(format!("/bin/{tool}"), machine.at("bin").join(tool)).unwrap();
        }
        for tool in TOOLS {
            machine.put_tool(tool, "");
        }
        for path in ["etc/clusterrebootd/config.d", "var/lib/clusterrebootd", "run/clusterrebootd"] {
            fs::create_dir_all(machine.at(path)).unwrap();
            fs::write(machine.at(path).join("kept"), "").unwrap();
        }
        if is_at_work {
            fs::create_dir_all(machine.at("run/systemd/system")).unwrap();
        }
        machine
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// A tool that notes its call, and then does what `more` says.
    fn put_tool(&self, name: &str, more: &str) {
        let path = self.at("bin").join(name);
        let calls = self.at("calls").display().to_string();
        fs::write(&path, format!("#!/bin/sh\necho {name} \"$@\" >> {calls}\n{more}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn take_away(&self, tool: &str) {
        fs::remove_file(self.at("bin").join(tool)).unwrap();
    }

    /// Writes a script down whose paths are below `host` in this machine, and those below `DPKG_ROOT` where `root` says.
    fn put_script(&self, script: &str, host: &str, root: &str) -> PathBuf {
        // Without its slash, a path below a root is none of the host's.
        let apart = read(script).replace(&format!("{BELOW_ROOT}/"), "\0");
        let moved = PATHS.iter().fold(apart, |text, path| {
            text.replace(path, &self.at(host).join(path.trim_start_matches('/')).display().to_string())
        });
        let own = self.at("script");
        fs::write(&own, moved.replace('\0', &format!("{root}/"))).unwrap();
        own
    }

    /// Runs a script with arguments, and gives what it called, by one line each.
    fn run(&self, script: &str, arguments: &[&str]) -> Vec<String> {
        let own = self.put_script(script, "", &self.0.path().display().to_string());
        let (calls, told) =
            self.calls(Command::new("/bin/sh").arg(own).args(arguments).env_remove("DPKG_ROOT"));
        assert_eq!(told, "", "{script} {arguments:?}");
        calls
    }

    /// The same for a system that is not the one that runs, as if this machine were its root.
    fn run_below(&self, host: &str, script: &str, arguments: &[&str]) -> Vec<String> {
        let own = self.put_script(script, host, BELOW_ROOT);
        let mut command = Command::new("/bin/sh");
        let (calls, told) = self.calls(command.arg(own).args(arguments).env("DPKG_ROOT", self.0.path()));
        assert_eq!(told, "", "{script} {arguments:?}");
        calls
    }

    /// What a command calls and what it tells. It must not fail.
    fn calls(&self, command: &mut Command) -> (Vec<String>, String) {
        fs::write(self.at("calls"), "").unwrap();
        let ran = run(command.env("PATH", self.at("bin")));
        let told = text(&[ran.stdout, ran.stderr].concat());
        assert!(ran.status.success(), "{command:?}: {told}");
        (fs::read_to_string(self.at("calls")).unwrap().lines().map(str::to_owned).collect(), told)
    }

    /// Which of what the package left is still there.
    fn left(&self) -> Vec<&'static str> {
        let all = ["etc/clusterrebootd", "var/lib/clusterrebootd", "run/clusterrebootd"];
        all.into_iter().filter(|path| self.at(path).exists()).collect()
    }
}

const UNIT: &str = "clusterrebootd.service";
const ALL: [&str; 3] = ["etc/clusterrebootd", "var/lib/clusterrebootd", "run/clusterrebootd"];

/// A script, its arguments, whether systemd is at work, what is called and what is left.
type Case<'a> = (&'a str, &'a [&'a str], bool, &'a [&'a str], &'a [&'a str]);

const REFRESH: &str = "systemctl --system daemon-reload";
const TMPFILES: &str = "systemd-tmpfiles --create clusterrebootd.conf";
const KEEP: [&str; 5] = [
    "deb-systemd-helper debian-installed UNIT",
    "deb-systemd-helper unmask UNIT",
    "deb-systemd-helper --quiet was-enabled UNIT",
    "deb-systemd-helper enable UNIT",
    "deb-systemd-helper update-state UNIT",
];
const FORGET: [&str; 2] = ["deb-systemd-helper purge UNIT", "deb-systemd-helper unmask UNIT"];

#[test]
fn each_does_by_its_arguments_what_it_is_to_do_and_no_more() {
    let [known, unmask, was, enable, state] = KEEP;
    let [purge, unmask_last] = FORGET;
    let restart = "deb-systemd-invoke try-restart UNIT";
    let stop = "deb-systemd-invoke stop UNIT";
    let (enabled, start) = ("systemctl --quiet is-enabled UNIT", "deb-systemd-invoke start UNIT");
    let gone = &["run/clusterrebootd"];
    let cases: [Case; 26] = [
        (
            "deb/postinst.sh",
            &["configure", ""],
            true,
            &[known, unmask, was, enable, state, TMPFILES, REFRESH],
            &ALL,
        ),
        (
            "deb/postinst.sh",
            &["configure"],
            true,
            &[known, unmask, was, enable, state, TMPFILES, REFRESH],
            &ALL,
        ),
        (
            "deb/postinst.sh",
            &["configure", "0.1.0"],
            true,
            &[known, unmask, was, enable, state, TMPFILES, REFRESH, restart],
            &ALL,
        ),
        (
            "deb/postinst.sh",
            &["configure", "0.1.0"],
            false,
            &[known, unmask, was, enable, state, TMPFILES],
            &ALL,
        ),
        (
            "deb/postinst.sh",
            &["abort-upgrade", "0.2.0"],
            true,
            &[known, unmask, was, enable, state, TMPFILES, REFRESH],
            &ALL,
        ),
        (
            "deb/postinst.sh",
            &["abort-remove"],
            true,
            &[known, unmask, was, enable, state, TMPFILES, REFRESH, enabled, start],
            &ALL,
        ),
        ("deb/postinst.sh", &["triggered", "/usr/bin"], true, &[], &ALL),
        ("deb/prerm.sh", &["upgrade", "0.2.0"], true, &[], &ALL),
        ("deb/prerm.sh", &["failed-upgrade", "0.1.0"], true, &[], &ALL),
        ("deb/prerm.sh", &["deconfigure", "in-favour", "other", "1"], true, &[], &ALL),
        ("deb/prerm.sh", &["remove"], true, &[stop], &ALL),
        ("deb/prerm.sh", &["remove"], false, &[], &ALL),
        ("deb/postrm.sh", &["upgrade", "0.2.0"], true, &[], &ALL),
        ("deb/postrm.sh", &["abort-install"], true, &[], &ALL),
        ("deb/postrm.sh", &["disappear", "other", "1"], true, &[], &ALL),
        ("deb/postrm.sh", &["remove"], true, &[REFRESH], &ALL),
        ("deb/postrm.sh", &["remove"], false, &[], &ALL),
        ("deb/postrm.sh", &["purge"], true, &[REFRESH, purge, unmask_last], gone),
        ("rpm/post.sh", &["1"], true, &[TMPFILES, "systemctl daemon-reload"], &ALL),
        ("rpm/post.sh", &["2"], false, &[TMPFILES], &ALL),
        ("rpm/preun.sh", &["1"], true, &[], &ALL),
        ("rpm/preun.sh", &["0"], true, &["systemctl --no-reload disable --now UNIT"], &ALL),
        ("rpm/preun.sh", &["0"], false, &["systemctl --no-reload disable UNIT"], &ALL),
        ("rpm/postun.sh", &["1"], true, &["systemctl daemon-reload", "systemctl try-restart UNIT"], &ALL),
        ("rpm/postun.sh", &["0"], true, &["systemctl daemon-reload"], &ALL),
        ("rpm/postun.sh", &["1"], false, &[], &ALL),
    ];
    for (script, arguments, systemd, calls, left) in cases {
        let machine = Machine::with_systemd(systemd);
        let expected: Vec<String> = calls.iter().map(|call| call.replace("UNIT", UNIT)).collect();
        assert_eq!(machine.run(script, arguments), expected, "{script} {arguments:?}, systemd: {systemd}");
        assert_eq!(machine.left(), left, "{script} {arguments:?}");
    }
}

/// What Debian's helper does not know of counts for it as one that was enabled.
#[test]
fn what_was_never_installed_is_not_enabled() {
    let machine = Machine::with_systemd(true);
    machine.put_tool("deb-systemd-helper", "[ \"$1\" != debian-installed ]");
    let calls = machine.run("deb/postinst.sh", &["configure", ""]);
    let of_helper: Vec<_> = calls.iter().filter(|call| call.starts_with("deb-systemd-helper ")).collect();
    let [known, .., state] = KEEP.map(|call| call.replace("UNIT", UNIT));
    assert_eq!(of_helper, [&known, &state]);
}

#[test]
fn what_was_not_enabled_is_not_enabled() {
    let machine = Machine::with_systemd(true);
    machine.put_tool("deb-systemd-helper", "[ \"$2\" != was-enabled ]");
    let calls = machine.run("deb/postinst.sh", &["configure", "0.1.0"]);
    assert!(!calls.iter().any(|call| call.contains(" enable ")), "{calls:?}");
    assert!(calls.contains(&format!("deb-systemd-helper update-state {UNIT}")), "{calls:?}");
}

/// Debian's own tool asks that policy; here it finds it, and systemctl, below the test's directory.
#[test]
fn where_policy_forbids_it_nothing_is_started_or_stopped() {
    let Ok(tool) = fs::read_to_string("/usr/bin/deb-systemd-invoke") else {
        eprintln!("SKIPPED: only Debian and its kin have deb-systemd-invoke, which asks policy-rc.d");
        return;
    };
    let restarted = format!("systemctl try-restart {UNIT}");
    let started = format!("systemctl --quiet --system start {UNIT}");
    let stopped = format!("systemctl stop {UNIT}");
    let cases: [(&str, &[&str], &str); 3] = [
        ("deb/postinst.sh", &["configure", "0.1.0"], &restarted),
        ("deb/postinst.sh", &["abort-remove"], &started),
        ("deb/prerm.sh", &["remove"], &stopped),
    ];
    for (script, arguments, call) in cases {
        for (answer, allowed) in [(0, true), (101, false), (104, true)] {
            let machine = Machine::with_systemd(true);
            machine.put_tool("systemctl", "[ \"$1 $2\" != '--system is-enabled' ] || echo enabled");
            machine.put_tool("policy-rc.d", &format!("exit {answer}"));
            let policy = machine.at("bin/policy-rc.d").display().to_string();
            assert!(tool.contains(POLICY), "the tool looks at {POLICY}");
            fs::write(machine.at("bin/deb-systemd-invoke"), tool.replace(POLICY, &policy)).unwrap();
            let own = machine.put_script(script, "", &machine.0.path().display().to_string());
            let mut command = Command::new("/bin/sh");
            let (calls, told) = machine.calls(command.arg(own).args(arguments).env_remove("DPKG_ROOT"));
            assert_eq!(
                calls.iter().any(|it| it == call),
                allowed,
                "{script} {arguments:?}, {answer}: {calls:?}"
            );
            assert_eq!(told.contains("returned 101"), !allowed, "{script} {arguments:?}, {answer}: {told}");
            assert!(calls.iter().any(|it| it.starts_with("policy-rc.d ")), "{script}: {calls:?}");
        }
    }
}

#[test]
fn below_another_root_nothing_of_the_system_that_runs_is_touched() {
    let machine = Machine::with_systemd(true);
    let root = machine.0.path().display().to_string();
    let tmpfiles = format!("systemd-tmpfiles --root={root} --create clusterrebootd.conf");
    let keep = KEEP.map(|call| call.replace("UNIT", UNIT));
    let installed: Vec<String> = keep.into_iter().chain([tmpfiles]).collect();
    let forget = FORGET.map(|call| call.replace("UNIT", UNIT));
    let cases: [(&str, &[&str], &[String]); 6] = [
        ("deb/postinst.sh", &["configure", ""], &installed),
        ("deb/postinst.sh", &["configure", "0.1.0"], &installed),
        ("deb/postinst.sh", &["abort-remove"], &installed),
        ("deb/prerm.sh", &["remove"], &[]),
        ("deb/postrm.sh", &["remove"], &[]),
        ("deb/postrm.sh", &["purge"], &forget),
    ];
    for path in PATHS {
        fs::create_dir_all(machine.at("host").join(path.trim_start_matches('/'))).unwrap();
    }
    for (script, arguments, calls) in cases {
        assert_eq!(machine.run_below("host", script, arguments), calls, "{script} {arguments:?}");
        let purged = arguments == ["purge"];
        assert_eq!(machine.left() == ["run/clusterrebootd"], purged, "{script} {arguments:?}");
        assert_eq!(machine.left() == ALL, !purged, "{script} {arguments:?}");
        for path in PATHS {
            assert!(machine.at("host").join(path.trim_start_matches('/')).exists(), "{script}: {path}");
        }
    }
}

/// An installation that fails half-way is worse than a service that was not told.
#[test]
fn none_fails_for_what_systemd_answers_or_because_it_is_not_there() {
    let calls: [(&str, &[&str]); 9] = [
        ("deb/postinst.sh", &["configure", "0.1.0"]),
        ("deb/prerm.sh", &["remove"]),
        ("deb/postrm.sh", &["remove"]),
        ("deb/postrm.sh", &["purge"]),
        ("rpm/post.sh", &["1"]),
        ("rpm/preun.sh", &["0"]),
        ("rpm/preun.sh", &["1"]),
        ("rpm/postun.sh", &["0"]),
        ("rpm/postun.sh", &["1"]),
    ];
    for (script, arguments) in calls {
        let failing = Machine::with_systemd(true);
        for tool in TOOLS {
            failing.put_tool(tool, "exit 1");
        }
        failing.run(script, arguments);
        let bare = Machine::with_systemd(false);
        for tool in TOOLS {
            bare.take_away(tool);
        }
        assert_eq!(bare.run(script, arguments), Vec::<String>::new(), "{script} {arguments:?}");
    }
}

#[test]
fn shellcheck_has_nothing_to_say_and_each_says_what_it_is() {
    let ran = run(Command::new("shellcheck").args(SCRIPTS.map(packaged)));
    assert!(ran.status.success(), "{}", text(&[ran.stdout, ran.stderr].concat()));
    for script in SCRIPTS {
        assert!(read(script).starts_with("#!/bin/sh\n# "), "{script}");
        let mode = fs::metadata(packaged(script)).unwrap().permissions().mode();
        assert_eq!(mode & 0o133, 0o111, "{script}");
    }
}
