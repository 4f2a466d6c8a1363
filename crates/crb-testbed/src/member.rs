//! One etcd process: started, watched, paused, killed.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use crate::{Certificates, poll_until, tools};

/// How long a member may take over something that it does at once.
const PATIENCE: Duration = Duration::from_secs(1);

/// How a member is run, so that it can be run again.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) name: String,
    pub(crate) directory: PathBuf,
    pub(crate) client_port: u16,
    pub(crate) peer_port: u16,
    /// Serves `/health` and `/metrics` without TLS.
    pub(crate) status_port: u16,
}

impl Plan {
    fn log(&self) -> PathBuf {
        self.directory.with_extension("log")
    }

    pub(crate) fn client_url(&self, tls: Option<&Certificates>) -> String {
        let scheme = if tls.is_some() { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}", self.client_port)
    }

    pub(crate) fn peer_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.peer_port)
    }
}

/// A member that was started, and may have been killed since.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) plan: Plan,
    child: Child,
}

impl Member {
    pub(crate) fn start(plan: Plan, cluster: &str, tls: Option<&Certificates>) -> Self {
        let child = spawn(&plan, cluster, tls);
        Self { plan, child }
    }

    pub(crate) fn restart(&mut self, cluster: &str, tls: Option<&Certificates>) {
        self.kill();
        self.child = spawn(&self.plan, cluster, tls);
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&mut self, signal: Signal) {
        // A child that was waited for has no process any more, and its number may be another's.
        if self.has_ended() {
            return;
        }
        kill_process(self.raw_pid(), signal).expect("a signal to our own child");
    }

    /// Freezes the process, and waits until it stands still, down to its last thread.
    pub(crate) fn stop(&mut self) {
        self.signal(Signal::STOP);
        let look = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG;
        let stopped = poll_until(PATIENCE, || waitid(WaitId::Pid(self.raw_pid()), look).ok().flatten());
        assert!(stopped.is_some(), "{} does not stop", self.plan.name);
    }

    fn raw_pid(&self) -> Pid {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process id")
    }

    /// Ends the process as a power cut does, and waits for it.
    pub(crate) fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.child.wait().expect("the end of our own child");
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Whether it has a leader and answers reads.
    pub(crate) fn is_healthy(&self) -> bool {
        self.get("/health").is_some_and(|body| body.contains(r#""health":"true""#))
    }

    /// The value of a metric without labels, while the member answers.
    pub(crate) fn metric(&self, name: &str) -> Option<f64> {
        let metrics = self.get("/metrics")?;
        let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        line.trim().parse().ok()
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.plan.log()).unwrap_or_default()
    }

    /// What it answers to a plain HTTP request; `None` when it does not answer soon.
    fn get(&self, path: &str) -> Option<String> {
        let address = ([127, 0, 0, 1], self.plan.status_port).into();
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        // A stopped process, too, ends by SIGKILL; but let nothing of ours stay behind stopped.
        self.signal(Signal::CONT);
        self.kill();
    }
}

fn spawn(plan: &Plan, cluster: &str, tls: Option<&Certificates>) -> Child {
    let client = plan.client_url(tls);
    let peer = plan.peer_url();
    let status = format!("http://127.0.0.1:{}", plan.status_port);
    let mut command = tools::etcd();
    command
        .args(["--name", &plan.name, "--initial-cluster", cluster, "--logger", "zap"])
        .args(["--listen-client-urls", &client, "--advertise-client-urls", &client])
        .args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer])
        .args(["--listen-metrics-urls", &status])
        .args(["--heartbeat-interval", "50", "--election-timeout", "500"])
        .arg("--data-dir")
        .arg(&plan.directory);
    if tools::can_skip_fsync() {
        command.arg("--unsafe-no-fsync");
    }
    if let Some(tls) = tls {
        let files: [(&str, &Path); 3] = [
            ("--trusted-ca-file", &tls.ca_file),
            ("--cert-file", &tls.cert_file),
            ("--key-file", &tls.key_file),
        ];
        command.arg("--client-cert-auth");
        for (flag, file) in files {
            command.arg(flag).arg(file);
        }
    }
    let log = File::options().create(true).append(true).open(plan.log()).expect("a log file");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    command.spawn().expect("a running etcd")
}
