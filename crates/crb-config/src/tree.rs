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
