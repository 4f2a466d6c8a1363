use std::fs;
use std::path::Path;

use tempfile::TempDir;
use tokio::time::sleep;

use super::*;
use crate::{End, KEPT_BYTES};

/// Long enough to be never reached by what ends by itself.
const AMPLE: Duration = Duration::from_secs(30);

fn sh(script: &str) -> Job {
    Job::new(["/bin/sh", "-c", script], AMPLE)
}

async fn run(job: Job) -> Finished {
    job.run().await.unwrap()
}

/// Awaits a condition that nobody announces.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let wait = async {
        while !holds() {
            sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(AMPLE, wait).await.unwrap_or_else(|_| panic!("never came true: {what}"));
}

/// The state letter of a process; `None` once it was reaped.
fn state(pid: i32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

/// Whether a process runs; a zombie does not.
fn runs(pid: i32) -> bool {
    state(pid).is_some_and(|state| state != 'Z')
}

/// Lines of a script that wait until a file `go` is there.
const AWAIT_GO: &str = "until [ -e go ]; do sleep 0.01; done";

fn pids(text: &str) -> Vec<i32> {
    text.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
}

/// Runs `script` for longer and longer until it got as far as writing `lines` lines before its time was up.
async fn run_out(script: &str, lines: usize, grace: Duration) -> Finished {
    for millis in [30, 200, 1_000, 5_000] {
        let mut job = sh(script).grace(grace);
        job.timeout = Duration::from_millis(millis);
        let finished = run(job).await;
        assert_eq!(finished.end, End::TimedOut);
        if finished.stdout.text.lines().count() >= lines {
            return finished;
        }
    }
    panic!("the script did not get far enough");
}

#[tokio::test]
async fn tells_exit_codes_and_signals_apart() {
    let table = [
        ("exit 0", End::Exited(0)),
        ("exit 1", End::Exited(1)),
        ("exit 126", End::Exited(126)),
        ("no-such-program-anywhere", End::Exited(127)),
        ("exit 137", End::Exited(137)),
        ("kill -KILL $$", End::Signalled(9)),
        ("kill -TERM $$", End::Signalled(15)),
    ];
    for (script, expected) in table {
        assert_eq!(run(sh(script)).await.end, expected, "{script}");
    }
}

#[tokio::test]
async fn hands_over_words_and_environment_untouched() {
    let argv =
        ["/bin/sh", "-c", r#"printf '%s|' "$@" "$RC_PHASE" "${PATH:+inherited}""#, "-", "a b", "$HOME; *"];
    let job = Job::new(argv, AMPLE).env([("RC_PHASE".to_owned(), "pre lock".to_owned())]);

    assert_eq!(run(job).await.stdout.text, "a b|$HOME; *|pre lock|inherited|");
}

#[tokio::test]
async fn keeps_the_two_streams_apart_and_gives_nothing_to_read() {
    let finished = run(sh("cat; echo out; echo err >&2")).await;

    assert_eq!((finished.stdout.text.as_str(), finished.stderr.text.as_str()), ("out\n", "err\n"));
    assert!(!finished.stdout.truncated && !finished.stderr.truncated);
}

#[tokio::test]
async fn a_flood_on_both_streams_neither_blocks_the_child_nor_is_kept() {
    let flood = "head -c 10485760 /dev/zero | tr '\\0' x";
    for on_drop in [OnDrop::EndGroup, OnDrop::LeaveRunning] {
        let finished = run(sh(&format!("{flood}; {flood} >&2; exit 4")).on_drop(on_drop)).await;

        assert_eq!(finished.end, End::Exited(4));
        for captured in [finished.stdout, finished.stderr] {
            assert!(captured.truncated);
            assert_eq!(captured.text, "x".repeat(KEPT_BYTES) + "… [cut after 64 KiB]");
        }
    }
}

#[tokio::test]
async fn a_grandchild_that_holds_the_pipe_delays_nothing_and_is_left_alone() {
    let dir = TempDir::new().unwrap();
    let at = |name: &str| dir.path().join(name);
    let finished = run(sh(&format!("cd {}; ({AWAIT_GO}; touch done) & exit 3", dir.path().display()))).await;

    assert_eq!(finished.end, End::Exited(3));
    fs::write(at("go"), "").unwrap();
    until("the grandchild is done", || at("done").exists()).await;
}

#[tokio::test]
async fn the_time_out_ends_a_whole_group_that_ignores_term() {
    let script = "trap '' TERM; sleep 60 & echo $!; echo $$; while :; do sleep 60; done";
    let finished = run_out(script, 2, Duration::from_millis(20)).await;

    let pids = pids(&finished.stdout.text);
    until("the group is dead", || !pids.iter().any(|&pid| runs(pid))).await;
}

#[tokio::test]
async fn the_time_out_ends_a_group_whose_leader_obeys_and_whose_grandchild_does_not() {
    let script = "(trap '' TERM; exec sleep 60) & echo $!; exec sleep 60";
    let finished = run_out(script, 1, Duration::from_millis(20)).await;

    let grandchild = pids(&finished.stdout.text)[0];
    until("the grandchild is dead", || !runs(grandchild)).await;
}

#[tokio::test]
async fn term_leaves_leader_and_grandchildren_time_to_tidy_up() {
    let tidy = "trap 'echo tidied; exit' TERM; sleep 60 & echo ready; wait";
    let by_leader = tidy.to_owned();
    let by_grandchild = format!("({tidy}) & wait");
    for script in [by_leader, by_grandchild] {
        let finished = run_out(&script, 2, Duration::from_secs(1)).await;

        assert_eq!(finished.stdout.text, "ready\ntidied\n");
    }
}

#[tokio::test]
async fn the_grace_is_not_waited_out_for_a_group_that_is_gone() {
    let finished = run_out("echo ready; exec sleep 60", 1, AMPLE).await;

    assert!(finished.took < AMPLE / 2);
}

#[tokio::test]
async fn dropping_the_run_kills_the_group_at_once_and_reaps_the_child() {
    let dir = TempDir::new().unwrap();
    let noted = dir.path().join("pids");
    let script =
        format!("trap '' TERM; sleep 60 & echo $! $$ > {0}.part; mv {0}.part {0}; wait", noted.display());

    drop_once_there(&sh(&script), &noted).await;

    let pids = pids(&fs::read_to_string(&noted).unwrap());
    until("both are dead", || !pids.iter().any(|&pid| runs(pid))).await;
    until("the child is reaped", || state(pids[1]).is_none()).await;
}

#[tokio::test]
async fn a_child_that_is_to_go_on_without_us_goes_on_and_can_still_write() {
    let dir = TempDir::new().unwrap();
    let at = |name: &str| dir.path().join(name);
    let script = format!(
        "cd {}; touch begun; {AWAIT_GO}; head -c 1000000 /dev/zero; echo on >&2 && touch done",
        dir.path().display()
    );

    drop_once_there(&sh(&script).on_drop(OnDrop::LeaveRunning), &at("begun")).await;
    fs::write(at("go"), "").unwrap();

    until("it is done", || at("done").exists()).await;
}

/// Begins to run `job`, and drops the run when `file` is there.
async fn drop_once_there(job: &Job, file: &Path) {
    tokio::select! {
        finished = job.run() => panic!("ended by itself: {finished:?}"),
        () = until("the script got going", || file.exists()) => {}
    }
}

#[tokio::test]
async fn says_why_a_program_does_not_start() {
    let dir = TempDir::new().unwrap();
    let file = |name: &str, content: &str, mode: u32| {
        let path = dir.path().join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        path.display().to_string()
    };
    let missing = dir.path().join("missing").display().to_string();
    let plain = file("plain", "#!/bin/sh\n", 0o644);
    let orphan = file("orphan", "#!/no/such/interpreter\n", 0o755);
    let shebangless = file("shebangless", "exit 0\n", 0o755);
    let table: [(&[&str], &str); 8] = [
        (&[], "the command names no program"),
        (&["  ", "x"], "the command names no program"),
        (&[&missing], &format!("{missing} was not found, or its interpreter was not")),
        (&["no-such-program"], "no-such-program was not found, or its interpreter was not"),
        (&[&orphan], &format!("{orphan} was not found, or its interpreter was not")),
        (&[&plain], &format!("{plain} may not be executed")),
        (&["/tmp"], "/tmp may not be executed"),
        (&[&shebangless], &format!("{shebangless} could not be started: Exec format error (os error 8)")),
    ];
    for (argv, expected) in table {
        let error = Job::new(argv.iter().copied(), AMPLE).run().await.unwrap_err();
        assert_eq!(error.to_line(), expected);
        assert!(error.is_refusal(), "{error}");
    }
}

#[tokio::test]
async fn waits_a_little_for_a_script_that_is_still_being_written() {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;

    let dir = TempDir::new().unwrap();
    let path = dir.path().join("script");
    let mut script = fs::OpenOptions::new().write(true).create_new(true).mode(0o755).open(&path).unwrap();
    script.write_all(b"#!/bin/sh\nexit 5\n").unwrap();

    let job = Job::new([path.display().to_string()], AMPLE);
    // The first start fails before the file is closed: `join!` polls in this order.
    let (finished, ()) = tokio::join!(job.run(), async { drop(script) });

    assert_eq!(finished.unwrap().end, End::Exited(5));
}

#[tokio::test]
async fn the_child_reads_what_it_is_given_and_then_the_end() {
    assert_eq!(run(sh("cat").stdin("one\ntwo\n")).await.stdout.text, "one\ntwo\n");
    assert_eq!(run(sh("cat")).await.stdout.text, "", "without an input there is nothing to read");
    // More than a pipe holds.
    let long = "x".repeat(300_000);
    assert_eq!(run(sh("wc -c").stdin(long.clone())).await.stdout.text.trim(), "300000");
    assert_eq!(run(sh("exit 3").stdin(long)).await.end, End::Exited(3), "nobody has to read it");
}
