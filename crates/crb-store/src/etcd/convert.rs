//! Our types to etcd-client's, and back.

use std::time::Duration;

use etcd_client::{
    Client, CompareOp, DeleteOptions, Error, GetOptions, GetResponse, KvClient, LeaseTimeToLiveResponse,
    PutOptions, ResponseHeader, TxnOp, TxnOpResponse, TxnResponse,
};

use crate::{
    Compare, Header, KeyRange, KeyValue, LeaseId, Op, OpReply, Page, Relation, Revision, Target, Txn,
    TxnReply,
};

/// The largest answer we take. The transport's own limit, 4 MiB, is below what a page of large values can reach.
const LARGEST_ANSWER: usize = 64 << 20;

pub(super) fn kv_client(client: &Client) -> KvClient {
    client.kv_client().max_decoding_message_size(LARGEST_ANSWER)
}

/// Start and end as etcd wants them, without an end for one key.
pub(super) fn bounds(range: &KeyRange) -> (Vec<u8>, Vec<u8>) {
    match range {
        KeyRange::Key(key) => (key.clone().into_bytes(), Vec::new()),
        // No byte of UTF-8 is 0xff, so all keys lie below. Told by its own word for no end at all, etcd does not
        // notice that a transaction both puts and deletes a key.
        KeyRange::Prefix(prefix) if prefix.is_empty() => (vec![0], vec![0xff]),
        KeyRange::Prefix(prefix) => {
            let mut end = prefix.clone().into_bytes();
            // For the same reason the last byte can be raised.
            if let Some(last) = end.last_mut() {
                *last += 1;
            }
            (prefix.clone().into_bytes(), end)
        }
    }
}

/// The part of `range` behind the key `after`.
pub(super) fn bounds_after(range: &KeyRange, after: Option<&str>) -> (Vec<u8>, Vec<u8>) {
    let (start, end) = bounds(range);
    let successor = |key: &[u8]| [key, b"\0"].concat();
    match after.map(|after| successor(after.as_bytes())) {
        Some(next) if next > start => {
            let end = if end.is_empty() { successor(&start) } else { end };
            (next, end)
        }
        _ => (start, end),
    }
}

pub(super) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

pub(super) fn txn(txn: Txn) -> etcd_client::Txn {
    let compares: Vec<_> = txn.compares.iter().map(compare).collect();
    let [success, failure] =
        [txn.success, txn.failure].map(|ops| ops.into_iter().map(op).collect::<Vec<_>>());
    etcd_client::Txn::new().when(compares).and_then(success).or_else(failure)
}

fn compare(compare: &Compare) -> etcd_client::Compare {
    let relation = match compare.relation {
        Relation::Equal => CompareOp::Equal,
        Relation::NotEqual => CompareOp::NotEqual,
        Relation::Less => CompareOp::Less,
        Relation::Greater => CompareOp::Greater,
    };
    let (start, end) = bounds(&compare.range);
    let whole = match compare.target {
        Target::Version(version) => etcd_client::Compare::version(start, relation, version),
        Target::Create(Revision(at)) => etcd_client::Compare::create_revision(start, relation, at),
        Target::Mod(Revision(at)) => etcd_client::Compare::mod_revision(start, relation, at),
        Target::Lease(lease) => etcd_client::Compare::lease(start, relation, lease.map_or(0, |id| id.0)),
    };
    whole.with_range(end)
}

fn op(op: Op) -> TxnOp {
    match op {
        Op::Get { range, limit: most } => {
            let (start, end) = bounds(&range);
            TxnOp::get(start, Some(GetOptions::new().with_range(end).with_limit(limit(most))))
        }
        Op::Put { key, value, lease } => {
            let options = lease.map(|LeaseId(id)| PutOptions::new().with_lease(id));
            TxnOp::put(key, value, options)
        }
        Op::Delete { range } => {
            let (start, end) = bounds(&range);
            TxnOp::delete(start, Some(DeleteOptions::new().with_range(end)))
        }
    }
}

pub(super) fn txn_reply(response: &TxnResponse) -> Result<TxnReply, Error> {
    let replies = response.op_responses().into_iter().map(op_reply).collect::<Result<_, _>>()?;
    Ok(TxnReply { header: header(response.header())?, succeeded: response.succeeded(), replies })
}

fn op_reply(response: TxnOpResponse) -> Result<OpReply, Error> {
    match response {
        TxnOpResponse::Get(get) => Ok(OpReply::Get { items: pairs(&get), more: get.more() }),
        TxnOpResponse::Put(_) => Ok(OpReply::Put),
        TxnOpResponse::Delete(delete) => Ok(OpReply::Delete(delete.deleted())),
        TxnOpResponse::Txn(_) => Err(Error::Internal("an answer to what was not asked".to_owned())),
    }
}

pub(super) fn page(response: &GetResponse) -> Result<Page, Error> {
    Ok(Page { header: header(response.header())?, items: pairs(response), more: response.more() })
}

fn pairs(response: &GetResponse) -> Vec<KeyValue> {
    response.kvs().iter().map(pair).collect()
}

pub(super) fn pair(pair: &etcd_client::KeyValue) -> KeyValue {
    KeyValue {
        key: String::from_utf8_lossy(pair.key()).into_owned(),
        value: pair.value().to_owned(),
        create_revision: Revision(pair.create_revision()),
        mod_revision: Revision(pair.mod_revision()),
        version: pair.version(),
        lease: Some(LeaseId(pair.lease())).filter(|lease| lease.0 != 0),
    }
}

fn header(header: Option<&ResponseHeader>) -> Result<Header, Error> {
    let header = header.ok_or_else(|| Error::Internal("an answer without a header".to_owned()))?;
    Ok(Header { cluster_id: header.cluster_id(), revision: Revision(header.revision()) })
}

/// How long a lease lives after it was renewed.
pub(super) fn ttl(lease: &LeaseTimeToLiveResponse) -> Duration {
    Duration::from_secs(u64::try_from(lease.granted_ttl()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_become_start_and_end() {
        let key = KeyRange::key("b");
        let prefix = KeyRange::prefix("b/");
        let all = KeyRange::prefix("");
        let wide = KeyRange::prefix("é");
        let cases = [
            (&key, None, "b", &b""[..]),
            (&key, Some("a"), "b", b""),
            (&key, Some("b"), "b\0", b"b\0"),
            (&key, Some("c"), "c\0", b"b\0"),
            (&prefix, None, "b/", b"b0"),
            (&prefix, Some("a"), "b/", b"b0"),
            (&prefix, Some("b/x"), "b/x\0", b"b0"),
            (&all, None, "\0", b"\xff"),
            (&all, Some("b"), "b\0", b"\xff"),
            (&wide, None, "é", "ê".as_bytes()),
        ];
        for (range, after, start, end) in cases {
            let bounds = bounds_after(range, after);
            assert_eq!(bounds, (start.into(), end.to_vec()), "{range:?} after {after:?}");
        }
    }
}
