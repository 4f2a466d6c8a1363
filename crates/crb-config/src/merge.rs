//! One file's tree over another's: maps merge key by key, lists and single values replace.

use std::{collections::HashMap, rc::Rc};

use crate::{
    fault::Fault,
    read::all,
    sink::{Read, Sink},
    tree::{Entry, Map, Node, Value},
};

/// Aliases let a small file stand for a tree without end, all of which a merge would walk through.
const MAX_ENTRIES: usize = 100_000;

/// Lays the trees over the first one, each over those before it. All of them are looked at, so that each
/// that is no map is told.
pub(crate) fn fold(sink: &Sink, trees: Vec<Rc<Node>>) -> Read<Rc<Node>> {
    let mut trees = trees.into_iter();
    let Some(base) = trees.next() else { return Ok(Rc::new(Node::empty_map(0))) };
    let mut merge = Merge { sink, entries: 0 };
    let mut fragments = all(trees.map(|tree| fragment(sink, tree)))?.into_iter();
    fragments.try_fold(base, |below, above| {
        match (&below.value, &above.value) {
            (_, Value::Null) => Ok(below),
            (Value::Null, _) => Ok(above),
            (Value::Map(_), _) => merge.node(&below, &above),
            // What the configuration is instead of a map, its reader tells.
            _ => Ok(below),
        }
    })
}

fn fragment(sink: &Sink, tree: Rc<Node>) -> Read<Rc<Node>> {
    let kind = match &tree.value {
        Value::Null | Value::Map(_) => return Ok(tree),
        other => other.kind(),
    };
    let fault =
        Fault::error("config::fragment_not_a_map", "a file of `config.d` must be a map of keys and values");
    let fault = fault.advise("write the keys from the outermost level down, as in the configuration itself");
    Err(sink.refuse(fault.at(tree.span, format!("this is {kind}"))))
}

struct Merge<'a> {
    sink: &'a Sink,
    entries: usize,
}

impl Merge<'_> {
    fn node(&mut self, below: &Rc<Node>, above: &Rc<Node>) -> Read<Rc<Node>> {
        let (Value::Map(base), Value::Map(over)) = (&below.value, &above.value) else {
            return Ok(Rc::clone(above));
        };
        self.entries += base.entries.len() + over.entries.len();
        if self.entries > MAX_ENTRIES {
            let message = format!("merging takes more than {MAX_ENTRIES} values");
            let fault = Fault::error("config::too_large", message).at(above.span, "up to here");
            return Err(self
                .sink
                .refuse(fault.advise("write fewer values, and fewer aliases of large ones")));
        }
        let mut entries = base.entries.clone();
        let places: HashMap<&str, usize> =
            base.entries.iter().enumerate().map(|(at, entry)| (entry.key.as_str(), at)).collect();
        for entry in &over.entries {
            match places.get(entry.key.as_str()) {
                None => entries.push(entry.clone()),
                Some(&at) => entries[at] = self.entry(&entries[at], entry)?,
            }
        }
        Ok(Rc::new(Node::new(below.span, Value::Map(Map { entries }))))
    }

    /// A key that stands in both: the one above is the one that counts, as long as not both are maps.
    fn entry(&mut self, below: &Entry, above: &Entry) -> Read<Entry> {
        let node = self.node(&below.node, &above.node)?;
        let both_are_maps = !Rc::ptr_eq(&node, &above.node);
        let key_span = if both_are_maps { below.key_span } else { above.key_span };
        Ok(Entry { key: above.key.clone(), key_span, node })
    }
}
