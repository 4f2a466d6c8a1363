//! A YAML document as a tree in which every value knows its place.

use std::rc::Rc;

/// The bytes of the file from `start` until before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// A value and its place. An alias is the very node that it names, so faults point to where the value is
/// written.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) value: Value,
    /// How many levels of lists and maps it holds; 0 for a scalar.
    pub(crate) height: usize,
    /// How many values it is when every alias in it is written out, itself and keys included.
    pub(crate) size: usize,
}

#[derive(Debug)]
pub(crate) enum Value {
    Null,
    /// A scalar as text. Whether it is a number or a flag, only the reader knows.
    Scalar(String),
    List(Vec<Rc<Node>>),
    Map(Map),
}

/// A map with its keys in the order of the file, each of them once.
#[derive(Debug, Default)]
pub(crate) struct Map {
    pub(crate) entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Span,
    pub(crate) node: Rc<Node>,
}

impl Map {
    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }
}

impl Value {
    pub(crate) fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// What this is, to tell an operator who wrote another thing than was asked for.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Scalar(_) => "a single value",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

impl Node {
    /// A value, measured.
    pub(crate) fn new(span: Span, value: Value) -> Self {
        let (height, size) = match &value {
            Value::Null | Value::Scalar(_) => return Self { span, value, height: 0, size: 1 },
            Value::List(items) => measure(items.iter().map(|item| (item.height, item.size))),
            Value::Map(map) => measure(map.entries.iter().map(|entry| (entry.node.height, entry.size()))),
        };
        Self { span, value, height, size }
    }

    /// What an empty file is that begins at `start`.
    pub(crate) fn empty_map(start: usize) -> Self {
        Self::new(Span { start, end: start }, Value::Map(Map::default()))
    }
}

impl Entry {
    /// How many values it is, the key included.
    pub(crate) fn size(&self) -> usize {
        1 + self.node.size
    }
}

/// The height and the size of what holds values of these heights and sizes.
fn measure(inner: impl Iterator<Item = (usize, usize)>) -> (usize, usize) {
    inner.fold((1, 1), |(height, size), inner| (height.max(inner.0 + 1), size + inner.1))
}
