//! What `status` says to people, where there is no etcd.

use expect_test::expect;

use crb_testbed::Ran;

use crate::bed::Bed;

#[test]
fn status_tells_the_answer_first_and_then_every_gate_however_wide_the_screen_is() {
    let bed = Bed::new();
    // Nepal never changes its clocks.
    bed.configure(
        "etcd_endpoints: [127.0.0.1:1]\n\
         windows: {timezone: Asia/Kathmandu, deny: [{from: 2020-01-01, until: 2199-01-01}]}\ndry_run: true\n",
    );
    bed.put(&["marker", "sick"]);
    let told = |columns| {
        let ran = Ran::of(bed.command(&["status", "--skip-lock"]).env("COLUMNS", columns));
        // How far away the end is.
        let days = |word: &str| word.parse::<u32>().is_ok_and(|days| days > 1000);
        ran.out.split(' ').map(|word| if days(word) { "…" } else { word }).collect::<Vec<_>>().join(" ")
    };
    let narrow = told("80");
    assert!(narrow.lines().all(|line| line.chars().count() <= 80), "{narrow}");
    expect![[r#"
        node-a: window_denied
          the deny window "from 2020-01-01 until 2199-01-01" is active, and nothing ends
            that [window_denied]

        reboot required: yes
        dry run: on, nothing is ever rebooted
        windows: closed, and nothing opens within 400 days
        open      kill_switch    pre-lock
        open      detectors      pre-lock
        closed    windows        pre-lock
                  the deny window "from 2020-01-01 until 2199-01-01" is active, and
                    nothing ends that [window_denied]
        closed    health_script  pre-lock
                  the health script ended with 1 [script_failed]
        not asked kill_switch    post-lock (--skip-lock)
        not asked detectors      post-lock (--skip-lock)
        not asked windows        post-lock (--skip-lock)
        not asked health_script  post-lock (--skip-lock)
        not asked fleet          post-lock (--skip-lock)
    "#]]
    .assert_eq(&narrow);
    expect![[r#"
        node-a: window_denied
          the deny window "from 2020-01-01 until 2199-01-01" is active, and nothing ends that [window_denied]

        reboot required: yes
        dry run: on, nothing is ever rebooted
        windows: closed, and nothing opens within 400 days
        open      kill_switch    pre-lock
        open      detectors      pre-lock
        closed    windows        pre-lock
                  the deny window "from 2020-01-01 until 2199-01-01" is active, and nothing ends that [window_denied]
        closed    health_script  pre-lock
                  the health script ended with 1 [script_failed]
        not asked kill_switch    post-lock (--skip-lock)
        not asked detectors      post-lock (--skip-lock)
        not asked windows        post-lock (--skip-lock)
        not asked health_script  post-lock (--skip-lock)
        not asked fleet          post-lock (--skip-lock)
    "#]].assert_eq(&told("200"));
}

#[test]
fn status_names_the_next_opening_and_closing_in_local_time() {
    let bed = Bed::new();
    // Nepal never changes its clocks.
    bed.configure(
        "etcd_endpoints: [127.0.0.1:1]\n\
         windows: {timezone: Asia/Kathmandu, allow: [{cron: 0 2 * * *, duration: 1m}], deny: [{from: 2020-01-01, until: 2020-01-02}]}\n",
    );
    bed.put(&["marker"]);
    let text = bed.run(&["status", "--skip-lock"]).out;
    let line = text.lines().find(|line| line.starts_with("windows: ")).unwrap();
    assert!(line.contains(" 02:00 Asia/Kathmandu"), "{line}");
    let told = bed.run(&["status", "--skip-lock", "--output", "json"]).out;
    let windows = &serde_json::from_str::<serde_json::Value>(&told).unwrap()["windows"];
    assert_eq!(windows["timezone"], "Asia/Kathmandu", "{windows}");
    for (key, end) in [("opens_at", "T02:00:00+05:45"), ("closes_at", "T02:01:00+05:45")] {
        assert!(windows[key].as_str().unwrap().ends_with(end), "{key} in {windows}");
    }
}
