//! The pages of the manual.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::{PROGRAM, run, text};

/// A page, as the program writes it.
fn page(section: &str) -> String {
    let ran = run(Command::new(PROGRAM).args(["man", section]));
    assert!(ran.status.success() && ran.stderr.is_empty(), "{}", text(&ran.stderr));
    text(&ran.stdout)
}

/// A page as a reader sees it, its blanks made even; and what the typesetter has to say against it.
fn read_by_groff(page: &str) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page");
    fs::write(&path, page).unwrap();
    // Every warning, on a line long enough for no word to be parted.
    let ran = run(Command::new("groff").args(["-man", "-Tascii", "-P-c", "-ww", "-rLL=300n"]).arg(&path));
    assert!(ran.status.success());
    // What is bold is struck twice.
    let mut shown = String::new();
    for letter in text(&ran.stdout).chars() {
        if letter == '\u{8}' {
            shown.pop();
        } else {
            shown.push(letter);
        }
    }
    (shown.split_whitespace().collect::<Vec<_>>().join(" "), text(&ran.stderr))
}

#[test]
fn the_typesetter_has_nothing_to_say_against_them() {
    for section in ["5", "8"] {
        let (shown, complaints) = read_by_groff(&page(section));
        assert_eq!(complaints, "", "{section}");
        assert!(shown.len() > 3_000, "{section}: {shown}");
    }
}

#[test]
fn they_are_the_same_wherever_and_whenever_they_are_made() {
    for section in ["5", "8"] {
        let mut elsewhere = Command::new(PROGRAM);
        elsewhere.args(["man", section]).env("CLUSTERREBOOTD_CONFIG", "/elsewhere.yaml").env("COLUMNS", "60");
        elsewhere.env("RUNTIME_DIRECTORY", "/elsewhere").env("NO_COLOR", "1").env("LANG", "de_DE.UTF-8");
        let page = page(section);
        assert_eq!(text(&run(&mut elsewhere).stdout), page);
        let title = page.lines().next().unwrap();
        let version = env!("CARGO_PKG_VERSION");
        let name = if section == "5" { "CLUSTERREBOOTD.YAML" } else { "CLUSTERREBOOTD" };
        assert_eq!(
            title,
            format!(".TH {name} {section} \"\" \"clusterrebootd {version}\" \"clusterrebootd\"")
        );
    }
    assert_eq!(
        text(&run(Command::new(PROGRAM).arg("man")).stdout),
        page("8"),
        "the commands, unless told otherwise"
    );
}

#[test]
fn every_command_and_every_option_stands_in_the_page_with_what_the_help_says_of_it() {
    let (shown, _) = read_by_groff(&page("8"));
    let help = |command: &[&str]| {
        text(&run(Command::new(PROGRAM).args(command).arg("--help").env("COLUMNS", "200")).stdout)
    };
    let overview = help(&[]);
    let commands: Vec<&str> = overview
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .map(|line| line.split_whitespace().next().unwrap())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.len() >= 17, "{commands:?}");
    for command in commands {
        let help = help(&[command]);
        let about = help.lines().next().unwrap().replace('`', "");
        assert!(shown.contains(&about), "{command}: {about}\n{shown}");
        for option in help.split_whitespace().filter(|word| word.starts_with("--") && word.len() > 2) {
            let option = option.trim_end_matches([',', '.', ']']);
            assert!(
                ["--help", "--version"].contains(&option) || shown.contains(option),
                "{command} {option}"
            );
        }
    }
    for heading in ["EXIT STATUS", "FILES", "ENVIRONMENT", "SIGNALS", "SEE ALSO"] {
        assert!(shown.contains(heading), "{heading}");
    }
}

#[test]
fn every_variable_that_the_program_reads_stands_in_the_page() {
    let page = page("8");
    let sources = [
        include_str!("../../src/system.rs"),
        include_str!("../../src/directory.rs"),
        include_str!("../../src/service.rs"),
        include_str!("../../src/service/watchdog.rs"),
        include_str!("../../src/cli.rs"),
    ];
    let is_variable = |word: &&str| {
        let letters = word.trim_matches('"');
        word.len() == letters.len() + 2
            && letters.len() > 3
            && letters.chars().all(|char| char.is_ascii_uppercase() || char == '_')
    };
    let shipped = sources.map(|source| source.split("#[cfg(test)]\nmod tests").next().unwrap());
    let words = shipped
        .iter()
        .flat_map(|source| source.split(|char: char| char.is_whitespace() || "()[],;&".contains(char)));
    let variables: Vec<&str> = words.filter(is_variable).map(|word| word.trim_matches('"')).collect();
    assert!(variables.len() > 10, "{variables:?}");
    let missing: Vec<_> = variables.into_iter().filter(|name| !page.contains(name)).collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn every_key_of_the_schema_stands_in_the_page_with_its_default() {
    fn keys(above: &str, map: &Value, found: &mut Vec<(String, Value)>) {
        for (name, key) in map["properties"].as_object().into_iter().flatten() {
            found.push((format!("{above}{name}"), key["default"].clone()));
            keys(&format!("{above}{name}."), key, found);
        }
    }
    let schema = text(&run(Command::new(PROGRAM).arg("schema")).stdout);
    let mut found = vec![];
    keys("", &serde_json::from_str(&schema).unwrap(), &mut found);
    assert!(found.len() > 40, "{found:?}");
    let (shown, _) = read_by_groff(&page("5"));
    for (key, usual) in found {
        assert!(shown.contains(&format!(" {key} ")), "{key}");
        if let Value::Number(usual) = usual {
            assert!(shown.contains(&format!("By default {usual}.")), "{key}: {usual}");
        }
    }
}
