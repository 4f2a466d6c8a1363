//! Who is shown colours.

use crate::bed::Bed;

#[test]
fn escape_codes_are_for_terminals_alone_and_never_with_no_color() {
    let bed = Bed::without_etcd();
    bed.put(&["marker"]);
    let good: &[&str] = &["status", "--skip-lock"];
    let piped = bed.run(good);
    assert_eq!(piped.code, 0, "{}", piped.err);
    assert!(!piped.out.contains('\x1b'), "{:?}", piped.out);
    let bad = Bed::new();
    bad.configure("lock_tll_sec: 120\n");
    let wrong: &[&str] = &["validate-config"];
    assert!(!bad.run(wrong).err.contains('\x1b'));

    for (bed, call) in [(&bed, good), (&bad, wrong)] {
        let plain = [("NO_COLOR", "1"), ("TERM", "xterm")];
        assert!(!bed.on_a_terminal(call, &plain).contains('\x1b'), "NO_COLOR: {call:?}");
        assert!(!bed.on_a_terminal(call, &[("TERM", "dumb")]).contains('\x1b'), "TERM=dumb: {call:?}");
        // An empty NO_COLOR is none (no-color.org).
        let coloured = bed.on_a_terminal(call, &[("NO_COLOR", ""), ("TERM", "xterm")]);
        assert!(coloured.contains("\x1b["), "{call:?}: {coloured:?}");
    }
}
