//! What an operator sees at a real terminal, narrow and wide, and what she types.

use crb_testbed::Terminal;
use expect_test::expect;
use serde_json::json;

use crate::bed::{Bed, LOCK, ago};

const UNLOCK: [&str; 4] = ["unlock", "node-a", "--reason", "board is dead"];

fn claim(bed: &Bed) -> bool {
    bed.record(&format!("{LOCK}/claim-of-node-a")).is_some()
}

#[test]
fn at_80_and_at_200_columns_every_line_fits_and_the_question_is_answered() {
    for (columns, expected) in [
        (
            80,
            expect![[r#"
        node-a holds a slot:
          phase: armed; its reboot command may have run
          since: 0000-00-00 00:00:00 +0000, 0 h 00 min ago
          deadline: 0000-00-00 00:00:00 +0000, overdue for 0 h 00 min
          armed: once
          boot: boot-of-node-a
          presence: not present: its daemon is down, or does not reach etcd
          last report: 0000-00-00 00:00:00 +0000, 0 h 00 min ago: unhealthy (rebooting):
            this node is about to reboot
        No record tells whether the machine of node-a is down: look at the machine. If
          it is up, it may still go down, and another node with it.
        The policy has max_unhealthy: 0, so node-a holds the others back until it is
          back and well, or forgotten too.
        Will node-a not come back, and is its slot to be freed? [y/N] y
        Unlocked: the slot of node-a is free.
        Next, if node-a will not come back:
            $ clusterrebootd forget node-a"#]],
        ),
        (
            200,
            expect![[r#"
        node-a holds a slot:
          phase: armed; its reboot command may have run
          since: 0000-00-00 00:00:00 +0000, 0 h 00 min ago
          deadline: 0000-00-00 00:00:00 +0000, overdue for 0 h 00 min
          armed: once
          boot: boot-of-node-a
          presence: not present: its daemon is down, or does not reach etcd
          last report: 0000-00-00 00:00:00 +0000, 0 h 00 min ago: unhealthy (rebooting): this node is about to reboot
        No record tells whether the machine of node-a is down: look at the machine. If it is up, it may still go down, and another node with it.
        The policy has max_unhealthy: 0, so node-a holds the others back until it is back and well, or forgotten too.
        Will node-a not come back, and is its slot to be freed? [y/N] y
        Unlocked: the slot of node-a is free.
        Next, if node-a will not come back:
            $ clusterrebootd forget node-a"#]],
        ),
    ] {
        let bed = Bed::new();
        bed.is_out("node-a", "armed");
        let terminal = Terminal::run(columns, &bed.typed(&UNLOCK));
        terminal.wait_for("the question", |screen| screen.ends_with("[y/N]"));
        assert!(claim(&bed));
        terminal.types("y");
        terminal.presses("Enter");
        let (code, screen) = terminal.end();
        assert_eq!((code, claim(&bed)), (0, false), "{screen}");
        assert!(screen.lines().all(|line| line.chars().count() <= usize::from(columns)), "{screen}");
        expected.assert_eq(&bed.masked(&screen));
    }
}

#[test]
fn whatever_is_no_yes_changes_nothing() {
    for (letters, key) in [("", "Enter"), ("n", "Enter"), ("yess", "Enter"), ("", "C-d")] {
        let bed = Bed::new();
        bed.is_out("node-a", "armed");
        let terminal = Terminal::run(80, &bed.typed(&UNLOCK));
        terminal.wait_for("the question", |screen| screen.ends_with("[y/N]"));
        if !letters.is_empty() {
            terminal.types(letters);
        }
        terminal.presses(key);
        let (code, screen) = terminal.end();
        assert_eq!((code, claim(&bed)), (1, true), "{letters:?} {key}: {screen}");
        assert!(screen.ends_with("clusterrebootd: nothing was changed"), "{screen}");
    }
}

#[test]
fn the_history_is_coloured_at_a_terminal_alone_and_never_with_no_color() {
    let bed = Bed::new();
    let at = ago(60);
    let entry = json!({
        "node": "node-a", "outcome": "released", "reason": "booted anew and healthy", "by": "node-a", "ended_at": at,
        "attempts": 1,
    });
    bed.put(&format!("/crb/history/{at:.3}-node-a"), &entry);
    let terminal = Terminal::run(80, &bed.typed(&["history"]));
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    assert!(terminal.coloured_screen().contains("\x1b[32mreleased"), "{:?}", terminal.coloured_screen());
    let plain = Terminal::run(80, &bed.typed(&["history"]).with("NO_COLOR", "1"));
    assert_eq!(plain.end(), (0, screen.clone()));
    assert_eq!(plain.coloured_screen(), screen);
    assert_eq!(bed.masked(&screen) + "\n", bed.says(&["history"]), "not at a terminal it says the same");
}

#[test]
fn the_status_fits_the_terminal_is_coloured_there_alone_and_never_with_no_color() {
    let bed = Bed::with(
        &json!({"reboot_required_detectors": [{"type": "command", "cmd": ["true"], "success_exit_codes": [0]}]}),
    );
    bed.is_out("node-b", "armed");
    bed.reports(
        "node-c",
        false,
        "heartbeat",
        "the disk is full, and has been so since the backup of last night began",
    );
    bed.is_present("node-c", "a-boot");
    for columns in [80, 200] {
        let terminal = Terminal::run(columns, &bed.typed(&["status"]));
        let (code, screen) = terminal.end();
        assert_eq!(code, 4, "{screen}");
        assert!(screen.lines().all(|line| line.chars().count() <= usize::from(columns)), "{screen}");
        let words = screen.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            words.contains("the disk is full, and has been so since the backup of last night began"),
            "{screen}"
        );
        assert!(terminal.coloured_screen().contains("\x1b[33mclosed"), "{:?}", terminal.coloured_screen());
        let plain = Terminal::run(columns, &bed.typed(&["status"]).with("NO_COLOR", "1"));
        let (code, screen) = plain.end();
        assert_eq!((code, plain.coloured_screen()), (4, screen), "without an escape");
    }
    let piped = bed.run(&["status"]);
    assert!(piped.out.contains("closed") && !piped.out.contains('\x1b'), "{}", piped.out);
}
