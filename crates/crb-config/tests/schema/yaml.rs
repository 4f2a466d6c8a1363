//! YAML as an editor reads it: scalars that stand plain become what the core schema of YAML 1.2 says, and nothing is
//! granted for the sake of old files.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, StrInput};
use serde_json::{Map, Value, json};

/// The first document of a text; `None` where it is no YAML, or has keys that are no words.
pub(crate) fn value(text: &str) -> Option<Value> {
    let mut reader = Reader { events: Parser::new_from_str(text), anchors: HashMap::new() };
    loop {
        match reader.next()? {
            Event::StreamStart | Event::DocumentStart(..) => {}
            Event::StreamEnd => return Some(Value::Null),
            event => return reader.node(event),
        }
    }
}

struct Reader<'a> {
    events: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, Value>,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<Event<'a>> {
        self.events.next_event()?.ok().map(|(event, _)| event)
    }

    fn node(&mut self, event: Event<'a>) -> Option<Value> {
        let (anchor, value) = match event {
            Event::Alias(anchor) => return self.anchors.get(&anchor).cloned(),
            Event::Scalar(text, ScalarStyle::Plain, anchor, None) => (anchor, plain(&text)),
            Event::Scalar(text, _, anchor, _) => (anchor, json!(text)),
            Event::SequenceStart(_, anchor, _) => (anchor, self.list()?),
            Event::MappingStart(_, anchor, _) => (anchor, self.map()?),
            _ => return None,
        };
        self.anchors.insert(anchor, value.clone());
        Some(value)
    }

    fn list(&mut self) -> Option<Value> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                Event::SequenceEnd => return Some(Value::Array(items)),
                event => items.push(self.node(event)?),
            }
        }
    }

    fn map(&mut self) -> Option<Value> {
        let (mut entries, mut merged) = (Map::new(), Map::new());
        loop {
            let key = match self.next()? {
                Event::MappingEnd => break,
                Event::Scalar(key, ..) => key.into_owned(),
                _ => return None,
            };
            let event = self.next()?;
            let value = self.node(event)?;
            if key == "<<" {
                for map in value.as_array().map_or(vec![&value], |maps| maps.iter().collect()) {
                    map.as_object()?.iter().for_each(|(key, value)| {
                        merged.entry(key.clone()).or_insert_with(|| value.clone());
                    });
                }
            } else if entries.insert(key, value).is_some() {
                return None;
            }
        }
        merged.extend(entries);
        Some(Value::Object(merged))
    }
}

fn plain(text: &str) -> Value {
    let radix = |prefix, base| {
        text.strip_prefix(prefix).and_then(|digits| i64::from_str_radix(digits, base).ok()).map(Value::from)
    };
    let number = || {
        let numeric = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
        let whole = || text.parse::<i64>().ok().map(Value::from);
        numeric.then(|| whole().or_else(|| text.parse::<f64>().ok().map(Value::from))).flatten()
    };
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => json!(true),
        "false" | "False" | "FALSE" => json!(false),
        _ => radix("0x", 16).or_else(|| radix("0o", 8)).or_else(number).unwrap_or_else(|| json!(text)),
    }
}

#[test]
fn plain_scalars_are_what_yaml_1_2_says() {
    let cases = [
        ("30", json!(30)),
        ("0123", json!(123)),
        ("0x1F", json!(31)),
        ("1e1", json!(10.0)),
        (".5", json!(0.5)),
        ("yes", json!("yes")),
        ("2_0", json!("2_0")),
        ("\"15\"", json!("15")),
        ("2026-12-20", json!("2026-12-20")),
        ("22:00-05:00", json!("22:00-05:00")),
        ("~", json!(null)),
        ("{a: &x {b: 1, c: 2}, d: {<<: *x, c: 3}}", json!({"a": {"b": 1, "c": 2}, "d": {"b": 1, "c": 3}})),
    ];
    for (text, expected) in cases {
        assert_eq!(value(text), Some(expected), "{text}");
    }
    for text in ["[", "{a: 1, a: 2}", "{[a]: 1}"] {
        assert_eq!(value(text), None, "{text}");
    }
}
