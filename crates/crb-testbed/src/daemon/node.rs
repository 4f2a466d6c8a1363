//! A pretended machine and the daemon on it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::log::Log;
use super::process::{Process, program};
use super::{Event, Journal, boot, eventually};

/// A machine that is healthy and needs no reboot, until it is told otherwise.
///
/// Its reboot takes the marker away and kills the daemon, as a machine does that goes down; the test starts it
/// again. Dropping the node kills its daemon.
#[derive(Debug)]
pub struct TestNode {
    name: String,
    program: PathBuf,
    config: Map<String, Value>,
    boots: Option<u32>,
    notify: Option<PathBuf>,
    watchdog: Option<Duration>,
    process: Option<Process>,
    log: Log,
    journal: Journal,
    directory: TempDir,
}

impl TestNode {
    /// A node that runs the daemon `program` and meets its fleet at `endpoints`.
    pub fn new(program: &str, name: &str, endpoints: &[String]) -> Self {
        let directory = TempDir::with_prefix(format!("crb-{name}-")).expect("a temporary directory");
        let at = |file: &str| directory.path().join(file);
        let config = json!({
            "node_name": name,
            "reboot_required_detectors": [{ "type": "file", "path": at("reboot-required") }],
            "health_script": at("health.sh"),
            "health_timeout_sec": 8,
            "health_publish_interval_sec": 1,
            "check_interval_sec": 1,
            "backoff_min_sec": 1,
            "backoff_max_sec": 2,
            "kill_switch_file": at("kill-switch"),
            "etcd_endpoints": endpoints,
            "lock_key": "/test/lock",
            "lock_ttl_sec": 10,
            "presence_ttl_sec": 10,
            "reboot_command": [at("reboot.sh")],
        });
        let Value::Object(config) = config else { unreachable!("it is written as a map") };
        let node = Self {
            name: name.to_owned(),
            program: program.into(),
            config,
            boots: None,
            notify: None,
            watchdog: None,
            process: None,
            log: Log::new(at("log")),
            journal: Journal::new(at("journal")),
            directory,
        };
        node.answer_health(0);
        node.with_health_script(include_str!("health.sh")).with_reboot_script(include_str!("reboot.sh"))
    }

