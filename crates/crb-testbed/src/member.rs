//! One etcd process: started, watched, paused, killed.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use crate::daemon::{Process, Signal};
use crate::{Certificates, tools};

/// How long a member may take over something that it does at once.
const PATIENCE: Duration = Duration::from_secs(1);

/// How a member is run, so that it can be run again.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) name: String,
    pub(crate) directory: PathBuf,
    pub(crate) address: Ipv4Addr,
    /// The network namespace it runs in, if it has one of its own.
    pub(crate) namespace: Option<String>,
    pub(crate) client_port: u16,
    pub(crate) peer_port: u16,
    /// Serves `/health` and `/metrics` without TLS.
    pub(crate) status_port: u16,
    pub(crate) arguments: Vec<String>,
}

impl Plan {
    fn log(&self) -> PathBuf {
        self.directory.with_extension("log")
    }

    pub(crate) fn client_url(&self, tls: Option<&Certificates>) -> String {
        let scheme = if tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}:{}", self.address, self.client_port)
    }

    pub(crate) fn peer_url(&self) -> String {
        format!("http://{}:{}", self.address, self.peer_port)
    }
}

/// A member that was started, and may have been killed since.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) plan: Plan,
    pub(crate) process: Process,
}

impl Member {
    pub(crate) fn start(plan: Plan, cluster: &str, tls: Option<&Certificates>) -> Self {
        let process = spawn(&plan, cluster, "new", tls);
        Self { plan, process }
    }

    /// Starts it once more, and tells it whether the `cluster` that it finds itself in is `new` or `existing`.
    pub(crate) fn restart(&mut self, cluster: &str, state: &str, tls: Option<&Certificates>) {
        self.kill();
        self.process = spawn(&self.plan, cluster, state, tls);
    }

    /// Ends the process as a power cut does, and waits for it.
    pub(crate) fn kill(&mut self) {
        self.process.signal(Signal::KILL);
        self.process.end();
    }

    /// Whether it has a leader and answers reads.
    pub(crate) fn is_healthy(&self) -> bool {
        self.get("/health").is_some_and(|body| body.contains(r#""health":"true""#))
    }

    /// The value of a metric without labels, while the member answers.
    pub(crate) fn metric(&self, name: &str) -> Option<f64> {
        let metrics = self.metrics()?;
        let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        line.trim().parse().ok()
    }

    /// Everything that it tells Prometheus, while it answers.
    pub(crate) fn metrics(&self) -> Option<String> {
        self.get("/metrics")
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.plan.log()).unwrap_or_default()
    }

    /// What it answers to a plain HTTP request; `None` when it does not answer soon.
    fn get(&self, path: &str) -> Option<String> {
        let address = (self.plan.address, self.plan.status_port).into();
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
    }
}

fn spawn(plan: &Plan, cluster: &str, state: &str, tls: Option<&Certificates>) -> Process {
    let client = plan.client_url(tls);
    let peer = plan.peer_url();
    let status = format!("http://{}:{}", plan.address, plan.status_port);
    let mut command = tools::etcd_in(plan.namespace.as_deref());
    command
        .args(["--name", &plan.name, "--initial-cluster", cluster, "--initial-cluster-state", state])
        .args(["--logger", "zap"])
        .args(["--listen-client-urls", &client, "--advertise-client-urls", &client])
        .args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer])
        .args(["--listen-metrics-urls", &status])
        .args(["--heartbeat-interval", "50", "--election-timeout", "500"])
        .args(&plan.arguments)
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
    Process::start(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log))
}
