//! Records as a mutant has them.

use crb_decide::{BootId, ClaimPhase};
use crb_health::encode;
use crb_lock::PlaceRecord;
use crb_store::{Op, OpReply, Txn, TxnReply};

use super::super::step::Map;
use crate::machine::Machine;

/// Marks a boot as another one.
const FORGED: &str = " as forged";

/// Makes every claim of `machine` in `reply` one of another boot.
pub(super) fn boots(reply: &mut TxnReply, machine: &Machine) {
    let now = machine.boot_id();
    for reply in &mut reply.replies {
        let OpReply::Get { items, .. } = reply else { continue };
        for pair in items.iter_mut().filter(|pair| pair.lease.is_none()) {
            let Ok(mut record) = serde_json::from_slice::<PlaceRecord>(&pair.value) else { continue };
            if record.boot_id.as_ref() == Some(&now) {
                record.boot_id = Some(BootId(format!("{}{FORGED}", now.0)));
                pair.value = encode(&record);
            }
        }
    }
}

/// Takes the forgery back where it is about to be put.
pub(super) fn true_boots(txn: &mut Txn, map: &Map) {
    change(txn, map, |record| {
        let boot = record.boot_id.as_ref().map(|boot| boot.0.trim_end_matches(FORGED).to_owned());
        record.boot_id = boot.map(BootId);
    });
}

/// Puts places and claims that do not tell of which machine they are.
pub(super) fn no_machine(txn: &mut Txn, map: &Map) {
    change(txn, map, |record| record.machine_id = None);
}

/// Puts a claim again as it was before it was armed.
pub(super) fn no_arm(txn: &mut Txn, map: &Map) {
    change(txn, map, |record| record.phase = ClaimPhase::Committed);
}

fn change(txn: &mut Txn, map: &Map, change: impl Fn(&mut PlaceRecord)) {
    for op in &mut txn.success {
        if let Op::Put { key, value, .. } = op
            && key.starts_with(&map.queue)
            && let Ok(mut record) = serde_json::from_slice::<PlaceRecord>(value)
        {
            change(&mut record);
            *value = encode(&record);
        }
    }
}
