//! What a node remembers of the store from one start to the next, and the port through which it does.

use std::fmt;
use std::io;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use crb_store::{Header, Revision};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::records::PlaceRecord;

/// A point in the history of a store: which cluster, and at which revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorePoint {
    /// The cluster. As text, for not every reader of JSON knows numbers so large.
    #[serde(with = "hexadecimal")]
    pub cluster_id: u64,
    /// The revision.
    pub revision: i64,
}

impl StorePoint {
    pub(crate) const fn header(self) -> Header {
        Header { cluster_id: self.cluster_id, revision: Revision(self.revision) }
    }
}

impl From<Header> for StorePoint {
    fn from(header: Header) -> Self {
        Self { cluster_id: header.cluster_id, revision: header.revision.0 }
    }
}

impl fmt::Display for StorePoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cluster {:x} at revision {}", self.cluster_id, self.revision)
    }
}

/// That the store has gone backwards, or is another one, and no operator has confirmed it yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Regression {
    /// Since when it is known; `None`: it was noticed a moment ago.
    pub since: Option<Timestamp>,
    /// What the node remembered; `None`: its memory cannot be read.
    pub remembered: Option<StorePoint>,
    /// What it found; `None`: the store has not answered yet.
    pub found: Option<StorePoint>,
    /// What tells so, where it is not the revision or the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Where the store stood when it acknowledged this node's hold; `None`: it has not.
    pub held_at: Option<StorePoint>,
}

impl fmt::Display for Regression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.evidence, &self.remembered) {
            (Some(evidence), _) => write!(f, "{evidence}")?,
            (None, Some(remembered)) => write!(f, "it remembers {remembered}")?,
            (None, None) => write!(f, "it remembers nothing")?,
        }
        self.found.map_or(Ok(()), |found| write!(f, ", and found {found}"))
    }
}

/// A claim of this node that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenClaim {
    /// Its key.
    pub key: String,
    /// Its value, as far as this node has gone with it.
    pub record: PlaceRecord,
    /// A revision at which it was put, with an earlier value.
    pub put_at: i64,
}

/// What a node remembers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// The highest point of the store that it has seen.
    pub seen: StorePoint,
    /// Its own open claim.
    pub claim: Option<OpenClaim>,
    /// That the store has gone backwards.
    pub regression: Option<Regression>,
}

/// Keeps what a node remembers, over the end of the process and of the boot.
#[async_trait]
pub trait Memory: Send + Sync {
    /// What was saved last; `None`: nothing was, ever.
    ///
    /// # Errors
    /// Something was saved, and cannot be read.
    fn load(&self) -> io::Result<Option<Remembered>>;

    /// Saves it so that it outlives a power cut. Ends within a bounded time.
    ///
    /// # Errors
    /// It may not have been saved.
    async fn save(&self, remembered: &Remembered) -> io::Result<()>;
}

/// A memory for machines that only live in this process.
#[derive(Debug, Default)]
pub struct RamMemory(Mutex<Option<Remembered>>);

impl RamMemory {
    /// What was saved last.
    pub fn content(&self) -> Option<Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Memory for RamMemory {
    fn load(&self) -> io::Result<Option<Remembered>> {
        Ok(self.content())
    }

    async fn save(&self, remembered: &Remembered) -> io::Result<()> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(remembered.clone());
        Ok(())
    }
}

/// A number as lower-case hexadecimal text, as etcd's own logs show the ids of clusters.
mod hexadecimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "so serde hands it over")]
    pub(super) fn serialize<S: Serializer>(number: &u64, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{number:x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        let text = String::deserialize(from)?;
        u64::from_str_radix(&text, 16).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_json_that_says_what_it_is() {
        let seen = StorePoint { cluster_id: 0xcdf8_1819_4e3a_8c32, revision: 1_042 };
        let remembered = Remembered {
            seen,
            claim: None,
            regression: Some(Regression {
                since: Some(Timestamp::UNIX_EPOCH),
                remembered: Some(StorePoint { revision: 2_000, ..seen }),
                found: Some(seen),
                evidence: None,
                held_at: None,
            }),
        };
        let text = serde_json::to_string(&remembered).unwrap();
        assert!(text.starts_with(r#"{"seen":{"cluster_id":"cdf818194e3a8c32","revision":1042},"#), "{text}");
        assert_eq!(serde_json::from_str::<Remembered>(&text).unwrap(), remembered);
        for broken in ["", "{}", r#"{"seen":{"cluster_id":"x","revision":1},"claim":null,"regression":null}"#]
        {
            assert!(serde_json::from_str::<Remembered>(broken).is_err(), "{broken:?}");
        }
    }

    #[test]
    fn a_regression_says_what_was_remembered_and_what_was_found() {
        let at = |revision| StorePoint { cluster_id: 0x1a, revision };
        let regression = Regression {
            since: None,
            remembered: Some(at(9)),
            found: Some(at(5)),
            evidence: None,
            held_at: None,
        };
        let table = [
            (regression.clone(), "it remembers cluster 1a at revision 9, and found cluster 1a at revision 5"),
            (
                Regression {
                    remembered: None,
                    found: None,
                    evidence: Some("its memory is gone".into()),
                    ..regression
                },
                "its memory is gone",
            ),
        ];
        for (regression, sentence) in table {
            assert_eq!(regression.to_string(), sentence);
        }
    }
}
