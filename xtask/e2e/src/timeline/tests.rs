//! A rule that cannot be broken proves nothing: timelines are made by hand, good ones and bad ones.

use expect_test::expect;

use super::*;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Lines of `second node what`.
fn tale(text: &str) -> Timeline {
    let happenings: Vec<Happening> = text
        .lines()
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let what = match words[2] {
                "on" => What::PowerOn,
                "off" => What::PowerOff,
                "shut-down" => What::ShutDown,
                "goes-down" => What::GoesDown,
                "reset" => What::Reset { by_itself: true },
                "cut" => What::Reset { by_itself: false },
                boot => What::Up(boot.to_owned()),
            };
            Happening { at: seconds(words[0].parse().unwrap()), node: words[1].to_owned(), what }
        })
        .collect();
    Timeline::of("a tale", &happenings, seconds(10), seconds(100))
}

const BOOTED: &str = "0 a on\n0 b on\n5 a boot-1\n6 b boot-1";

fn after_boot(text: &str) -> Timeline {
    tale(&[BOOTED, text].join("\n"))
}

#[test]
fn a_node_is_down_from_the_first_sign_until_it_is_up_in_another_boot() {
    let cases = [
        // An orderly reboot counts from when systemd begins with it.
        ("20 a goes-down\n24 a reset\n40 a boot-2", vec![("a", 20)]),
        // A power cut has no other sign than the reset.
        ("24 a cut\n40 a boot-2", vec![("a", 16)]),
        // An agent that says hello again on the way down brings nothing back.
        ("20 a goes-down\n21 a boot-1\n24 a reset\n40 a boot-2", vec![("a", 20)]),
        // Whoever does not come back is down until the end.
        ("20 a goes-down\n24 a off", vec![("a", 80)]),
        ("20 b goes-down\n24 b shut-down\n25 b off\n30 b on\n50 b boot-2", vec![("b", 30)]),
        // Two of the same node are two.
        ("20 a cut\n30 a boot-2\n50 a cut\n70 a boot-3", vec![("a", 10), ("a", 20)]),
        ("", vec![]),
    ];
    for (text, expected) in cases {
        let outings: Vec<_> = after_boot(text).outings();
        let expected: Vec<_> =
            expected.into_iter().map(|(node, time)| (node.to_owned(), seconds(time))).collect();
        assert_eq!(outings, expected, "{text}");
    }
}

#[test]
fn a_farewell_lasts_from_the_first_sign_to_the_reset() {
    let cases = [
        ("20 a goes-down\n24 a reset\n40 a boot-2", vec![("a", 4)]),
        ("20 b goes-down\n26 b shut-down\n27 b off", vec![("b", 6)]),
        // A power cut leaves no time for one.
        ("20 a cut\n40 a boot-2\n50 b goes-down\n57 b reset", vec![("b", 7)]),
        // One that hangs on its way down.
        ("20 a goes-down\n21 a boot-1", vec![("a", 80)]),
    ];
    for (text, expected) in cases {
        let expected: Vec<_> =
            expected.into_iter().map(|(node, time)| (node.to_owned(), seconds(time))).collect();
        assert_eq!(after_boot(text).farewells(), expected, "{text}");
    }
}

#[test]
fn two_that_are_down_at_once_are_found() {
    let cases = [
        ("20 a goes-down\n24 a reset\n40 a boot-2\n40 b goes-down\n44 b reset\n60 b boot-2", None),
        ("20 a goes-down\n24 a reset\n40 a boot-2\n39 b goes-down\n44 b reset\n60 b boot-2", Some((39, 40))),
        // It is not enough that the machine is on again.
        ("20 a goes-down\n24 a reset\n30 b cut\n40 a boot-2\n50 b boot-2", Some((30, 40))),
        ("20 a off\n90 b goes-down", Some((90, 100))),
        ("20 b goes-down\n22 a goes-down\n30 a reset\n31 b reset\n40 a boot-2\n50 b boot-2", Some((22, 40))),
    ];
    for (text, expected) in cases {
        let overlaps = after_boot(text).overlaps(None);
        let times: Vec<_> = overlaps.iter().map(|overlap| (overlap.from, overlap.to)).collect();
        let expected: Vec<_> = expected.into_iter().map(|(from, to)| (seconds(from), seconds(to))).collect();
        assert_eq!(times, expected, "{text}");
    }
}

#[test]
fn a_node_that_an_operator_gave_up_is_excused_from_then_on() {
    let text = "20 a off\n50 b goes-down\n60 b reset\n70 b boot-2";
    assert_eq!(after_boot(text).overlaps(Some(("a", seconds(50)))), []);
    let early = after_boot(text).overlaps(Some(("a", seconds(55))));
    assert_eq!(early.len(), 1, "it went before the operator had said so");
    assert_eq!(after_boot(text).overlaps(Some(("b", seconds(0)))), []);
}

#[test]
fn what_was_before_the_scenario_is_cut_off() {
    let timeline = tale("0 a on\n20 a boot-1");
    let spans = &timeline.nodes["a"];
    assert_eq!(spans[0], Span { from: seconds(10), to: seconds(20), power: Power::Boots });
    assert_eq!(spans[1], Span { from: seconds(20), to: seconds(100), power: Power::Up("boot-1".into()) });
}

fn drawn() -> Timeline {
    let text = "20 a goes-down\n24 a reset\n40 a boot-2\n45 b goes-down\n50 b reset\n75 b boot-2";
    let claims = vec![
        Claim { node: "a".into(), from: seconds(19), to: seconds(43) },
        Claim { node: "b".into(), from: seconds(44), to: seconds(77) },
    ];
    let marks = vec![(seconds(15), "a, b need a reboot".to_owned())];
    Timeline { claims, marks, ..after_boot(text) }
}

#[test]
fn a_terminal_shows_a_line_a_node() {
    expect![[r"
        a tale (90 s)
        a ========vvvvv^^^^^^^^^^^^^^=====================================================
                  ----------------------
        b ===============================vvvvv^^^^^^^^^^^^^^^^^^^^^^======================
                                        ------------------------------
            5 s  a, b need a reboot
        = up   v going down   ^ coming up   x off   - its claim stands in etcd
    "]]
    .assert_eq(&text(&drawn()));
}

#[test]
fn a_picture_has_a_bar_for_every_stretch_of_time_and_every_claim() {
    let picture = svg(&drawn());
    assert!(picture.starts_with("<svg xmlns=") && picture.ends_with("</svg>\n"), "{picture}");
    for told in
        ["a: going down for 4.0 s", "b: coming up for 25.0 s", "the claim of b", "5 s: a, b need a reboot"]
    {
        assert!(picture.contains(told), "{told} is missing in {picture}");
    }
    let hostile = Timeline { title: "<a & \"b\">".into(), ..drawn() };
    assert!(svg(&hostile).contains("&lt;a &amp; &quot;b&quot;&gt;"));
}
