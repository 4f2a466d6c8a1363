//! Nothing of ours grows without end: after a month the store is as small as it was at its beginning.

use crate::scale::weeks;

#[test]
fn a_month_of_roll_outs_and_incidents_leaves_the_store_as_it_was() {
    let weeks = weeks(8, 7).unwrap();

    // By the third week the history has its length: what is added is what ends.
    let (first, last) = (&weeks.ends[2], &weeks.ends[6]);
    assert_eq!(first.keys, last.keys);
    assert_eq!(first.leases, last.leases, "no lease is left behind");
    assert!(first.total().abs_diff(last.total()) < 100, "but for the digits of counters: {weeks:#?}");
    assert_eq!(first.keys.get("queue"), None);
    assert_eq!((first.keys["health"], first.keys["presence"]), (8, 8));
    assert_eq!(first.keys["single"], 1, "the guard alone");
    // A lease for each presence and each entry of the history.
    assert_eq!(first.leases, 8 + first.keys["history"]);
    assert!(first.keys["history"] >= 8, "each but the first has rebooted, and one in vain");

    // But for the history, that is what stood there when everybody had joined, and the guard, which the first commit puts.
    let beginning = &weeks.first;
    assert_eq!(beginning.keys, [("health", 8), ("presence", 8)].into());
    for records in ["health", "presence"] {
        assert!(beginning.bytes[records].abs_diff(last.bytes[records]) < 100, "{records}: {weeks:#?}");
    }
}
