//! What a person sees at a real terminal: narrow and wide, with colours and without, and through a pager.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crb_testbed::Terminal;

use crate::bed::{Bed, node};

const REASON: &str =
    "the health script ended with exit code 2: HEALTH_ERR 1 MDSs report damaged metadata, and more than fits";

fn sick() -> Bed {
    let bed = Bed::new();
    bed.put([node("node-a", true, ""), node("node-b", false, REASON)].into_iter().flatten());
    bed
}

#[test]
fn a_line_ends_where_the_terminal_ends_and_is_whole_without_one() {
    let bed = sick();
    let shown = |columns| {
        let (code, screen) = Terminal::run(columns, &bed.typed(&[])).end();
        assert_eq!(code, 0, "{screen}");
        screen
            .lines()
            .find(|line| line.starts_with("node-b"))
            .unwrap_or_else(|| panic!("{screen}"))
            .to_owned()
    };
    let narrow = shown(80);
    assert!(narrow.ends_with('…') && narrow.contains("unhealthy  12 min"), "{narrow}");
    assert_eq!(narrow.chars().count(), 80);
    assert!(shown(200).ends_with(REASON), "{}", shown(200));
    let file = bed.run(&[]).out;
    assert!(file.lines().any(|line| line.starts_with("node-b") && line.ends_with(REASON)), "{file}");
    assert!(!file.contains('\x1b'), "{file}");
}

#[test]
fn a_terminal_without_utf8_is_drawn_in_ascii() {
    let bed = sick();
    let (code, screen) = Terminal::run(80, &bed.typed(&[]).with("LC_ALL", "C")).end();
    assert_eq!(code, 0, "{screen}");
    assert!(screen.is_ascii() && screen.lines().any(|line| line.ends_with('~')), "{screen}");
}

#[test]
fn colours_are_on_a_terminal_and_never_with_no_color() {
    let bed = sick();
    let coloured = |command| {
        let terminal = Terminal::run(80, &command);
        assert_eq!(terminal.end().0, 0);
        terminal.coloured_screen().contains("\x1b[31munhealthy")
    };
    assert!(coloured(bed.typed(&[])));
    assert!(!coloured(bed.typed(&[]).with("NO_COLOR", "1")));
}

#[test]
fn what_is_longer_than_the_terminal_goes_through_the_readers_pager() {
    let bed = sick();
    let pager = bed.file("pager");
    fs::write(&pager, "#!/bin/sh\necho \"paged $1 $LESS: $(wc -l) lines\"\n").unwrap();
    fs::set_permissions(&pager, fs::Permissions::from_mode(0o755)).unwrap();
    let typed = |arguments: &[&str]| bed.typed(arguments).with("PAGER", format!("{pager} -x"));
    let shown = |arguments: &[&str]| {
        let (code, screen) = Terminal::run(80, &typed(arguments)).end();
        assert_eq!(code, 0, "{screen}");
        screen
    };
    assert!(shown(&[]).contains("node-a"), "it fits, and is not paged");
    bed.put((0..100).flat_map(|index| node(&format!("more-{index}"), true, "")));
    // Head line in two lines, an empty one, titles, and 102 nodes.
    assert_eq!(shown(&[]), "paged -x FRX: 106 lines");
    assert!(shown(&["--no-pager"]).contains("more-99"));
    assert!(shown(&["--state", "unhealthy"]).contains("shown: 1 of 102"));
    let ran = bed.command(&[]).env("PAGER", &pager).output().unwrap();
    assert_eq!(String::from_utf8(ran.stdout).unwrap().lines().count(), 105, "a file is not paged");
    // A pager that is not there hides nothing.
    let (code, screen) = Terminal::run(80, &bed.typed(&[]).with("PAGER", "/no/such/pager")).end();
    assert_eq!((code, screen.contains("more-99")), (0, true), "{screen}");
}
