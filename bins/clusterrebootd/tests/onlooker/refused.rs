//! What cannot be shown, with what to do about it, and with which code it ends.

use crate::bed::Bed;

#[test]
fn an_etcd_that_is_away_is_one_error_with_where_it_was_looked_for_and_what_to_do() {
    let mut bed = Bed::new();
    bed.configure(1);
    bed.cluster.kill(0);
    for arguments in [&[][..], &["--watch"], &["--output", "json"], &["--watch", "--output", "json"]] {
        let ran = bed.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{arguments:?}: {ran:?}");
        for part in
            ["clusterrebootd: etcd does not answer", &bed.cluster.endpoints()[0], "etcd_endpoints", "c.yaml"]
        {
            assert!(ran.err.contains(part), "{part:?} is missing in {}", ran.err);
        }
    }
}

#[test]
fn a_state_or_an_order_that_there_is_none_of_is_a_usage_error_that_names_them_all() {
    let bed = Bed::new();
    let cases = [
        (&["--state", "sick"][..], "unhealthy"),
        (&["--state", "waiting,"], "overdue"),
        (&["--sort", "age"], "last-reboot"),
    ];
    for (arguments, known) in cases {
        let ran = bed.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (64, ""), "{arguments:?}: {ran:?}");
        assert!(ran.err.contains(known), "{}", ran.err);
    }
}

#[test]
fn an_empty_etcd_is_an_empty_fleet() {
    let ran = Bed::new().run(&[]);
    let expected = "0 nodes · none needs a reboot · slots 0 of 1 taken · no cooldown · not paused\n";
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, expected, ""));
}
