//! From the events of a YAML parser to a tree.

mod hint;

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    ops::Range,
    rc::Rc,
};

use granit_parser::{Event, Parser, ScalarStyle, ScanError, StrInput, Tag};

use crate::{
    fault::Fault,
    scalar,
    sink::{Read, Sink, Told},
    tree::{Entry, Map, Node, Span, Value},
};

/// Our deepest value stands on the third level; whatever goes this deep is a mistake or an attack.
const MAX_HEIGHT: usize = 32;

/// A fallback list of ten thousand nodes has room, and a bomb of aliases has not.
const MAX_NODES: usize = 100_000;

/// Parses the first document of the file that stands at `file` in the sink's text; an empty one is an empty
/// map.
pub(crate) fn tree(sink: &Sink, file: Range<usize>) -> Read<Rc<Node>> {
    let mut builder = Builder {
        sink,
        start: file.start,
        events: Parser::new_from_str(&sink.text()[file]),
        anchors: HashMap::new(),
        nodes: 0,
        depth: 0,
    };
    let root = loop {
        match builder.next()? {
            (Event::StreamStart | Event::DocumentStart(..), _) => {}
            (Event::StreamEnd, _) => return Ok(Rc::new(Node::empty_map(builder.start))),
            (event, span) => break builder.node(event, span)?,
        }
    };
    builder.warn_of_second_document()?;
    Ok(root)
}

struct Builder<'a> {
    sink: &'a Sink,
    /// Where the file begins.
    start: usize,
    events: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, Rc<Node>>,
    nodes: usize,
    depth: usize,
}

impl<'a> Builder<'a> {
    /// The next event and its place.
    fn next(&mut self) -> Read<(Event<'a>, Span)> {
        match self.events.next_event() {
            Some(Ok((event, span))) => {
                let range = span.byte_range().unwrap_or_default();
                let span = Span { start: self.start + range.start, end: self.start + range.end };
                Ok((event, self.trimmed(span)))
            }
            Some(Err(error)) => Err(self.syntax(&error)),
            None => Ok((Event::StreamEnd, Span { start: self.start, end: self.start })),
        }
    }

