use expect_test::{Expect, expect_file};

use super::*;
use crate::commands::plan::brief::Brief;
use crate::commands::plan::sample::{fleet, stuck, told};

const LOOK: Look = Look { width: 80, colour: false, letters: Letters::Unicode };

fn check(brief: &Brief, look: Look, expected: &expect_test::ExpectFile) {
    let text = told(brief, |told| shown(told, &look));
    for row in text.lines() {
        assert!(row.chars().count() <= look.width, "{row:?} is longer than {}", look.width);
    }
    assert!(look.letters == Letters::Unicode || text.is_ascii(), "{text}");
    expected.assert_eq(&text);
}

#[test]
fn few_turns_are_drawn_one_by_one() {
    check(&fleet(8), LOOK, &expect_file!["snapshots/few_80.txt"]);
    check(&fleet(8), Look { width: 200, ..LOOK }, &expect_file!["snapshots/few_200.txt"]);
    check(&fleet(8), Look { letters: Letters::Ascii, ..LOOK }, &expect_file!["snapshots/few_ascii.txt"]);
}

#[test]
fn many_turns_are_counted_by_the_day_and_the_first_and_the_last_are_shown() {
    check(&fleet(60), LOOK, &expect_file!["snapshots/many_80.txt"]);
    check(&fleet(60), Look { letters: Letters::Ascii, ..LOOK }, &expect_file!["snapshots/many_ascii.txt"]);
}

#[test]
fn a_plan_without_an_end_says_why_and_nothing_of_another_reaches_the_terminal() {
    check(&stuck(), LOOK, &expect_file!["snapshots/stuck_80.txt"]);
}

#[test]
fn a_plan_for_nobody_says_that_there_is_nothing_to_do() {
    let text = told(&fleet(0), |told| shown(told, &LOOK));
    let expected: Expect = expect_test::expect![[r"
        Plan for 0 nodes
        from Wed 2026-11-25 12:00 Europe/Berlin, one at a time, 30 min apart

        Nothing to do: no node needs a reboot (Wed 2026-11-25 12:00 Europe/Berlin).
    "]];
    expected.assert_eq(&text);
}

#[test]
fn colours_paint_and_change_no_letter() {
    let coloured = told(&fleet(8), |told| shown(told, &Look { colour: true, ..LOOK }));
    let bare = told(&fleet(8), |told| shown(told, &LOOK));
    assert!(coloured.contains("\x1b[36m█\x1b[0m"), "{coloured}");
    let mut stripped = String::new();
    for (index, part) in coloured.split("\x1b[").enumerate() {
        stripped.push_str(if index == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(trimmed(&stripped), trimmed(&bare));
}