    /// With `value` under a key of the configuration.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.set(key, value);
        self
    }

    /// Puts `value` under a key of the configuration, which the next start finds there.
    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.config.insert(key.to_owned(), value.into());
    }

    /// With a service manager that listens at the socket `notify`.
    #[must_use]
    pub fn with_service_manager(mut self, notify: &Path) -> Self {
        self.notify = Some(notify.to_owned());
        self
    }

    /// With a service manager that ends a daemon which it has not heard of for `patience`.
    #[must_use]
    pub fn with_watchdog(mut self, patience: Duration) -> Self {
        self.watchdog = Some(patience);
        self
    }

    /// With another health script. What ours does stands in `health.sh`.
    #[must_use]
    pub fn with_health_script(self, text: &str) -> Self {
        self.put_script("health.sh", text);
        self
    }

    /// With another reboot command. What ours does stands in `reboot.sh`.
    #[must_use]
    pub fn with_reboot_script(self, text: &str) -> Self {
        self.put_script("reboot.sh", text);
        self
    }

    /// With a journal that it shares with others.
    #[must_use]
    pub fn with_journal(mut self, journal: &Journal) -> Self {
        let link = self.file("journal");
        fs::remove_file(&link).and_then(|()| symlink(journal.file(), &link)).expect("a link to the journal");
        self.journal = journal.clone();
        self
    }

    /// With boot ids of its own, which is what [`boot_anew`](Self::boot_anew) needs.
    #[must_use]
    pub fn with_boots(mut self) -> Self {
        self.enter_boot(1);
        self
    }

    /// Its name in the fleet.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A file in its directory: `config.yaml`, `log`, `journal`, `health.sh`, `reboot.sh`, the daemon's `run/` and
    /// `state/`, or one of the test's.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// What its scripts did.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Puts the marker that its detector looks for.
    pub fn need_reboot(&self) {
        self.put("reboot-required", "");
    }

    /// Takes the marker away.
    pub fn need_no_reboot(&self) {
        self.remove("reboot-required");
    }

    /// Lets the health script end with `exit_code` from now on.
    pub fn answer_health(&self, exit_code: i32) {
        self.put("verdict", &format!("{exit_code}\n"));
    }

    /// Switches the local kill switch.
    pub fn kill_switch(&self, on: bool) {
        if on { self.put("kill-switch", "") } else { self.remove("kill-switch") }
    }

    /// Holds the next script of `phase`, or `command`, which is the reboot command, once it has begun, until it is
    /// [let go](Self::let_go).
    pub fn hold(&self, phase: &str) {
        self.remove(&format!("held-{phase}"));
        self.put(&format!("hold-{phase}"), "");
    }

    /// Waits until a script of `phase` is held.
    pub fn wait_until_held(&self, phase: &str) {
        let file = self.file(&format!("held-{phase}"));
        eventually(&format!("{} is held at {phase}", self.name), || file.exists().then_some(()));
    }

    /// Lets scripts of `phase` go on.
    pub fn let_go(&self, phase: &str) {
        self.remove(&format!("hold-{phase}"));
    }

    /// Starts the daemon, with the configuration as it is now.
    pub fn start(&mut self) {
        self.start_with(&[]);
    }

    /// Starts the daemon with further arguments.
    pub fn start_with(&mut self, arguments: &[&str]) {
        assert!(self.process.as_mut().is_none_or(Process::has_ended), "{} runs already", self.name);
        let log = File::options().append(true).open(&self.log.file).expect("the log");
        self.put_config();
        self.run(log, arguments);
    }

    /// Starts the daemon on whatever its configuration is.
    pub fn start_as_it_is(&mut self) {
        let log = File::options().append(true).open(&self.log.file).expect("the log");
        self.run(log, &[]);
    }

    fn run(&mut self, log: File, arguments: &[&str]) {
        let mut command = self.configured("run");
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.process = Some(Process::start(&mut command));
    }

    /// Runs another command of the program to its end, such as `status`, on the same configuration.
    pub fn output_of(&self, command: &str, arguments: &[&str]) -> Output {
        self.put_config();
        self.configured(command).args(arguments).stdin(Stdio::null()).output().expect("the program")
    }

    /// Changes a key of the configuration, and lets the daemon load it again (SIGHUP).
    pub fn reload_with(&mut self, key: &str, value: impl Into<Value>) {
        self.set(key, value);
        self.put_config();
        self.signal(Signal::HUP);
    }

    /// Puts the configuration as it is now. A start does so by itself.
    pub fn put_config(&self) {
        // What is JSON is YAML.
        let text = serde_json::to_string_pretty(&self.config).expect("a map as JSON");
        self.put("config.yaml", &text);
    }

    /// The next start is in a new boot.
    pub fn boot_anew(&mut self) {
        let boots = self.boots.expect("a node with boots of its own");
        self.enter_boot(boots + 1);
    }

    /// The daemon's process id.
    pub fn id(&mut self) -> u32 {
        self.process().id()
    }

    /// Sends a signal to the daemon.
    pub fn signal(&mut self, signal: Signal) {
        self.process().signal(signal);
    }

    /// Freezes the daemon (SIGSTOP), down to its last thread; what it has started goes on.
    pub fn freeze(&mut self) {
        self.process().freeze();
    }

    /// Lets a frozen daemon go on (SIGCONT).
    pub fn thaw(&mut self) {
        self.signal(Signal::CONT);
    }

    /// Ends the daemon at once (SIGKILL), and waits for that.
    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.process().end();
    }

    /// Whether the daemon has ended, or never ran.
    pub fn has_ended(&mut self) -> bool {
        self.process.as_mut().is_none_or(Process::has_ended)
    }

    /// Waits for the daemon's end. `None`: a signal ended it.
    pub fn exit_code(&mut self) -> Option<i32> {
        self.process().end().code()
    }

    /// Waits for the daemon's end, and says whether it left a core dump.
    pub fn dumped_core(&mut self) -> bool {
        self.process().end().core_dumped()
    }

    /// Everything that the daemon said, over all its starts.
    pub fn events(&mut self) -> &[Event] {
        self.log.events()
    }

    /// Waits for the next event that is `wanted`, after the one that was waited for last.
    pub fn wait_for(&mut self, what: &str, wanted: impl FnMut(&Event) -> bool) -> Event {
        let process = self.process.as_mut().expect("a daemon that was started");
        self.log.wait_for(&format!("{what} of {}", self.name), || process.has_ended(), wanted)
    }

    /// Waits for a pass that ends with the outcome `status`, after the event that was waited for last. An outcome
    /// is told when it changes, in its reasons too.
    pub fn wait_for_outcome(&mut self, status: &str) -> Event {
        self.wait_for(&format!("the outcome {status}"), |event| event.says("run_outcome", "status", status))
    }

    /// The end of its log, for a complaint.
    pub fn log_tail(&self) -> String {
        self.log.tail()
    }

    fn process(&mut self) -> &mut Process {
        self.process.as_mut().expect("a daemon that was started")
    }

    fn configured(&self, command: &str) -> Command {
        let mut program = match self.boots {
            Some(_) => boot::in_boot(&self.file("boot-id"), &self.program),
            None => program(&self.program),
        };
        program.arg(command).arg("--config").arg(self.file("config.yaml"));
        // Each node is a machine of its own, as far as its daemon can tell.
        program.env("RUNTIME_DIRECTORY", self.file("run")).env("STATE_DIRECTORY", self.file("state"));
        let patience = self.watchdog.map(|patience| patience.as_micros().to_string());
        let told = [
            ("NOTIFY_SOCKET", self.notify.as_ref().map(|notify| notify.as_os_str().to_owned())),
            ("WATCHDOG_USEC", patience.map(OsString::from)),
            ("WATCHDOG_PID", None),
        ];
        for (name, value) in told {
            match value {
                Some(value) => program.env(name, value),
                None => program.env_remove(name),
            };
        }
        program
    }

    fn enter_boot(&mut self, number: u32) {
        self.put("boot-id", &format!("{}-boot-{number}\n", self.name));
        self.boots = Some(number);
    }

    /// Puts a file at once, so that nobody reads half of it.
    fn put(&self, name: &str, text: &str) {
        let draft = self.file(&format!("{name}.draft"));
        let put = fs::write(&draft, text).and_then(|()| fs::rename(&draft, self.file(name)));
        put.unwrap_or_else(|error| panic!("{name} of {} cannot be put: {error}", self.name));
    }

    fn put_script(&self, name: &str, text: &str) {
        self.put(name, text);
        make_executable(&self.file(name));
    }

    fn remove(&self, name: &str) {
        match fs::remove_file(self.file(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{name}: {error}"),
            _ => {}
        }
    }
}

fn make_executable(file: &Path) {
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).expect("an executable script");
}
