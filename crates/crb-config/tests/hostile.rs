//! Whatever is written, there is an answer: no panic, no endless work.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crb_config::{Letters, LoadContext, parse, render};
use jiff::tz::TimeZone;

fn context() -> LoadContext {
    LoadContext { hostname: "web-1.example".to_owned(), zone: TimeZone::UTC }
}

/// The codes told for `text`, which is refused; that they can be shown is part of it.
fn codes(text: &str) -> Vec<&'static str> {
    let faults = parse("config.yaml", text.to_owned(), &context()).unwrap_err();
    for colour in [false, true] {
        assert!(!render(&faults, Letters::Unicode, colour, 80).is_empty());
    }
    faults.iter().map(crb_config::Fault::code).collect()
}

#[test]
fn a_bomb_of_aliases_is_refused() {
    let levels = (1..40).map(|level| {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        format!("a{level}: &a{level} [{aliases}]")
    });
    let bomb: Vec<_> = std::iter::once("a0: &a0 [x, x, x]".to_owned()).chain(levels).collect();
    assert_eq!(codes(&bomb.join("\n")), ["config::too_large"]);
}

#[test]
fn a_bomb_of_merges_is_refused() {
    let keys: Vec<_> = (0..500).map(|key| format!("k{key}: x")).collect();
    let keys = keys.join(", ");
    let aliases = vec!["*a"; 500].join(", ");
    assert_eq!(codes(&format!("a: &a {{{keys}}}\nb: {{<<: [{aliases}]}}\n")), ["config::too_large"]);
}

#[test]
fn more_values_than_a_fleet_has_nodes_are_refused() {
    assert_eq!(codes(&"- x\n".repeat(100_001)), ["config::too_large"]);
}

#[test]
fn an_alias_counts_for_all_that_it_stands_for() {
    let text = |aliases| format!("a: &a [{}]\nb: [{}]\n", "x,".repeat(999), "*a,".repeat(aliases));
    assert_eq!(codes(&text(100)), ["config::too_large"]);
    assert!(!codes(&text(90)).contains(&"config::too_large"));
}

#[test]
fn a_device_without_end_as_a_file_of_tls_is_not_read() {
    let files = "ca_file: /dev/zero, cert_file: /dev/zero, key_file: /dev/zero";
    let told = codes(&format!("etcd_tls: {{enabled: true, {files}}}\n"));
    assert_eq!(told.iter().filter(|code| **code == "config::tls_file_unreadable").count(), 3);
}

#[test]
fn deep_nesting_is_refused() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")] {
        for depth in [40, 200, 5_000] {
            let text = open.repeat(depth) + "x" + &close.repeat(depth);
            let codes = codes(&text);
            assert!(
                codes == ["config::too_deep"] || codes == ["config::syntax"],
                "{open} {depth}: {codes:?}"
            );
        }
    }
}

#[test]
fn many_unknown_keys_are_all_told() {
    let keys: Vec<_> = (0..300).map(|key| format!("key_number_{key}: x")).collect();
    let told = codes(&keys.join("\n"));
    assert_eq!(told.iter().filter(|code| **code == "config::unknown_key").count(), 300);
}

#[test]
fn of_too_many_faults_the_rest_is_counted() {
    for separator in ["\n", ", "] {
        let keys: Vec<_> = (0..20_000).map(|key| format!("key_number_{key}: x")).collect();
        let keys = keys.join(separator);
        let told = codes(&if separator == ", " { format!("{{{keys}}}") } else { keys });
        assert_eq!((told.len(), told.last()), (1_001, Some(&"config::too_many_faults")));
    }
}

#[test]
fn a_place_far_out_on_a_line_is_shown() {
    for far in [60_000, 70_000, 1_000_000] {
        for far in ["x".repeat(far), "ä".repeat(far / 2), "\t".repeat(far)] {
            let told = codes(&format!("log: {{level: \"{far}\", format: \"{far}\", colour: x}}\n"));
            assert!(told.contains(&"config::unknown_key"), "{told:?}");
            codes(&format!("{far}: x\n\"{far}\": y\n"));
        }
    }
}

#[test]
fn two_places_far_from_each_other_are_both_shown_without_what_is_between() {
    let between = "# nothing\n".repeat(10_000);
    let text = format!("lock_ttl_sec: 20\n{between}health_timeout_sec: 30\n");
    let faults = parse("config.yaml", text, &context()).unwrap_err();
    let fault = faults.iter().find(|fault| fault.code() == "config::lock_ttl_too_short").unwrap();
    let shown = render([fault], Letters::Unicode, false, 80);
    assert!(shown.contains("config.yaml:1:15") && shown.contains("config.yaml:10002:21"), "{shown}");
    assert!(shown.lines().count() < 20, "{shown}");
}

#[test]
fn no_cut_and_no_changed_byte_of_a_good_file_brings_it_down() {
    let signs = ["\"", "'", "[", "}", ":", "-", "\t", "\n", "*", "&", "!", "#", "\u{0}", "é", "\u{feff}"];
    for text in [include_str!("good/go_daemon.yaml"), include_str!("good/as_go_yaml_reads_it.yaml")] {
        for cut in (0..text.len()).filter(|cut| text.is_char_boundary(*cut)) {
            let (before, after) = text.split_at(cut);
            answer(before);
            answer(after);
            answer(&format!("{before}{}{after}", signs[cut % signs.len()]));
        }
    }
}

#[test]
fn no_short_text_of_special_signs_brings_it_down() {
    let signs = [
        "a", ": ", "- ", "\n", "  ", "[", "]", "{", "}", ",", "&a ", "*a", "<<", "? ", "!!str ", "|", "\"",
        "%", "---",
    ];
    for first in signs {
        for second in signs {
            for third in signs {
                answer(&[first, second, third].concat());
            }
        }
    }
}

/// Parses, and shows whatever comes of it.
fn answer(text: &str) {
    match parse("config.yaml", text.to_owned(), &context()) {
        Ok(loaded) => drop(render(&loaded.warnings, Letters::Unicode, false, 80)),
        Err(faults) => assert!(!render(&faults, Letters::Unicode, false, 80).is_empty(), "{text:?}"),
    }
}
