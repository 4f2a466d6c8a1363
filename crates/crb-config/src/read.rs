//! Access to the tree: what stands at a key, and where. Whatever does not fit is told to the sink, with its
//! place.

mod typed;

use std::{cell::RefCell, ops::Range};

use crate::{
    fault::Fault,
    read::typed::Expected,
    sink::{Read, Sink, Told},
    tree::{Map, Node, Span, Value},
};

/// A comma behind a value stands within so many blanks.
const MAX_BLANKS: usize = 100;

/// A map whose keys are known: those that are asked for.
pub(crate) struct Section<'a> {
    sink: &'a Sink,
    path: String,
    at: Span,
    map: Option<&'a Map>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    /// Reads the outermost map.
    pub(crate) fn root<T>(
        sink: &'a Sink,
        node: &'a Node,
        read: impl FnOnce(&Section<'a>) -> Read<T>,
    ) -> Read<T> {
        let root = Slot { sink, path: String::new(), at: node.span, node: Some(node) };
        root.section(read)
    }

    /// The place of a key.
    pub(crate) fn slot(&self, key: &'static str) -> Slot<'a> {
        self.asked.borrow_mut().push(key);
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        let entry = self.map.and_then(|map| map.get(key));
        let at = entry.map_or(self.at, |entry| entry.key_span);
        Slot { sink: self.sink, path, at, node: entry.map(|entry| entry.node.as_ref()) }
    }
}

/// Where a value may stand: at a key of a section, or as an item of a list.
pub(crate) struct Slot<'a> {
    sink: &'a Sink,
    path: String,
    /// The key; for a key that is missing, the section it is missing from.
    at: Span,
    node: Option<&'a Node>,
}

impl<'a> Slot<'a> {
    /// What an operator would call it, such as `windows.deny[2]`.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn sink(&self) -> &'a Sink {
        self.sink
    }

    /// The value's place, or the key's where the value is no single one.
    pub(crate) fn span(&self) -> Span {
        match self.node {
            Some(Node { span, value: Value::Scalar(_), .. }) if span.end > span.start => *span,
            _ => self.at,
        }
    }

    /// The part `range` of the text that is written here. Where the file spells it with escapes, all of it.
    pub(crate) fn span_within(&self, range: Range<usize>) -> Span {
        let whole = self.span();
        let source = &self.sink.text()[whole.start..whole.end];
        let verbatim = match self.node.map(|node| &node.value) {
            Some(Value::Scalar(text)) => source.find(text.as_str()),
            _ => None,
        };
        verbatim.map_or(whole, |offset| {
            let start = whole.start + offset;
            Span { start: start + range.start, end: start + range.end }
        })
    }

    /// Whether the value stands in brackets, with another one after it.
    pub(crate) fn is_before_a_comma(&self) -> bool {
        // Behind more blanks than these no comma was meant, and they may be behind each of many aliases.
        let mut behind = self.sink.text()[self.span().end..].chars().take(MAX_BLANKS);
        behind.find(|c| !c.is_whitespace()) == Some(',')
    }

    /// Whether anything is written here.
    pub(crate) fn is_given(&self) -> bool {
        self.value().is_some()
    }

    /// Whether a map is written here.
    pub(crate) fn is_map(&self) -> bool {
        matches!(self.value(), Some(Value::Map(_)))
    }

    /// What is written here. Nothing, `null` and `~` are the same as no key.
    fn value(&self) -> Option<&'a Value> {
        self.node.map(|node| &node.value).filter(|value| !matches!(value, Value::Null))
    }

    /// Underlines the value, where there is one, as part of a fault between several values.
    pub(crate) fn mark(&self, fault: Fault, label: &str) -> Fault {
        if self.is_given() { fault.at(self.span(), label) } else { fault }
    }

    /// Tells why the value is refused, underlining it.
    pub(crate) fn refuse(&self, fault: Fault, label: &str) -> Told {
        self.sink.refuse(fault.at(self.span(), label))
    }

    /// Tells of a fault, underlining the value.
    pub(crate) fn tell(&self, fault: Fault, label: &str) {
        self.sink.tell(fault.at(self.span(), label));
    }

    /// A map with known keys; without one, the map of none of them, so that its defaults come from one place.
    pub(crate) fn section<T>(&self, read: impl FnOnce(&Section<'a>) -> Read<T>) -> Read<T> {
        let map = match self.value() {
            None => None,
            Some(Value::Map(map)) => Some(map),
            Some(other) => return Err(self.wrong_type(Expected::Map, &format!("this is {}", other.kind()))),
        };
        let at = map.and_then(|map| map.entries.first()).map_or(self.at, |entry| entry.key_span);
        let section =
            Section { sink: self.sink, path: self.path.clone(), at, map, asked: RefCell::default() };
        let read = read(&section);
        self.sink.close(&section.path, section.asked.into_inner(), map);
        read
    }

    /// The items of a list; none without one.
    pub(crate) fn items(&self) -> Read<Vec<Slot<'a>>> {
        self.items_as(Expected::List)
    }

    fn items_as(&self, expected: Expected) -> Read<Vec<Slot<'a>>> {
        let items = match self.value() {
            None => return Ok(Vec::new()),
            Some(Value::List(items)) => items,
            Some(other) => return Err(self.wrong_type(expected, &format!("this is {}", other.kind()))),
        };
        let slots = items.iter().enumerate().map(|(index, node)| {
            // A map is told by its first key: in block style its node has no breadth.
            let first_key = node.value.as_map().and_then(|map| map.entries.first());
            let at = first_key.map_or(node.span, |entry| entry.key_span);
            Slot { sink: self.sink, path: format!("{}[{index}]", self.path), at, node: Some(node) }
        });
        Ok(slots.collect())
    }

    /// Tells that nothing is written here, though something must be.
    pub(crate) fn refuse_absent(&self, fault: Fault) -> Told {
        self.refuse(fault, if self.node.is_some() { "" } else { "missing beside this" })
    }
}

/// What becomes of a value that need not be there.
pub(crate) trait Optional<T> {
    /// The value, or `default` in its absence.
    fn default_to(self, default: T) -> Read<T>;

    /// The value; its absence is a fault, and `hint` says what to write.
    fn required(self, slot: &Slot<'_>, hint: &str) -> Read<T>;
}

impl<T> Optional<T> for Read<Option<T>> {
    fn default_to(self, default: T) -> Read<T> {
        self.map(|value| value.unwrap_or(default))
    }

    fn required(self, slot: &Slot<'_>, hint: &str) -> Read<T> {
        self?.ok_or_else(|| {
            let state = if slot.node.is_some() { "empty" } else { "missing" };
            let fault = Fault::error("config::missing_key", format!("`{}` is {state}", slot.path));
            slot.refuse_absent(fault.advise(hint))
        })
    }
}

/// All values, after each of them has been read.
pub(crate) fn all<T>(values: impl Iterator<Item = Read<T>>) -> Read<Vec<T>> {
    let values: Vec<_> = values.collect();
    values.into_iter().collect()
}
