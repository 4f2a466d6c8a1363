//! One program to run, as data: made here, printed there, run last.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};

use crate::failure::Failure;

/// A program with its arguments and what differs from our own surroundings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    program: OsString,
    args: Vec<OsString>,
    env: Vec<(&'static str, OsString)>,
    dir: Option<PathBuf>,
    keeps_password: bool,
    without: &'static [&'static str],
}

/// The password of the key that signs. Build scripts of hundreds of crates are run below us, and have no business with it.
const PASSWORD: &str = "COSIGN_PASSWORD";

impl Step {
    /// A program by its name or path, without arguments.
    pub fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            env: Vec::new(),
            dir: None,
            keeps_password: false,
            without: &[],
        }
    }

    /// A step of a line without quotes, split at its blanks.
    pub fn of(line: &str) -> Self {
        let mut words = line.split_whitespace();
        Self::new(words.next().unwrap_or_default()).args(words)
    }

    /// Arguments after those that it has.
    #[must_use]
    pub fn args<T: Into<OsString>>(mut self, args: impl IntoIterator<Item = T>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// A variable of its environment.
    #[must_use]
    pub fn env(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.env.push((name, value.into()));
        self
    }

    /// The directory to run it in; ours, if none is given.
    #[must_use]
    pub fn dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.dir = Some(dir.into());
        self
    }

    /// Lets it have `COSIGN_PASSWORD` of our own surroundings, which is kept from every other step.
    #[must_use]
    pub fn keep_password(mut self) -> Self {
        self.keeps_password = true;
        self
    }

    /// Keeps from it every variable of our own surroundings whose name begins with one of these; one that ends in `=` is a whole
    /// name.
    #[must_use]
    pub fn without(mut self, beginnings: &'static [&'static str]) -> Self {
        self.without = beginnings;
        self
    }

    /// Prints the step and runs it at our own terminal.
    pub fn run(&self) -> Result<(), Failure> {
        eprintln!("$ {self}");
        match self.command().status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(self.failure(&format!("ended with {status}"))),
            Err(error) => Err(self.failure(&format!("could not be started: {error}"))),
        }
    }

    /// Runs the step unseen; what it wrote to standard output, if it succeeded. Warnings stand elsewhere and are no part of
    /// an answer; where it failed, the failure tells both.
    pub fn ask(&self) -> Result<String, Failure> {
        let output = self.output()?;
        if output.status.success() {
            return Ok(text(&output.stdout));
        }
        Err(self.failure(&format!("ended with {}: {}", output.status, all(&output))))
    }

    /// The same with its output and errors together.
    pub fn ask_for_all(&self) -> Result<String, Failure> {
        let (status, said) = self.answer()?;
        if status.success() { Ok(said) } else { Err(self.failure(&format!("ended with {status}: {said}"))) }
    }

    /// Runs the step unseen; how it ended, and its output and errors together.
    pub fn answer(&self) -> Result<(ExitStatus, String), Failure> {
        let output = self.output()?;
        Ok((output.status, all(&output)))
    }

    fn output(&self) -> Result<Output, Failure> {
        let output = self.command().stdin(Stdio::null()).output();
        output.map_err(|error| self.failure(&format!("could not be started: {error}")))
    }

    /// Runs the step with its errors at our own terminal; what it wrote to standard output, byte for byte.
    pub fn capture(&self) -> Result<Vec<u8>, Failure> {
        let output = self
            .command()
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| self.failure(&format!("could not be started: {error}")))?;
        if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(self.failure(&format!("ended with {}", output.status)))
        }
    }

    /// Prints the step and becomes it, so that signals and exit code are its own. Returns only if that fails.
    pub fn become_it(&self) -> Failure {
        eprintln!("$ {self}");
        let error = self.command().exec();
        self.failure(&format!("could not be started: {error}"))
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "this file owns children of xtask, which run at the terminal and end with it"
    )]
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args);
        for (name, _) in env::vars_os().filter(|(name, _)| !self.lets_through(name)) {
            command.env_remove(name);
        }
        if !self.keeps_password {
            command.env_remove(PASSWORD);
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        if let Some(dir) = &self.dir {
            command.current_dir(dir);
        }
        command
    }

    /// Whether it has a variable of this name of our own surroundings, unless it is given another value.
    pub fn lets_through(&self, name: impl AsRef<OsStr>) -> bool {
        let name = name.as_ref();
        let is_password = name == PASSWORD && !self.keeps_password;
        !(is_of_our_own_build(name) || is_password || begins_with(name, self.without))
    }

    fn failure(&self, outcome: &str) -> Failure {
        Failure::Step { line: self.to_string(), outcome: outcome.to_owned() }
    }
}

fn all(output: &Output) -> String {
    text(&[output.stdout.as_slice(), &output.stderr].concat())
}

fn text(said: &[u8]) -> String {
    String::from_utf8_lossy(said).trim().to_owned()
}

