//! What a person sees in a real terminal.

use std::process::{Command, Stdio};
use std::time::Duration;

use crb_testbed::poll_until;

use crate::{Desk, FROM, PROGRAM};

/// What a terminal of so many columns shows of a plan for six nodes, with the colours if `colours`.
fn screen(columns: u16, environment: &[&str], colours: bool) -> String {
    let desk = Desk::with_windows();
    let socket = desk.path("tmux");
    let tmux = |arguments: &[&str]| {
        let mut command = Command::new("tmux");
        // Nothing of whoever runs the test reaches the terminal.
        command.env_remove("TMUX").env_remove("NO_COLOR").env_remove("COLUMNS").env("LC_ALL", "C.UTF-8");
        command.arg("-f").arg("/dev/null").arg("-S").arg(&socket).args(arguments).stdin(Stdio::null());
        let output = command.output().expect("tmux is needed: apt-get install tmux");
        String::from_utf8(output.stdout).unwrap()
    };
    let config = desk.path("config.yaml").display().to_string();
    let variables = environment.join(" ");
    // The words at the end tell that all before them is on the screen.
    let command = format!(
        "env {variables} {PROGRAM} plan --nodes 6 --from {FROM} --config '{config}'; echo; echo told; exec cat"
    );
    tmux(&["new-session", "-d", "-x", &columns.to_string(), "-y", "50", &command]);
    let capture: &[&str] = if colours { &["capture-pane", "-p", "-e"] } else { &["capture-pane", "-p"] };
    let shown = poll_until(Duration::from_secs(30), || {
        let shown = tmux(capture);
        shown.lines().any(|line| line.trim_end().ends_with("told")).then_some(shown)
    });
    tmux(&["kill-server"]);
    shown.expect("the plan appears in the terminal")
}

#[test]
fn the_drawing_is_as_wide_as_the_terminal() {
    for columns in [80, 200] {
        let shown = screen(columns, &[], false);
        let widest = shown.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= usize::from(columns) && widest > usize::from(columns) - 10, "{columns}: {shown}");
        let turns = shown.lines().filter(|line| line.starts_with("node-")).count();
        assert_eq!(turns, 6, "a row that is too long takes two: {shown}");
        assert!(shown.contains("Waiting: windows "), "{shown}");
    }
}

#[test]
fn there_is_colour_unless_it_is_not_wanted() {
    assert!(screen(80, &[], true).contains("\x1b[36m"));
    let bare = screen(80, &["NO_COLOR=1"], true);
    assert!(!bare.contains("\x1b["), "{bare:?}");
}

#[test]
fn a_terminal_without_utf8_is_drawn_in_ascii() {
    let shown = screen(80, &["LC_ALL=C"], false);
    assert!(shown.is_ascii() && shown.contains('#'), "{shown}");
}