    /// The value that begins with `event`.
    fn node(&mut self, event: Event<'a>, span: Span) -> Read<Rc<Node>> {
        self.count(1, span)?;
        let (anchor, node) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                (anchor, Node::new(span, scalar_value(text, style, tag.as_deref())))
            }
            Event::SequenceStart(_, anchor, _) => (anchor, self.nested(span, Self::list)?),
            Event::MappingStart(_, anchor, _) => (anchor, self.nested(span, Self::map)?),
            Event::Alias(anchor) => {
                // An anchor is known once its value is complete, so a value cannot hold itself.
                let target = self.anchors.get(&anchor).map(Rc::clone).ok_or_else(|| {
                    let fault =
                        Fault::error("config::syntax", "alias stands inside of the value that it names");
                    self.sink.refuse(fault.at(span, "this would never end").advise("write the value out"))
                })?;
                // All that it stands for will be read again.
                self.count(target.size - 1, span)?;
                return Ok(target);
            }
            _ => {
                let fault = Fault::error("config::syntax", "a value is missing").at(span, "here");
                return Err(self.sink.refuse(fault.advise("write `key: value`")));
            }
        };
        let node = Rc::new(node);
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        Ok(node)
    }

    /// A list or a map, one level deeper.
    fn nested(&mut self, span: Span, read: impl FnOnce(&mut Self) -> Read<Value>) -> Read<Node> {
        self.depth += 1;
        self.check_height(self.depth, span)?;
        let node = Node::new(span, read(self)?);
        self.depth -= 1;
        // Aliases make a value higher than it is deep in the text.
        self.check_height(node.height, span)?;
        Ok(node)
    }

    fn list(&mut self) -> Read<Value> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => break,
                (event, span) => items.push(self.node(event, span)?),
            }
        }
        Ok(Value::List(items))
    }

    fn map(&mut self) -> Read<Value> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut places: HashMap<String, Span> = HashMap::new();
        let mut merged = Vec::new();
        loop {
            let (event, key_span) = self.next()?;
            if event == Event::MappingEnd {
                break;
            }
            let is_merge = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let key = self.node(event, key_span)?;
            let (event, span) = self.next()?;
            let node = self.node(event, span)?;
            let Value::Scalar(key) = &key.value else {
                let fault =
                    Fault::error("config::syntax", format!("a key must be a word, not {}", key.value.kind()));
                let template = self.sink.text()[..key_span.start].ends_with('{');
                let hint = if template {
                    "quote it, or have whatever fills `{{ ... }}` in write this file"
                } else {
                    "write `key: value`"
                };
                self.sink.tell(fault.at(key_span, "this key").advise(hint));
                continue;
            };
            if let Some(first) = places.insert(key.clone(), key_span) {
                let fault = Fault::error("config::duplicate_key", format!("key `{key}` is written twice"));
                let fault = fault.at(key_span, "again here").at(first, "first here");
                self.sink.tell(fault.advise("keep one of them"));
            } else if is_merge {
                merged = self.merged(&node, key_span)?;
            } else {
                entries.push(Entry { key: key.clone(), key_span, node });
            }
        }
        // What is written in the map itself wins over what is merged into it, and an earlier merge over a
        // later one.
        let mut seen: HashSet<String> = entries.iter().map(|entry| entry.key.clone()).collect();
        entries.extend(merged.into_iter().filter(|entry: &Entry| seen.insert(entry.key.clone())));
        Ok(Value::Map(Map { entries }))
    }

    /// The entries that `<<: *map` or `<<: [*map, *other]` brings in.
    fn merged(&mut self, node: &Node, key_span: Span) -> Read<Vec<Entry>> {
        let maps: Option<Vec<&Map>> = match &node.value {
            Value::Map(map) => Some(vec![map]),
            Value::List(items) => items.iter().map(|item| item.value.as_map()).collect(),
            Value::Null | Value::Scalar(_) => None,
        };
        let maps = maps.ok_or_else(|| {
            let fault = Fault::error("config::syntax", "`<<` merges a map or a list of maps");
            let fault = fault.advise("name the anchor of a map, as in `<<: *defaults`");
            self.sink.refuse(fault.at(key_span, format!("this is {}", node.value.kind())))
        })?;
        self.count(maps.iter().flat_map(|map| &map.entries).map(Entry::size).sum(), key_span)?;
        Ok(maps.into_iter().flat_map(|map| map.entries.iter().cloned()).collect())
    }

    /// The Go daemon read the first document and never looked at another.
    fn warn_of_second_document(&mut self) -> Read<()> {
        loop {
            match self.next()? {
                (Event::DocumentStart(..), span) => {
                    let fault = Fault::warning(
                        "config::second_document",
                        "only the first document of a file is read",
                    );
                    self.sink.tell(fault.at(span, "from here on nothing is read").advise("remove this line"));
                    return Ok(());
                }
                (Event::StreamEnd, _) => return Ok(()),
                _ => {}
            }
        }
    }

    fn count(&mut self, nodes: usize, span: Span) -> Read<()> {
        self.nodes += nodes;
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        let fault =
            Fault::error("config::too_large", format!("configuration has more than {MAX_NODES} values"));
        let fault = fault.advise("write fewer values, and fewer aliases of large ones");
        Err(self.sink.refuse(fault.at(span, "up to here")))
    }

    fn check_height(&self, height: usize, span: Span) -> Read<()> {
        if height <= MAX_HEIGHT {
            return Ok(());
        }
        let fault =
            Fault::error("config::too_deep", format!("values are nested more than {MAX_HEIGHT} levels deep"));
        let fault = fault.advise("no value lies deeper than three levels");
        Err(self.sink.refuse(fault.at(span, "up to here")))
    }

    fn syntax(&self, error: &ScanError) -> Told {
        let text = self.sink.text();
        let start = self.start + error.marker().byte_offset().unwrap_or_default();
        let rest = text.get(start..).unwrap_or_default();
        let culprit = rest.chars().next();
        let span = Span { start, end: start + culprit.filter(|c| *c != '\n').map_or(0, char::len_utf8) };
        let hint = hint::of(text.get(self.start..start).unwrap_or_default(), rest, &error.info());
        let fault = Fault::error("config::syntax", format!("not valid YAML: {}", error.info()));
        self.sink.refuse(fault.at(span, "here").advise(hint))
    }

    /// The span without the line breaks that end a block.
    fn trimmed(&self, span: Span) -> Span {
        let text = self.sink.text().get(span.start..span.end).unwrap_or_default();
        Span { start: span.start, end: span.start + text.trim_end().len() }
    }
}

fn scalar_value(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    if style == ScalarStyle::Plain && tag.is_none() && scalar::is_null(&text) {
        Value::Null
    } else {
        Value::Scalar(text.into_owned())
    }
}
