//! What the page names: outcomes, reasons, events, keys, commands, exit codes and other pages.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use crb_decide::{ExitCode, Outcome};
use serde_json::Value;

use crate::PROGRAM;
use crate::page::{pages, quoted, read, repository};

/// The first cells of a page's tables, where they are one name.
fn rows_of(name: &str) -> BTreeSet<String> {
    let page = read(name);
    let first = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    first.map(|(name, _)| name.to_owned()).collect()
}

/// All keys of the configuration, those of maps within it too, and the words that may stand behind them.
fn keys_of(schema: &Value, keys: &mut BTreeSet<String>) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Object(properties)) = map.get("properties") {
                keys.extend(properties.keys().cloned());
            }
            let words = map.get("enum").and_then(Value::as_array).into_iter().flatten();
            keys.extend(words.chain(map.get("const")).filter_map(Value::as_str).map(str::to_owned));
            map.values().for_each(|value| keys_of(value, keys));
        }
        Value::Array(list) => list.iter().for_each(|value| keys_of(value, keys)),
        _ => {}
    }
}

fn output(arguments: &[&str]) -> String {
    let ran = Command::new(PROGRAM).args(arguments).output().unwrap();
    assert!(ran.status.success(), "{arguments:?}");
    String::from_utf8(ran.stdout).unwrap()
}

#[test]
fn every_name_with_an_underscore_is_one_of_the_programs() {
    // That docs/outcomes.md has all codes and no others is held by crb-decide.
    let mut known = rows_of("outcomes.md");
    known.extend(rows_of("status.md"));
    known.extend(Outcome::ALL.map(|outcome| outcome.as_str().to_owned()));
    known.extend(crb_config::EVENTS.iter().map(|event| (*event).to_owned()));
    keys_of(&serde_json::from_str(&output(&["schema"])).unwrap(), &mut known);
    let is_of_name = |letter: char| letter.is_ascii_lowercase() || letter == '_';
    let named: BTreeSet<String> = quoted("operations.md")
        .iter()
        .flat_map(|text| text.split(|letter| !is_of_name(letter)).map(str::to_owned).collect::<Vec<_>>())
        // The name of a package's file ends so, before its version.
        .filter(|word| word.contains('_') && !word.ends_with('_'))
        .collect();
    assert!(named.len() > 30, "{named:?}");
    let unknown: Vec<&String> = named.difference(&known).collect();
    assert_eq!(unknown, [""; 0]);
}

/// A word as serde writes the name of a variant.
fn in_snake_case(word: &str) -> String {
    let letter = |(at, letter): (usize, char)| {
        let before = if letter.is_ascii_uppercase() && at > 0 { "_" } else { "" };
        format!("{before}{}", letter.to_ascii_lowercase())
    };
    word.char_indices().map(letter).collect()
}

/// The words of the program's own sources, and those that its documents have for its variants.
fn words_of(folder: &Path, words: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            words_of(&path, words);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let found = code.flat_map(|line| line.split(|letter| !is_of_name(letter)));
            words.extend(found.flat_map(|word| [word.to_owned(), in_snake_case(word)]));
        }
    }
}

#[test]
fn every_name_with_an_underscore_on_any_page_stands_in_the_code() {
    let mut known = BTreeSet::new();
    for folder in ["bins", "crates", "xtask"] {
        words_of(&repository().join(folder), &mut known);
    }
    let is_name = |word: &String| {
        word.contains('_')
            && !word.starts_with('_')
            && word.chars().all(|l| l.is_ascii_lowercase() || l == '_')
    };
    let mut tried = 0;
    for page in pages() {
        let named: BTreeSet<String> = quoted(&page).into_iter().filter(is_name).collect();
        // Metrics bear the program's name before their own.
        let own = |name: &String| name.strip_prefix("clusterrebootd_").unwrap_or(name).to_owned();
        let unknown: Vec<&String> = named.iter().filter(|name| !known.contains(&own(name))).collect();
        assert_eq!(unknown, [""; 0], "{page}");
        tried += named.len();
    }
    assert!(tried > 300, "{tried} names were tried");
}

/// The exit codes that a page speaks of.
fn codes_of(page: &str) -> BTreeSet<u8> {
    let text = read(page);
    let told = ["ends with ", "exits with ", "exit code ", "(code "].into_iter();
    let after = told.flat_map(|before| text.split(before).skip(1));
    let codes =
        after.filter_map(|after| after.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok());
    // Those of detectors are not ours.
    codes.filter(|code| *code != 126).collect()
}

#[test]
fn every_exit_code_on_any_page_is_one() {
    let known = BTreeSet::from(ExitCode::ALL.map(|code| code as u8));
    assert!(codes_of("operations.md").len() > 4);
    // These speak of the exit codes of other programs.
    for page in pages().iter().filter(|page| !["detectors.md", "hooks.md"].contains(&page.as_str())) {
        let told = codes_of(page);
        assert!(told.is_subset(&known), "{page}: {told:?}");
    }
}

#[test]
fn what_the_page_lets_fleet_and_status_answer_are_their_words() {
    let page = read("operations.md");
    let mut known = rows_of("outcomes.md");
    known.extend(crb_lock::NodeState::ALL.map(|state| state.as_str().to_owned()));
    for head in ["| `status` says |", "| it is |"] {
        let (_, table) = page.split_once(&format!("\n{head}")).unwrap();
        let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
        let cells: Vec<&str> = rows.map(|row| row.split('|').nth(1).unwrap()).collect();
        assert!(cells.len() > 2, "{head}");
        let words = cells.iter().flat_map(|cell| cell.split('`').skip(1).step_by(2));
        for word in words {
            assert!(known.contains(word), "{word}");
        }
    }
}

#[test]
fn every_command_in_the_text_is_there() {
    let help = output(&["--help"]);
    for command in quoted("operations.md").iter().filter_map(|text| text.strip_prefix("clusterrebootd ")) {
        let name = command.split(' ').next().unwrap();
        assert!(help.contains(&format!("\n  {name} ")), "{command}");
    }
}

#[test]
fn every_link_leads_to_a_heading_that_there_is() {
    let page = read("operations.md");
    for link in page.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
        let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
        let text = if file.is_empty() { page.clone() } else { read(file) };
        let mut anchors = text.lines().filter(|line| line.starts_with('#')).map(anchor_of);
        assert!(anchor.is_empty() || anchors.any(|known| known == anchor), "{link}");
    }
}

/// How a heading is called in links.
fn anchor_of(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = kept.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}
