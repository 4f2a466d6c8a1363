//! A cluster of etcd members on this machine.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::daemon::Signal;
use crate::member::{Member, Plan};
use crate::{Certificates, ClusterSpec, Network, SmallDisk, poll_until, ports, tools};

/// How long members may take to serve, or to agree on a leader.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often a start is tried again because somebody else took a port first.
const ATTEMPTS: usize = 5;

/// A real etcd cluster with its data in a temporary directory. Dropping it ends every member.
///
/// Members are told by their index, from 0. Its functions block for as long as they wait, and panic when the
/// cluster does not do as it is told.
#[derive(Debug)]
pub struct EtcdCluster {
    members: Vec<Member>,
    description: String,
    tls: Option<Certificates>,
    /// The password of etcd's own root, once there are users.
    root: Option<String>,
    network: Option<Network>,
    disks: Vec<SmallDisk>,
    directory: TempDir,
}

impl EtcdCluster {
    /// Starts so many members and waits until all of them serve.
    pub fn start(members: usize) -> Self {
        ClusterSpec::of(members).start()
    }

    /// The same, with TLS on both sides: clients must show a certificate.
    pub fn start_with_tls(members: usize) -> Self {
        Self::start_with_tls_for(&["127.0.0.1", "::1", "localhost"], members)
    }

    /// The same, but the servers' certificate is for these names, which need not be theirs.
    pub fn start_with_tls_for(names: &[&str], members: usize) -> Self {
        ClusterSpec::of(members).with_tls_for(names).start()
    }

    pub(crate) fn made(mut spec: ClusterSpec) -> Self {
        for _ in 0..ATTEMPTS {
            let mut cluster = Self::spawn(&mut spec);
            if cluster.wait_until_healthy() {
                return cluster;
            }
            spec.network = cluster.network.take();
        }
        panic!("etcd found no free ports in {ATTEMPTS} attempts");
    }

    fn spawn(spec: &mut ClusterSpec) -> Self {
        let directory = TempDir::with_prefix("crb-etcd-").expect("a temporary directory");
        let network = spec.network.take();
        let tls = spec.certificate.as_ref().map(|request| Certificates::make_as(request, directory.path()));
        let at = |index: usize| directory.path().join(format!("member-{index}"));
        let disks = spec.disk.iter().flat_map(|bytes| {
            let disk = |index| SmallDisk::mount(&at(index), *bytes).expect("a small disk, which needs root");
            (0..spec.size).map(disk)
        });
        let disks = disks.collect();
        let plans: Vec<Plan> = ports::free(3 * spec.size)
            .chunks(3)
            .enumerate()
            .map(|(index, ports)| Plan {
                name: format!("member-{index}"),
                directory: at(index),
                address: network.as_ref().map_or(Ipv4Addr::LOCALHOST, |network| network.address(index)),
                namespace: network.as_ref().map(|network| network.namespace(index)),
                client_port: ports[0],
                peer_port: ports[1],
                status_port: ports[2],
                arguments: spec.arguments.clone(),
            })
            .collect();
        let described: Vec<String> =
            plans.iter().map(|plan| format!("{}={}", plan.name, plan.peer_url())).collect();
        let description = described.join(",");
        let members = plans.into_iter().map(|plan| Member::start(plan, &description, tls.as_ref())).collect();
        Self { members, description, tls, root: None, network, disks, directory }
    }

    /// False when a member ended because another program has its port.
    fn wait_until_healthy(&mut self) -> bool {
        let members = &mut self.members;
        let started = poll_until(PATIENCE, || {
            if members.iter_mut().any(|member| member.process.has_ended()) {
                return Some(false);
            }
            members.iter().all(Member::is_healthy).then_some(true)
        });
        if started == Some(true) {
            return true;
        }
        let clash = self.members.iter().any(|member| member.log().contains("address already in use"));
        assert!(clash, "etcd does not serve: {}", self.logs());
        false
    }

    /// The client URL of every member.
    pub fn endpoints(&self) -> Vec<String> {
        self.members.iter().map(|member| member.plan.client_url(self.tls.as_ref())).collect()
    }

    /// The process id of a member.
    pub fn member(&self, index: usize) -> u32 {
        self.members[index].process.id()
    }

    /// How many members there are, whatever state they are in.
    pub fn size(&self) -> usize {
        self.members.len()
    }

    /// The files that a client needs, if the cluster speaks TLS.
    pub fn tls(&self) -> Option<&Certificates> {
        self.tls.as_ref()
    }

