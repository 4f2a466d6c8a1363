use std::fs;
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;

use super::*;

const AMPLE: Duration = Duration::from_secs(30);

/// A script in a directory of its own, which it finds in `$DIR`.
struct Fixture {
    dir: TempDir,
    script: Script,
}

impl Fixture {
    fn new(body: &str) -> Self {
        Self::with_timeout(body, AMPLE)
    }

    fn with_timeout(body: &str, timeout: Duration) -> Self {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("healthy");
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let base_env = vec![("DIR".to_owned(), dir.path().display().to_string())];
        let script = Script::try_new(path.display().to_string(), timeout, base_env).unwrap();
        Self { dir, script }
    }

    async fn verdict(&self, phase: ScriptPhase) -> ScriptVerdict {
        self.script.check(&context(phase)).await.verdict
    }

    fn has(&self, name: &str) -> bool {
        self.dir.path().join(name).exists()
    }

    fn lines(&self, name: &str) -> Vec<String> {
        fs::read_to_string(self.dir.path().join(name)).unwrap().lines().map(str::to_owned).collect()
    }
}

fn context(phase: ScriptPhase) -> RunContext {
    RunContext {
        phase,
        lock_enabled: true,
        lock_held: false,
        lock_attempts: 0,
        skip_health: false,
        skip_lock: false,
    }
}

#[tokio::test]
async fn only_exit_code_0_is_healthy() {
    let table = [
        ("exit 0", ScriptVerdict::Healthy),
        ("exit 1", ScriptVerdict::Failed { exit_code: 1 }),
        ("exit 127", ScriptVerdict::Failed { exit_code: 127 }),
        ("kill -KILL $$", ScriptVerdict::Killed { signal: 9 }),
    ];
    for (body, expected) in table {
        assert_eq!(Fixture::new(body).verdict(ScriptPhase::Monitor).await, expected, "{body}");
    }
}

#[tokio::test]
async fn a_script_that_hangs_is_ended_and_says_after_what_time() {
    let after = Duration::from_millis(30);
    let fixture = Fixture::with_timeout("exec sleep 60", after);

    let report = fixture.script.check(&context(ScriptPhase::Heartbeat)).await;

    assert_eq!(report.verdict, ScriptVerdict::TimedOut { after });
    assert!(report.took >= after && report.took < AMPLE, "took {:?}", report.took);
}

#[tokio::test]
async fn a_script_that_cannot_start_is_a_verdict_of_its_own() {
    let script = Script::try_new("/no/such/script", AMPLE, Vec::new()).unwrap();

    let error = "/no/such/script was not found, or its interpreter was not".to_owned();
    let verdict = script.check(&context(ScriptPhase::Heartbeat)).await.verdict;
    assert_eq!(verdict, ScriptVerdict::NotRunnable { error });
}

#[test]
fn the_path_is_absolute() {
    for path in ["", "healthy", "./healthy", "~/healthy"] {
        let error = Script::try_new(path, AMPLE, Vec::new()).unwrap_err();
        assert_eq!(error, RelativePath { path: path.to_owned() });
    }
}

#[tokio::test]
async fn the_script_is_told_why_it_runs_and_its_words_are_kept() {
    let fixture = Fixture::new("env | grep ^RC_ | sort; echo \"${DIR:+base}\" >&2");
    let context = RunContext {
        phase: ScriptPhase::PostLock,
        lock_enabled: true,
        lock_held: true,
        lock_attempts: 3,
        skip_health: false,
        skip_lock: false,
    };

    let report = fixture.script.check(&context).await;

    let expected = "RC_LOCK_ATTEMPTS=3\nRC_LOCK_ENABLED=true\nRC_LOCK_HELD=true\nRC_PHASE=post-lock\n\
                    RC_SKIP_HEALTH=false\nRC_SKIP_LOCK=false\n";
    assert_eq!((report.stdout.as_str(), report.stderr.as_str()), (expected, "base\n"));
}

#[test]
fn every_phase_has_its_name() {
    let table = [
        (ScriptPhase::PreLock, "pre-lock"),
        (ScriptPhase::PostLock, "post-lock"),
        (ScriptPhase::Monitor, "monitor"),
        (ScriptPhase::Heartbeat, "heartbeat"),
        (ScriptPhase::PostReboot, "post-reboot"),
    ];
    for (phase, name) in table {
        assert_eq!(context(phase).env()[0], ("RC_PHASE".to_owned(), name.to_owned()));
    }
}

#[tokio::test]
async fn whoever_asks_while_it_runs_gets_a_run_of_its_own_in_turn() {
    // The directory cannot be made while another run has it.
    let fixture =
        Fixture::new("mkdir $DIR/busy || exit 9; echo $RC_PHASE >> $DIR/runs; sleep 0.02; rmdir $DIR/busy");

    let verdicts = tokio::join!(
        fixture.verdict(ScriptPhase::Heartbeat),
        fixture.verdict(ScriptPhase::PreLock),
        fixture.verdict(ScriptPhase::Heartbeat),
        fixture.verdict(ScriptPhase::PostLock),
    );

    let healthy = || ScriptVerdict::Healthy;
    assert_eq!(verdicts, (healthy(), healthy(), healthy(), healthy()));
    assert_eq!(fixture.lines("runs"), ["heartbeat", "pre-lock", "heartbeat", "post-lock"]);
}

#[tokio::test]
async fn a_check_that_is_dropped_gives_up_its_turn() {
    let fixture = Fixture::new("[ $RC_PHASE != heartbeat ] || { touch $DIR/begun; exec sleep 60; }");

    let begun = async {
        while !fixture.has("begun") {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::select! {
        verdict = fixture.verdict(ScriptPhase::Heartbeat) => panic!("ended by itself: {verdict:?}"),
        () = begun => {}
    }

    assert_eq!(fixture.verdict(ScriptPhase::PreLock).await, ScriptVerdict::Healthy);
}