/// As one would type it in bash: programs without their directories, and without PATH, which is always the same.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in self.env.iter().filter(|(name, _)| *name != "PATH") {
            write!(f, "{name}={} ", quoted(value))?;
        }
        let program = Path::new(&self.program).file_name();
        f.write_str(&quoted(program.unwrap_or(&self.program)))?;
        self.args.iter().try_for_each(|arg| write!(f, " {}", quoted(arg)))
    }
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "-_./=:@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into_owned()
    } else if word.contains(char::is_control) {
        format!("$'{}'", word.chars().map(escaped).collect::<String>())
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// A character as it stands within `$'…'`, where what nobody could see or paste has a number.
fn escaped(c: char) -> String {
    match c {
        '\'' | '\\' => format!("\\{c}"),
        '\n' => "\\n".into(),
        '\t' => "\\t".into(),
        c if c.is_ascii_control() => format!("\\x{:02x}", u32::from(c)),
        c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
        c => c.into(),
    }
}

fn begins_with(name: &OsStr, beginnings: &[&str]) -> bool {
    name.to_str().is_some_and(|name| {
        let line = format!("{name}=");
        beginnings.iter().any(|beginning| line.starts_with(beginning))
    })
}

/// `cargo run` tells us of our own package; a nested cargo would take that for a change and run build scripts
/// again.
fn is_of_our_own_build(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| {
        name.starts_with("CARGO_PKG_") || ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH"].contains(&name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_it_would_be_typed() {
        let cases = [
            (Step::of("cargo fmt --all"), "cargo fmt --all"),
            (
                Step::of("cargo doc").env("RUSTDOCFLAGS", "-D warnings").env("PATH", "/bin"),
                "RUSTDOCFLAGS='-D warnings' cargo doc",
            ),
            (Step::new("sh").args(["-c", "it's"]), r"sh -c 'it'\''s'"),
            (Step::new("/usr/bin/echo").args([""]), "echo ''"),
            (Step::new("a").env("FLAGS", "-A\u{1f}-b c"), r"FLAGS=$'-A\x1f-b c' a"),
        ];
        for (step, line) in cases {
            assert_eq!(step.to_string(), line);
        }
    }

    #[test]
    fn what_is_pasted_is_what_was_meant() {
        for word in
            ["-A\u{1f}-b\u{1f}c", "a\tb\nc", r"back\slash", "it's\u{1b}[1m", "é\u{85}ü\u{7f}f", "\\n\u{1}1"]
        {
            let line = Step::of("printf %s").args([word]).to_string();
            let said =
                Step::of("bash -c").args([line]).env("LC_ALL", "C.UTF-8").capture().expect("it prints it");
            assert_eq!(String::from_utf8(said).expect("it is text"), word);
        }
    }

    #[test]
    fn hides_only_what_cargo_said_of_xtask_itself() {
        let cases = [
            ("CARGO_PKG_VERSION", true),
            ("CARGO_MANIFEST_DIR", true),
            ("CARGO_HOME", false),
            ("CARGO_TARGET_DIR", false),
            ("PATH", false),
        ];
        for (name, hidden) in cases {
            assert_eq!(is_of_our_own_build(OsStr::new(name)), hidden, "{name}");
        }
    }

    #[test]
    fn what_begins_as_told_is_kept_from_a_step_and_what_it_is_given_is_not() {
        let step = Step::new("sh").args(["-c", "echo ${PATH-none} ${PATHS-none} ${HOME-none}"]);
        let told = step.without(&["PATH", "HOM"]).env("PATHS", "given").env("PATH", "/bin").ask();
        assert_eq!(told.expect("the exit code is 0"), "/bin given none");
        let cases = [
            ("AR_x86_64_unknown_linux_musl", true),
            ("ARCH", false),
            ("CFLAGS", false),
            ("", false),
            ("CC", true),
            ("CCACHE_DIR", false),
        ];
        for (name, is) in cases {
            assert_eq!(begins_with(OsStr::new(name), &["AR_", "CFLAGS_", "CC="]), is, "{name}");
        }
    }

    #[test]
    fn the_password_of_the_key_is_kept_from_all_that_do_not_ask_for_it() {
        let step = Step::new("sh");
        let removed = |step: &Step| step.command().get_envs().any(|it| it == (OsStr::new(PASSWORD), None));
        assert!(removed(&step));
        assert!(!removed(&step.clone().keep_password()));
        // What a step is given by us, it has.
        let given = step.env(PASSWORD, "").args(["-c", "echo ${COSIGN_PASSWORD-none}"]);
        assert_eq!(given.ask().expect("the exit code is 0"), "");
    }

    #[test]
    fn a_step_that_ends_badly_says_how() {
        let failure =
            Step::new("sh").args(["-c", "echo no such luck; exit 3"]).ask().expect_err("the exit code is 3");
        assert_eq!(
            failure.to_string(),
            "`sh -c 'echo no such luck; exit 3'` ended with exit status: 3: no such luck"
        );
    }

    #[test]
    fn a_warning_is_no_part_of_an_answer_unless_all_is_asked_for() {
        let step = Step::new("sh").args(["-c", "echo warning >&2; echo 1700000000"]);
        assert_eq!(step.ask().expect("the exit code is 0"), "1700000000");
        assert_eq!(step.ask_for_all().expect("the exit code is 0"), "1700000000\nwarning");
        let failure =
            Step::new("sh").args(["-c", "echo out; echo why >&2; exit 3"]).ask().expect_err("it is 3");
        assert!(failure.to_string().ends_with("ended with exit status: 3: out\nwhy"), "{failure}");
    }

    #[test]
    fn what_is_captured_is_standard_output_alone_and_whole() {
        let captured = Step::new("sh").args(["-c", "printf ' a\\n\\n'; echo aside >&2"]).capture();
        assert_eq!(captured.expect("the exit code is 0"), b" a\n\n");
    }

    #[test]
    fn a_program_that_is_not_there_is_a_failure() {
        assert!(Step::new("/nowhere/at-all").ask().is_err());
    }
}