    /// A directory that lives as long as the cluster, for files that go with it.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Freezes a member (SIGSTOP): its connections stay open and nothing answers.
    pub fn stop(&mut self, index: usize) {
        self.members[index].process.freeze();
    }

    /// Lets a frozen member go on (SIGCONT).
    pub fn cont(&mut self, index: usize) {
        self.members[index].process.signal(Signal::CONT);
    }

    /// Ends a member at once (SIGKILL).
    pub fn kill(&mut self, index: usize) {
        self.members[index].kill();
    }

    /// Starts a member again on its old data, killing it first if it runs, and waits until it serves.
    pub fn restart(&mut self, index: usize) {
        self.restart_at_once(index);
        self.wait_until_member_is_healthy(index);
    }

    /// Starts every member again, and waits until all of them serve.
    pub(crate) fn restart_all(&mut self) {
        for member in &mut self.members {
            member.restart(&self.description, "new", self.tls.as_ref());
        }
        for index in 0..self.size() {
            self.wait_until_member_is_healthy(index);
        }
    }

    /// How a member is run, and in which cluster.
    pub(crate) fn plan(&self, index: usize) -> (&Plan, &str) {
        (&self.members[index].plan, &self.description)
    }

    /// The same, but does not wait.
    pub fn restart_at_once(&mut self, index: usize) {
        self.members[index].restart(&self.description, "new", self.tls.as_ref());
    }

    /// Replaces a member whose data is lost: the others forget it, and one with its name joins them empty.
    pub fn replace(&mut self, index: usize) {
        self.members[index].kill();
        let plan = &self.members[index].plan;
        let (name, peer_url) = (plan.name.clone(), plan.peer_url());
        fs::remove_dir_all(&plan.directory).expect("the data of a member");
        let listed = self.etcdctl_of_others(index, &["member", "list"]);
        let line = listed.lines().find(|line| line.contains(&name)).expect("the lost member among all");
        let id = line.split(',').next().unwrap_or_default().to_owned();
        self.etcdctl_of_others(index, &["member", "remove", &id]);
        self.etcdctl_of_others(index, &["member", "add", &name, "--peer-urls", &peer_url]);
        self.members[index].restart(&self.description, "existing", self.tls.as_ref());
        self.wait_until_member_is_healthy(index);
    }

    /// What `etcdctl` prints, asked of all members but one, as soon as they do what it asks.
    fn etcdctl_of_others(&self, index: usize, arguments: &[&str]) -> String {
        let mut endpoints = self.endpoints();
        endpoints.remove(index);
        let answer = poll_until(PATIENCE, || {
            let output = self.etcdctl_at(&endpoints, arguments);
            output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
        });
        answer.unwrap_or_else(|| panic!("etcdctl {arguments:?} does not succeed: {}", self.logs()))
    }

    /// Whether a member's process has ended.
    pub fn has_ended(&mut self, index: usize) -> bool {
        self.members[index].process.has_ended()
    }

    /// The network between the members, if each is on a machine of its own.
    pub fn network(&self) -> &Network {
        self.network.as_ref().expect("a cluster that was made on a network")
    }

    /// A member's disk, if it has one of its own.
    pub fn disk(&self, index: usize) -> &SmallDisk {
        &self.disks[index]
    }

    /// Waits until a member has a leader and serves.
    pub fn wait_until_member_is_healthy(&self, index: usize) {
        let healthy = poll_until(PATIENCE, || self.members[index].is_healthy().then_some(()));
        assert!(healthy.is_some(), "member {index} does not serve: {}", self.logs());
    }

    /// The index of the leader, once there is one among the members that answer.
    pub fn leader(&self) -> usize {
        let leads = |member: &Member| member.metric("etcd_server_is_leader") == Some(1.0);
        poll_until(PATIENCE, || self.members.iter().position(leads))
            .unwrap_or_else(|| panic!("no member leads: {}", self.logs()))
    }

    /// The value of a member's metric without labels, while the member answers.
    pub fn metric(&self, index: usize, name: &str) -> Option<f64> {
        self.members[index].metric(name)
    }

    /// Everything that a member tells Prometheus, while it answers.
    pub fn metrics(&self, index: usize) -> Option<String> {
        self.members[index].metrics()
    }

    /// Runs `etcdctl` on the cluster to its end.
    pub fn etcdctl(&self, arguments: &[&str]) -> Output {
        self.etcdctl_at(&self.endpoints(), arguments)
    }

