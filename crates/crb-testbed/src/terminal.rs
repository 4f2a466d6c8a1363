//! A real terminal: what a person sees of a command, and types.
//!
//! It is a tmux of its own, behind a socket in a directory of its own, and is gone when it is dropped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::daemon::{Process, eventually};
use crate::tools;

/// How high it is: so that nothing of what a test looks at scrolls away.
const ROWS: u16 = 60;

/// Runs a command and leaves its exit code in a file: tmux loses that of one in a hundred.
const RUN: &str = r#"trap : INT; code=$1; shift; "$@"; echo $? > "$code.draft"; mv "$code.draft" "$code""#;

/// A terminal in which one command runs.
#[derive(Debug)]
pub struct Terminal {
    socket: PathBuf,
    /// Ends with all that runs in it.
    server: Process,
    directory: TempDir,
}

/// A command that is to be run in a terminal: its program, its arguments, and what it finds in the environment beside
/// what a terminal puts there.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    words: Vec<String>,
    environment: Vec<(String, String)>,
}

impl Typed {
    /// The command of these words.
    pub fn new<T: Into<String>>(words: impl IntoIterator<Item = T>) -> Self {
        Self { words: words.into_iter().map(Into::into).collect(), environment: vec![] }
    }

    /// With a further variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }
}

impl Terminal {
    /// Opens one that is so many columns wide, and runs the command in it.
    pub fn run(columns: u16, command: &Typed) -> Self {
        let directory = TempDir::with_prefix("crb-terminal-").expect("a temporary directory");
        let socket = directory.path().join("tmux");
        let config = directory.path().join("tmux.conf");
        // The screen stays when the command has ended, and tmux says nothing of its own on it.
        fs::write(&config, "set -g remain-on-exit on\nset -g remain-on-exit-format ''\nset -g status off\n")
            .expect("a configuration");
        let mut start = tmux(&socket);
        // What runs in the terminal is told neither by whoever runs the test.
        start.env_remove("NO_COLOR").env_remove("COLUMNS");
        start
            .arg("-f")
            .arg(&config)
            .arg("-D")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let server = Process::start(&mut start);
        let terminal = Self { socket, server, directory };
        eventually("tmux listens", || terminal.socket.exists().then_some(()));
        let (columns, rows) = (columns.to_string(), ROWS.to_string());
        let mut open = tmux(&terminal.socket);
        open.args(["new-session", "-d", "-x", &columns, "-y", &rows]);
        for (name, value) in &command.environment {
            open.arg("-e").arg(format!("{name}={value}"));
        }
        open.args(["--", "sh", "-c", RUN, "sh"]).arg(terminal.code_file()).args(&command.words);
        asked(open);
        terminal
    }

    /// What stands on the screen, without the blanks at the ends of lines and below the last one.
    pub fn screen(&self) -> String {
        trimmed(&self.ask(&["capture-pane", "-p"]))
    }

    /// The same, with the escape codes of its colours.
    pub fn coloured_screen(&self) -> String {
        trimmed(&self.ask(&["capture-pane", "-p", "-e"]))
    }

    /// Waits until the screen is as `wanted`, and gives what stands there.
    pub fn wait_for(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let mut screen = String::new();
        eventually(&format!("{what} on the terminal"), || {
            screen = self.screen();
            wanted(&screen).then_some(())
        });
        screen
    }

    /// Types a text, letter by letter.
    pub fn types(&self, text: &str) {
        self.ask(&["send-keys", "-l", text]);
    }

    /// Presses a key by its name: `Enter`, `C-c`, `C-d`.
    pub fn presses(&self, key: &str) {
        self.ask(&["send-keys", key]);
    }

    /// Makes it so many columns wide.
    pub fn resize(&self, columns: u16) {
        self.ask(&["resize-window", "-x", &columns.to_string()]);
    }

    /// Waits until the command has ended, and gives its exit code and what it left on the screen.
    pub fn end(&self) -> (i32, String) {
        let code = eventually("the command in the terminal ends", || {
            // Only then is everything on the screen that it printed.
            let is_dead = self.ask(&["display-message", "-p", "#{pane_dead}"]).trim() == "1";
            let code = fs::read_to_string(self.code_file()).ok().filter(|_| is_dead)?;
            code.trim().parse().ok()
        });
        (code, self.screen())
    }

    /// A directory that is gone with the terminal.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    fn code_file(&self) -> PathBuf {
        self.directory.path().join("code")
    }

    fn ask(&self, arguments: &[&str]) -> String {
        let mut command = tmux(&self.socket);
        command.args(arguments);
        asked(command)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // In order first, so that what runs in it hears of it; should that fail, it is killed.
        if tmux(&self.socket).arg("kill-server").output().is_ok_and(|output| output.status.success()) {
            self.server.end();
        }
    }
}

fn tmux(socket: &Path) -> Command {
    let mut command = tools::tmux();
    command.arg("-u").arg("-S").arg(socket).env_remove("TMUX");
    command
}

fn asked(mut command: Command) -> String {
    let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().expect("tmux");
    assert!(status.success(), "{command:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8_lossy(&stdout).into_owned()
}

fn trimmed(screen: &str) -> String {
    let lines: Vec<&str> = screen.lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_as_wide_as_it_was_made_shows_what_is_printed_and_is_gone_afterwards() {
        for columns in [80, 200] {
            let terminal = Terminal::run(columns, &Typed::new(["sh", "-c", "stty size; exit 7"]));
            assert_eq!(terminal.end(), (7, format!("{ROWS} {columns}")));
            let (server, directory) = (terminal.server.id(), terminal.directory().to_owned());
            drop(terminal);
            assert!(!fs::exists(format!("/proc/{server}")).unwrap());
            assert!(!directory.exists());
        }
    }

    #[test]
    fn what_is_typed_is_read_and_colours_are_seen() {
        let script = r#"printf 'who? '; read -r who; printf '\033[32m%s\033[0m %s\n' "$who" "$GREETING""#;
        let terminal = Terminal::run(80, &Typed::new(["sh", "-c", script]).with("GREETING", "good day"));
        terminal.wait_for("the question", |screen| screen == "who?");
        terminal.types("ann");
        terminal.presses("Enter");
        assert_eq!(terminal.end(), (0, "who? ann\nann good day".to_owned()));
        assert!(terminal.coloured_screen().contains("\x1b[32mann"), "{:?}", terminal.coloured_screen());
    }
}
