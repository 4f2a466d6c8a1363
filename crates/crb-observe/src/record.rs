//! What one line of the log says, whatever its format.

use jiff::Timestamp;
use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};
use serde_json::Value;

use crate::level::Level;

/// One line of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// When.
    pub ts: Timestamp,
    /// How much it matters.
    pub level: Level,
    /// The node that speaks.
    pub node: String,
    /// Which part of it, such as `lock`; of a diagnostic, the module.
    pub component: &'static str,
    /// The stable name of what happened, such as `lock_acquired`.
    pub event: &'static str,
    /// A sentence for people, where there is something to say.
    pub message: Option<String>,
    /// The details.
    pub fields: Fields,
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut line = serializer.serialize_struct("Record", 7)?;
        line.serialize_field("ts", &stamp(self.ts))?;
        line.serialize_field("level", self.level.as_str())?;
        line.serialize_field("node", &self.node)?;
        line.serialize_field("component", self.component)?;
        line.serialize_field("event", self.event)?;
        match &self.message {
            Some(message) => line.serialize_field("message", message)?,
            None => line.skip_field("message")?,
        }
        line.serialize_field("fields", &self.fields)?;
        line.end()
    }
}

/// A time as it stands in a line: RFC 3339, UTC, to the millisecond.
pub(crate) fn stamp(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// Names and values, in the order in which they were given.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    /// These and one more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.push(name, value);
        self
    }

    /// These, and one more if there is a value for it.
    #[must_use]
    pub fn with_some(self, name: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds one.
    pub fn push(&mut self, name: &'static str, value: impl Into<Value>) {
        self.0.push((name, value.into()));
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }

    /// The value under `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.iter().find_map(|(own, value)| (own == name).then_some(value))
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