    /// Runs `etcdctl` on some of the members to its end.
    pub fn etcdctl_at(&self, endpoints: &[String], arguments: &[&str]) -> Output {
        self.etcdctl_with(Stdio::null(), endpoints, arguments)
    }

    fn etcdctl_with(&self, input: Stdio, endpoints: &[String], arguments: &[&str]) -> Output {
        let mut command = tools::etcdctl();
        command.arg("--endpoints").arg(endpoints.join(","));
        if let Some(tls) = &self.tls {
            command.arg("--cacert").arg(&tls.ca_file);
            command.arg("--cert").arg(&tls.cert_file).arg("--key").arg(&tls.key_file);
        }
        if let Some(password) = &self.root {
            command.arg("--user").arg(format!("root:{password}"));
        }
        command.args(arguments).stdin(input).output().expect("etcdctl")
    }

    /// Runs `etcdctl` on the cluster, which must do as it is told.
    pub fn command(&self, arguments: &[&str]) -> String {
        self.command_with(Stdio::null(), arguments)
    }

    fn command_with(&self, input: Stdio, arguments: &[&str]) -> String {
        let output = self.etcdctl_with(input, &self.endpoints(), arguments);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "etcdctl {arguments:?}: {told}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Lets nobody in any more who is no user; `etcdctl` is root from now on.
    pub fn ask_for_users(&mut self) {
        const PASSWORD: &str = "root-of-the-test";
        self.command(&["user", "add", &format!("root:{PASSWORD}")]);
        self.command(&["user", "grant-role", "root", "root"]);
        self.command(&["auth", "enable"]);
        self.root = Some(PASSWORD.to_owned());
    }

    /// Adds a user with all of these roles.
    pub fn add_user(&self, name: &str, password: &str, roles: &[&str]) {
        self.command(&["user", "add", &format!("{name}:{password}")]);
        for role in roles {
            self.command(&["user", "grant-role", name, role]);
        }
    }

    /// Gives a user another password, which ends all that she was let in with.
    pub fn change_password(&self, name: &str, password: &str) {
        let file = self.directory().join("new-password");
        fs::write(&file, format!("{password}\n")).expect("a file for a password");
        let input = File::open(&file).expect("the file of a password");
        self.command_with(input.into(), &["user", "passwd", name, "--interactive=false"]);
    }

    fn logs(&self) -> String {
        let mut text = String::new();
        for member in &self.members {
            let log = member.log();
            let lines: Vec<&str> = log.lines().collect();
            let tail = &lines[lines.len().saturating_sub(10)..];
            // Writing to a string cannot fail.
            let _ = write!(text, "\n--- {}:\n{}", member.plan.name, tail.join("\n"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_etcd_member_serves_etcdctl_and_is_gone_afterwards() {
        let cluster = EtcdCluster::start(1);
        assert!(cluster.etcdctl(&["put", "key", "value"]).status.success());
        assert_eq!(cluster.etcdctl(&["get", "key", "--print-value-only"]).stdout, b"value\n");
        let process = format!("/proc/{}", cluster.member(0));
        assert!(std::fs::exists(&process).unwrap());
        drop(cluster);
        assert!(!std::fs::exists(&process).unwrap());
    }

    #[test]
    fn an_etcd_cluster_with_tls_asks_for_a_certificate() {
        let cluster = EtcdCluster::start_with_tls(1);
        assert!(cluster.etcdctl(&["put", "key", "value"]).status.success());
        let stranger = tools::etcdctl()
            .arg("--endpoints")
            .arg(cluster.endpoints().join(","))
            .arg("--cacert")
            .arg(&cluster.tls().unwrap().ca_file)
            .args(["--command-timeout", "1s", "get", "key"])
            .output()
            .unwrap();
        assert!(!stranger.status.success());
    }

    #[test]
    fn three_etcd_members_lose_a_leader_and_find_another() {
        let mut cluster = EtcdCluster::start(3);
        let first = cluster.leader();
        cluster.kill(first);
        let second = cluster.leader();
        assert_ne!(first, second);
        cluster.restart(first);
        cluster.stop(second);
        let third = poll_until(PATIENCE, || Some(cluster.leader()).filter(|leader| *leader != second));
        assert!(third.is_some());
        cluster.cont(second);
        cluster.wait_until_member_is_healthy(second);
    }
}
