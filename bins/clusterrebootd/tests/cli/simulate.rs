//! `simulate`: asks the detectors, and nobody else.

use expect_test::expect;

use crate::bed::Bed;

#[test]
fn simulate_tells_of_every_detector_and_touches_nothing_else() {
    let bed = Bed::new();
    let kernel = bed.script("kernel", "echo 'running 6.1.0-1'; echo 'newest 6.1.0-2' >&2; exit 3");
    let broken = bed.script("broken", "echo 'no database' >&2; kill -KILL $$");
    let health = bed.script("health", &format!("touch {}", bed.path("asked").display()));
    let config = |detectors: &str| {
        bed.write(&format!(
            "node_name: node-a\nhealth_script: {health}\netcd_endpoints: [127.0.0.1:1]\n\
             reboot_required_detectors:\n{detectors}"
        ));
    };
    let marker = format!("  - {{type: file, name: marker, path: {}}}\n", bed.path("marker").display());
    let kernel = format!("  - {{type: command, name: old-kernel, cmd: [{kernel}]}}\n");
    let broken = format!("  - {{type: command, name: packages, cmd: [{broken}]}}\n");

    let mut told = vec![];
    for (detectors, code) in
        [(marker.clone(), 0), (format!("{marker}{kernel}"), 0), (format!("{marker}{kernel}{broken}"), 6)]
    {
        config(&detectors);
        let ran = bed.run(&["simulate"]);
        assert_eq!((ran.code, ran.err.as_str()), (code, ""));
        told.push(masked(&ran.out));
    }
    expect![[r#"
        marker  not needed (… ms)
        No reboot is needed.
        ---
        marker      not needed (… ms)
        old-kernel  reboot needed (… ms, exit code 3)
                    | running 6.1.0-1
                    | newest 6.1.0-2
        A reboot is needed.
        ---
        marker      not needed (… ms)
        old-kernel  reboot needed (… ms, exit code 3)
                    | running 6.1.0-1
                    | newest 6.1.0-2
        packages    failed: ended by signal 9 (… ms)
                    | no database
        A detector failed: this holds every reboot of this node back.
    "#]]
    .assert_eq(&told.join("---\n"));
    assert!(!bed.path("asked").exists(), "simulate ran the health script");
}

/// The text without how long things took.
fn masked(text: &str) -> String {
    let mask = |part: &str| match part.split_once(" ms") {
        Some((time, rest)) if time.bytes().all(|byte| byte.is_ascii_digit()) => format!("… ms{rest}"),
        _ => part.to_owned(),
    };
    text.split('(').map(mask).collect::<Vec<_>>().join("(")
}
