//! Names that are easily swapped, each a type of its own.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text cannot be a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing, or only white space.
    #[error("a node name must not be blank")]
    Blank,
    /// A slash would open a level of its own among the keys in etcd.
    #[error("a node name must not contain a slash")]
    Slash,
}

/// The name under which a node is known to the fleet: not blank and without a slash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NodeName(String);

impl NodeName {
    /// Takes a name as it is written, without outer white space.
    ///
    /// # Errors
    /// [`NameError`] when it is blank or contains a slash.
    pub fn try_new(name: impl AsRef<str>) -> Result<Self, NameError> {
        let name = name.as_ref().trim();
        if name.is_empty() {
            return Err(NameError::Blank);
        }
        if name.contains('/') {
            return Err(NameError::Slash);
        }
        Ok(Self(name.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for NodeName {
    type Error = NameError;

    fn try_from(name: String) -> Result<Self, NameError> {
        Self::try_new(name)
    }
}

impl From<NodeName> for String {
    fn from(name: NodeName) -> Self {
        name.0
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The kernel's boot id: another one means that the kernel was started anew.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BootId(pub String);

/// The machine's own id (`/etc/machine-id`): tells two machines under one node name apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MachineId(pub String);

impl fmt::Display for BootId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for MachineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_neither_blank_nor_a_path() {
        assert_eq!(NodeName::try_new(" node-a ").map(String::from), Ok("node-a".to_owned()));
        assert_eq!(NodeName::try_new(" \t"), Err(NameError::Blank));
        assert_eq!(NodeName::try_new("rack/node"), Err(NameError::Slash));
    }
}
