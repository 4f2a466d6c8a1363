//! Watches: one stream of etcd, with a watcher a range, read by a task for as long as somebody listens.

use std::sync::{Arc, Weak};

use etcd_client::{Client, Error, Event, EventType, WatchOptions, WatchResponse, WatchStream};
use tokio::select;
use tokio::sync::watch::Receiver;

use super::convert;
use super::failure::{Call, Failure, watch_denied, watch_ended};
use super::link::Link;
use super::links::Links;
use crate::{
    KeyRange, Revision, StoreError, Watch, WatchBatch, WatchEvent, WatchSender, operation, watch_channel,
};

const CALL: Call = Call::reads(operation::WATCH);

pub(super) async fn start(links: &Links, ranges: &[KeyRange], from: Revision) -> Result<Watch, StoreError> {
    let ranges = disjoint(ranges);
    let (link, (stream, early)) = links.ask_which(CALL, |client| open(client, ranges.clone(), from)).await?;
    let (sender, watch) = watch_channel();
    let pump = Pump { endpoint: link.url().to_owned(), link: Arc::downgrade(&link), from, sender };
    tokio::spawn(pump.run(stream, early, link.end()));
    Ok(watch)
}

/// The ranges that lie in no other one. Prefixes are nested or disjoint, so no change is told twice.
fn disjoint(ranges: &[KeyRange]) -> Vec<KeyRange> {
    let mut kept: Vec<KeyRange> = Vec::new();
    for range in ranges {
        if !kept.iter().any(|other| covers(other, range)) {
            kept.retain(|other| !covers(range, other));
            kept.push(range.clone());
        }
    }
    kept
}

fn covers(outer: &KeyRange, inner: &KeyRange) -> bool {
    match (outer, inner) {
        (KeyRange::Key(_), KeyRange::Prefix(_)) => false,
        (_, KeyRange::Key(inner) | KeyRange::Prefix(inner)) => outer.contains(inner),
    }
}

/// Opens the stream and waits until etcd has set up every watcher; gives what came in meanwhile, too.
async fn open(
    mut client: Client,
    ranges: Vec<KeyRange>,
    from: Revision,
) -> Result<(WatchStream, Vec<WatchResponse>), Error> {
    let watcher = |range: &KeyRange| {
        let (start, end) = convert::bounds(range);
        (start, Some(WatchOptions::new().with_range(end).with_start_revision(from.0)))
    };
    let Some((first, others)) = ranges.split_first() else {
        return Err(Error::InvalidArgs("a watch needs a range".to_owned()));
    };
    let (start, options) = watcher(first);
    let mut stream = client.watch(start, options).await?;
    for range in others {
        let (start, options) = watcher(range);
        stream.watch(start, options).await?;
    }
    let mut early = Vec::new();
    while early.iter().filter(|response: &&WatchResponse| response.created()).count() < ranges.len() {
        let response = next(&mut stream).await?;
        if let Some(denied) = response.canceled().then(|| watch_denied(response.cancel_reason())).flatten() {
            return Err(denied);
        }
        early.push(response);
    }
    Ok((stream, early))
}

async fn next(stream: &mut WatchStream) -> Result<WatchResponse, Error> {
    stream.message().await?.ok_or_else(|| Error::WatchError("the stream ended".to_owned()))
}

/// Takes changes from etcd to whoever holds the [`Watch`].
struct Pump {
    endpoint: String,
    /// Weak, for a link that is given up is to end its watches.
    link: Weak<Link>,
    from: Revision,
    sender: WatchSender,
}

impl Pump {
    async fn run(self, mut stream: WatchStream, early: Vec<WatchResponse>, mut link_end: Receiver<()>) {
        let mut outcome = early.iter().try_for_each(|response| self.pass_on(response));
        while outcome.is_ok() {
            outcome = select! {
                () = self.sender.closed() => return,
                _ = link_end.changed() => Err(self.broken("another call found that it does not answer")),
                response = next(&mut stream) => match response {
                    Ok(response) => self.pass_on(&response),
                    Err(error) => Err(self.error(&error)),
                },
            };
        }
        if let Err(error) = outcome {
            // Nobody may be listening any more.
            let _ = self.sender.send(Err(error));
        }
    }

    /// Passes on the changes of a response, a batch a revision.
    fn pass_on(&self, response: &WatchResponse) -> Result<(), StoreError> {
        if response.canceled() {
            let (compacted, reason) = (response.compact_revision(), response.cancel_reason());
            return Err(watch_ended(&self.endpoint, self.from, compacted, reason));
        }
        let revision = |event: &Event| event.kv().map_or(0, etcd_client::KeyValue::mod_revision);
        for changes in response.events().chunk_by(|one, other| revision(one) == revision(other)) {
            let events: Vec<WatchEvent> = changes.iter().filter_map(event).collect();
            let batch = WatchBatch {
                revision: changes.first().map(revision).map_or(Revision::NEVER, Revision),
                events,
            };
            // Whoever has stopped listening is noticed by the loop.
            let _ = self.sender.send(Ok(batch));
        }
        Ok(())
    }

    fn broken(&self, detail: &str) -> StoreError {
        CALL.unanswered(&self.endpoint, detail.to_owned())
    }

    fn error(&self, error: &Error) -> StoreError {
        match Failure::of(error, &CALL) {
            Failure::Refused(error) | Failure::Unknown(error) => error,
            Failure::Lost(detail) => {
                if let Some(link) = self.link.upgrade() {
                    link.note_loss();
                }
                self.broken(&detail)
            }
        }
    }
}

fn event(event: &Event) -> Option<WatchEvent> {
    let pair = convert::pair(event.kv()?);
    Some(match event.event_type() {
        EventType::Put => WatchEvent::Put(pair),
        EventType::Delete => WatchEvent::Delete { key: pair.key, revision: pair.mod_revision },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_within_others_are_not_watched_twice() {
        let [key, other] = ["a/1", "b"].map(KeyRange::key);
        let [wide, narrow] = ["a/", "a/1"].map(KeyRange::prefix);
        let cases = [
            (vec![key.clone(), key.clone()], vec![key.clone()]),
            (vec![key.clone(), wide.clone()], vec![wide.clone()]),
            (vec![wide.clone(), narrow, key.clone()], vec![wide.clone()]),
            (vec![other.clone(), wide.clone()], vec![other, wide]),
            (vec![KeyRange::prefix("a"), KeyRange::key("a")], vec![KeyRange::prefix("a")]),
            (
                vec![KeyRange::key("a"), KeyRange::prefix("ab")],
                vec![KeyRange::key("a"), KeyRange::prefix("ab")],
            ),
        ];
        for (given, kept) in cases {
            assert_eq!(disjoint(&given), kept, "{given:?}");
        }
    }
}
