//! A machine for one script: its settings, the tools that it finds first, and what they were asked.

use std::env;
use std::fmt::Write as _;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// What a tool says when it is called with arguments that match a pattern of the shell.
pub(crate) struct Answer {
    pub(crate) call: &'static str,
    pub(crate) says: String,
    pub(crate) complains: &'static str,
    pub(crate) code: i32,
}

pub(crate) fn says(call: &'static str, says: impl Into<String>) -> Answer {
    Answer { call, says: says.into(), complains: "", code: 0 }
}

pub(crate) fn fails(call: &'static str, code: i32, complains: &'static str) -> Answer {
    Answer { call, says: String::new(), complains, code }
}

/// What differs from an answer that was recorded: places, and what stands there instead.
pub(crate) type Changes<'a> = &'a [(&'a str, &'a str)];

/// A situation, the phase, the settings, what differs from the recorded answers, and what the script says of it.
pub(crate) type Case<'a> = (&'a str, &'a str, &'a str, Changes<'a>, &'a str);

/// What a script left on standard error, and with what it ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) err: String,
}

impl Ran {
    /// Holds the script to its contract: silent success, or one line that begins with its name and holds `message`.
    #[track_caller]
    pub(crate) fn is(&self, name: &str, situation: &str, message: &str) {
        if message.is_empty() {
            assert_eq!((self.code, self.err.as_str()), (0, ""), "{situation}");
            return;
        }
        let Self { code, err } = self;
        assert_eq!(*code, 1, "{situation}: {err}");
        assert_eq!(err.lines().count(), 1, "{situation}: {err}");
        assert!(err.starts_with(&format!("{name}: ")), "{situation}: {err}");
        assert!(err.contains(message), "{situation}: {err}");
    }
}

pub(crate) struct Bed {
    directory: TempDir,
    environment: Vec<(String, String)>,
}

impl Bed {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        for name in ["bin", "conf/health.d", "conf/hooks.d", "state"] {
            fs::create_dir_all(directory.path().join(name)).unwrap();
        }
        Self { directory, environment: vec![] }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn env(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Writes a file that only we can read, such as `conf/health.d/ceph.conf`.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        self.chmod(name, 0o600);
    }

    pub(crate) fn chmod(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), Permissions::from_mode(mode)).unwrap();
    }

    /// Puts a stand-in of a tool first on the path. A call that matches no answer fails.
    pub(crate) fn tool(&self, name: &str, answers: &[Answer]) {
        let calls = self.path("calls").display().to_string();
        let mut script = format!("echo \"{name} $*\" >>{calls}\ncase \"$*\" in\n");
        for (index, Answer { call, says, complains, code }) in answers.iter().enumerate() {
            let file = format!("bin/{name}.{index}");
            self.write(&file, says);
            let file = self.path(&file);
            writeln!(
                script,
                "{}) cat {}; printf '%s' '{complains}' >&2; exit {code} ;;",
                call.replace(' ', "\\ "),
                file.display()
            )
            .unwrap();
        }
        script.push_str("*) echo \"nobody expected: $*\" >&2; exit 99 ;;\nesac");
        self.script(&format!("bin/{name}"), &script);
    }

    /// Puts a program that never ends and says nothing.
    pub(crate) fn hanging_tool(&self, name: &str) {
        self.script(&format!("bin/{name}"), "exec tail -f /dev/null");
    }

    pub(crate) fn script(&self, name: &str, body: &str) {
        self.write(name, &format!("#!/bin/sh\n{body}\n"));
        self.chmod(name, 0o755);
    }

    /// The calls of all tools, in order.
    pub(crate) fn calls(&self) -> String {
        fs::read_to_string(self.path("calls")).unwrap_or_default()
    }

    /// Runs `health/NAME.sh` in a phase.
    pub(crate) fn health(&self, name: &str, phase: &str) -> Ran {
        self.run(&examples().join(format!("health/{name}.sh")), phase, "")
    }

    /// Runs `hooks/NAME.sh`.
    pub(crate) fn hook(&self, name: &str) -> Ran {
        self.run(&examples().join(format!("hooks/{name}.sh")), "", "")
    }

    pub(crate) fn run(&self, script: &Path, phase: &str, input: &str) -> Ran {
        self.write("input", input);
        let path = env::var_os("PATH").unwrap();
        let path = env::join_paths([self.path("bin")].into_iter().chain(env::split_paths(&path))).unwrap();
        let output = Command::new(script)
            .env("PATH", path)
            .env("CRB_CONF_DIR", self.path("conf"))
            .env("STATE_DIRECTORY", self.path("state"))
            .env("RC_NODE_NAME", "node-1.example")
            .env("RC_PHASE", phase)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(File::open(self.path("input")).unwrap())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        Ran { code: output.status.code().unwrap(), err: String::from_utf8(output.stderr).unwrap() }
    }
}

pub(crate) fn examples() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples").canonicalize().unwrap()
}

/// A text with some of its places changed, each of which must be there.
#[track_caller]
pub(crate) fn changed(text: &str, changes: Changes) -> String {
    changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "there is no {from} in {text}");
        text.replacen(from, to, 1)
    })
}

/// The program of this name, which a test cannot do without.
pub(crate) fn needs(program: &str) {
    let path = env::var_os("PATH").unwrap_or_default();
    assert!(
        env::split_paths(&path).any(|directory| directory.join(program).is_file()),
        "this test needs {program}, which is not on the path: `cargo xtask setup` installs it"
    );
}
