use expect_test::expect_file;

use super::sheet::escaped;
use super::*;
use crate::commands::plan::sample::{fleet, stuck, told};

/// Fails where the text is not well-formed: a tag that is open or crossed, an attribute that is not closed or there twice,
/// an entity that is not known, a letter that may not be there. It knows as much of XML as the pictures use.
fn well_formed(text: &str) {
    let mut open: Vec<&str> = vec![];
    let mut rest = text;
    while let Some((words, after)) = rest.split_once('<') {
        letters(words);
        assert!(!open.is_empty() || words.trim().is_empty(), "{words:?} outside of the picture");
        let (tag, after) = after.split_once('>').expect("a tag that ends");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "crossed");
            continue;
        }
        let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, mut attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        assert!(name.chars().all(char::is_alphanumeric), "{name:?}");
        let mut seen = std::collections::BTreeSet::new();
        while !attributes.trim().is_empty() {
            let (key, value) = attributes.trim_start().split_once("=\"").expect("an attribute with a value");
            assert!(
                seen.insert(key) && key.chars().all(|letter| letter.is_alphanumeric() || letter == '-'),
                "{key:?}"
            );
            let (value, others) = value.split_once('"').expect("a value that ends");
            letters(value);
            attributes = others;
        }
        if !is_empty {
            open.push(name);
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{open:?} are open, {rest:?} is left");
}

fn letters(words: &str) {
    assert!(
        !words.contains('>') && !words.chars().any(|letter| letter.is_control() && letter != '\n'),
        "{words:?}"
    );
    for entity in words.split('&').skip(1) {
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
        assert!(known.iter().any(|known| entity.starts_with(known)), "{entity:?}");
    }
}

#[test]
fn pictures_are_well_formed_and_stay_as_they_are() {
    let cases = [
        (fleet(8), expect_file!["snapshots/few.svg"]),
        (fleet(100), expect_file!["snapshots/many.svg"]),
        (stuck(), expect_file!["snapshots/stuck.svg"]),
        (fleet(0), expect_file!["snapshots/nobody.svg"]),
    ];
    for (brief, expected) in cases {
        let picture = told(&brief, drawn);
        well_formed(&picture);
        for part in ["<title id=\"title\">", "<desc id=\"about\">", "role=\"img\""] {
            assert!(picture.contains(part), "{part}");
        }
        assert!(
            !picture.contains("href") && !picture.contains("url(http"),
            "it needs something from elsewhere"
        );
        expected.assert_eq(&picture);
    }
}

#[test]
fn what_is_not_well_formed_is_found() {
    for text in [
        "<a><b></a></b>",
        "<a>",
        "<a b=\"1\" b=\"2\"/>",
        "<a>&nbsp;</a>",
        "<a b=1/>",
        "<a>\u{1b}</a>",
        "x<a/>",
    ] {
        assert!(std::panic::catch_unwind(|| well_formed(text)).is_err(), "{text}");
    }
}

#[test]
fn no_text_breaks_out_of_its_element() {
    assert_eq!(
        escaped("<a href='x'>\"&\u{0}\u{1b}\t"),
        "&lt;a href=&#39;x&#39;&gt;&quot;&amp;\u{fffd}\u{fffd}\t"
    );
}
