//! Warns of members of etcd that may serve stale reads.

use std::collections::BTreeMap;

use crb_lock::Joined;
use crb_observe::{Emitter, What};
use crb_store::LeaseId;
use crb_store::etcd::{Members, StaleReads};
use tokio::sync::watch;

/// Asks all members for their versions whenever the node has joined, and tells `emitter` what is new. Ends with the
/// coordinator that `presence` is of.
pub(crate) async fn warn(members: Members, mut presence: watch::Receiver<Option<Joined>>, emitter: Emitter) {
    let (mut told, mut asked) = (Told::default(), None);
    loop {
        let joined =
            presence.wait_for(|now| lease(now.as_ref()).is_some_and(|lease| asked != Some(lease))).await;
        let Ok(now) = joined.map(|now| lease(now.as_ref())) else { return };
        asked = now;
        for news in told.news(members.versions().await) {
            emitter.emit(news);
        }
    }
}

/// What there is to say of members with these versions.
pub(crate) fn news(versions: Vec<(String, String)>) -> Vec<What> {
    Told::default().news(versions)
}

fn lease(presence: Option<&Joined>) -> Option<LeaseId> {
    presence.map(|joined| joined.lease.id())
}

/// The version that each member told last.
#[derive(Debug, Default)]
struct Told(BTreeMap<String, String>);

impl Told {
    /// What there is to say of those whose version is not the one they told last.
    fn news(&mut self, versions: Vec<(String, String)>) -> Vec<What> {
        versions.into_iter().filter_map(|(endpoint, version)| self.saw(endpoint, version)).collect()
    }

    fn saw(&mut self, endpoint: String, version: String) -> Option<What> {
        if self.0.insert(endpoint.clone(), version.clone()).is_some_and(|before| before == version) {
            return None;
        }
        let mended_by = match StaleReads::of(&version) {
            StaleReads::Mended => return None,
            StaleReads::Possible { mended_by } => Some(mended_by),
            StaleReads::Unknown => None,
        };
        Some(What::StaleReads { endpoint, version, mended_by })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The versions that members tell, and for whom there is news, with what mends them.
    type Step<'a> = (&'a [(&'a str, &'a str)], &'a [(&'a str, Option<&'a str>)]);

    #[test]
    fn each_version_of_a_member_is_told_once_and_only_if_there_is_something_to_tell() {
        let mut told = Told::default();
        let steps: [Step; 6] = [
            (&[("one", "3.4.23"), ("two", "3.5.28")], &[("one", Some("3.4.42"))]),
            (&[("one", "3.4.23"), ("two", "3.5.28")], &[]),
            (&[("two", "3.5.27")], &[("two", Some("3.5.28"))]),
            (&[("one", "3.4.24"), ("two", "3.5.28")], &[("one", Some("3.4.42"))]),
            (&[("three", "3.7.0-alpha.0")], &[("three", None)]),
            (&[], &[]),
        ];
        for (versions, expected) in steps {
            let seen = versions.iter().map(|(endpoint, version)| ((*endpoint).into(), (*version).into()));
            let news = told.news(seen.collect());
            let news: Vec<_> = news
                .iter()
                .map(|what| match what {
                    What::StaleReads { endpoint, mended_by, .. } => (endpoint.as_str(), *mended_by),
                    other => panic!("{other:?}"),
                })
                .collect();
            assert_eq!(news, expected, "{versions:?}");
        }
    }
}
