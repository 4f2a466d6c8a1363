//! What a person sees in a real terminal.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crb_testbed::{Terminal, Typed};

use crate::{Desk, FROM, PROGRAM};

/// A terminal of so many columns that shows a plan for six nodes, made with these variables.
fn terminal(columns: u16, environment: &[(&str, &str)]) -> Terminal {
    let desk = Desk::with_windows();
    let config = desk.path("config.yaml").display().to_string();
    let plan = Typed::new([PROGRAM, "plan", "--nodes", "6", "--from", FROM, "--config", &config]);
    let usual = plan.with("TERM", "xterm").with("LC_ALL", "C.UTF-8");
    let typed = environment.iter().fold(usual, |typed, (name, value)| typed.with(name, *value));
    let terminal = Terminal::run(columns, &typed);
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    terminal
}

#[test]
fn the_drawing_is_as_wide_as_the_terminal() {
    for columns in [80, 200] {
        let shown = terminal(columns, &[]).screen();
        let widest = shown.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= usize::from(columns) && widest > usize::from(columns) - 10, "{columns}: {shown}");
        let turns = shown.lines().filter(|line| line.starts_with("node-")).count();
        assert_eq!(turns, 6, "a row that is too long takes two: {shown}");
        assert!(shown.contains("Waiting: windows "), "{shown}");
    }
}

#[test]
fn there_is_colour_unless_it_is_not_wanted() {
    assert!(terminal(80, &[]).coloured_screen().contains("\x1b[36m"));
    let bare = terminal(80, &[("NO_COLOR", "1")]).coloured_screen();
    assert!(!bare.contains("\x1b["), "{bare:?}");
}

#[test]
fn what_is_longer_than_the_terminal_goes_through_the_readers_pager() {
    let desk = Desk::with_windows();
    let (config, pager) = (desk.path("config.yaml"), desk.path("pager"));
    fs::write(&pager, "#!/bin/sh\necho \"paged $LESS\"\ngrep -c '^node-'\n").unwrap();
    fs::set_permissions(&pager, fs::Permissions::from_mode(0o755)).unwrap();
    let (config, pager) = (config.display().to_string(), pager.display().to_string());
    let shown = |nodes: &str, more: &[&str], pager: &str| {
        let lower = ["sh", "-c", "stty rows 24 && exec \"$@\"", "sh"];
        let plan = [PROGRAM, "plan", "--nodes", nodes, "--from", FROM, "--config", &config];
        let typed =
            Typed::new([&lower, &plan[..], more].concat()).with("TERM", "xterm").with("LC_ALL", "C.UTF-8");
        let (code, screen) = Terminal::run(80, &typed.with("NO_COLOR", "1").with("PAGER", pager)).end();
        assert_eq!(code, 0, "{screen}");
        screen
    };
    assert!(!shown("2", &[], &pager).contains("paged"), "it fits, and is not paged");
    assert_eq!(shown("40", &[], &pager), "paged FRX\n40");
    assert!(shown("40", &["--no-pager"], &pager).contains("node-40"));
    assert!(
        shown("40", &[], "/no/such/pager").contains("node-40"),
        "a pager that is not there hides nothing"
    );
    let file = desk.command(&["--nodes", "40", "--from", FROM]).env("PAGER", &pager).output().unwrap();
    assert!(!String::from_utf8(file.stdout).unwrap().contains("paged"), "a file is not paged");
}

#[test]
fn a_terminal_without_utf8_is_drawn_in_ascii() {
    let shown = terminal(80, &[("LC_ALL", "C")]).screen();
    assert!(shown.is_ascii() && shown.contains('#'), "{shown}");
}
