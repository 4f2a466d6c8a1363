//! Machines for the members of a cluster, as far as the network goes: a namespace each, and a switch between them.
//!
//! The switch stands in a namespace too, so that no rule of this machine's firewall has a say.

use std::net::Ipv4Addr;
use std::process::{self, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::daemon::program;

/// A station that is nobody's: what is sent there is lost.
const NOBODY: &str = "02:00:00:00:00:ff";

/// A switch, this machine and so many others on it. Dropping it takes all of that away.
///
/// What is lost in it is lost in silence, as behind a dead cable.
#[derive(Debug)]
pub struct Network {
    name: String,
    /// The third byte of the addresses.
    subnet: u8,
    size: usize,
}

impl Network {
    /// A network of so many machines.
    ///
    /// # Errors
    /// Why it cannot be had here: it needs root, and `ip` and `bridge` of iproute2.
    pub fn of(size: usize) -> Result<Self, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("crb{}x{}", process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
        let network = Self { name, subnet: free_subnet()?, size };
        network.build()?;
        Ok(network)
    }

    fn build(&self) -> Result<(), String> {
        let (hub, outside) = (self.hub(), self.outside());
        ip(&format!("netns add {hub}"))?;
        ip(&format!("-n {hub} link add switch type bridge"))?;
        ip(&format!("-n {hub} link set switch up"))?;
        ip(&format!("link add {outside} type veth peer name outside netns {hub}"))?;
        ip(&format!("-n {hub} link set outside master switch up"))?;
        ip(&format!("addr add 198.18.{}.1/24 dev {outside}", self.subnet))?;
        ip(&format!("link set {outside} up"))?;
        for index in 0..self.size {
            let machine = self.namespace(index);
            ip(&format!("netns add {machine}"))?;
            ip(&format!("-n {machine} link set lo up"))?;
            ip(&format!("-n {hub} link add port{index} type veth peer name eth0 netns {machine}"))?;
            ip(&format!("-n {hub} link set port{index} master switch up"))?;
            ip(&format!("-n {machine} addr add {}/24 dev eth0", self.address(index)))?;
            ip(&format!("-n {machine} link set eth0 up"))?;
        }
        Ok(())
    }

    /// The address of a machine. This one reaches them all.
    pub fn address(&self, index: usize) -> Ipv4Addr {
        let last = u8::try_from(index + 10).expect("a small network");
        Ipv4Addr::new(198, 18, self.subnet, last)
    }

    /// The name of a machine's namespace.
    pub(crate) fn namespace(&self, index: usize) -> String {
        format!("{}-{index}", self.name)
    }

    /// Takes a machine off the switch: neither the others nor this machine reach it.
    pub fn isolate(&self, index: usize) {
        self.set_port(index, "disabled");
    }

    /// Puts it back.
    pub fn rejoin(&self, index: usize) {
        self.set_port(index, "forwarding");
    }

    fn set_port(&self, index: usize, state: &str) {
        // `bridge` knows the states by number in every version.
        let number = if state == "disabled" { "0" } else { "3" };
        let set =
            run("ip", &format!("netns exec {} bridge link set dev port{index} state {number}", self.hub()));
        set.unwrap_or_else(|why| panic!("port {index} does not become {state}: {why}"));
    }

    /// Parts a machine from all the others; this machine still reaches every one.
    pub fn part(&self, index: usize) {
        self.set_neighbours(index, |address| format!("replace {address} lladdr {NOBODY} nud permanent"));
    }

    /// Brings it together with them again.
    pub fn unite(&self, index: usize) {
        self.set_neighbours(index, |address| format!("del {address}"));
    }

    fn set_neighbours(&self, index: usize, command: impl Fn(Ipv4Addr) -> String) {
        for other in (0..self.size).filter(|other| *other != index) {
            for (from, to) in [(index, other), (other, index)] {
                let line =
                    format!("-n {} neigh {} dev eth0", self.namespace(from), command(self.address(to)));
                ip(&line).unwrap_or_else(|why| panic!("{why}"));
            }
        }
    }

    fn hub(&self) -> String {
        format!("{}-hub", self.name)
    }

    fn outside(&self) -> &str {
        &self.name
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // Devices go with the namespace of either end. What was never made is not missed.
        for index in 0..self.size {
            ip(&format!("netns del {}", self.namespace(index))).ok();
        }
        ip(&format!("link del {}", self.outside())).ok();
        ip(&format!("netns del {}", self.hub())).ok();
    }
}

/// A subnet of 198.18.0.0/16, which is set aside for tests, that nobody here uses.
fn free_subnet() -> Result<u8, String> {
    let taken = ip("-o -4 addr show to 198.18.0.0/16")?;
    let first = u8::try_from(process::id() % 256).unwrap_or_default();
    (0..=255)
        .map(|step| first.wrapping_add(step))
        .find(|subnet| !taken.contains(&format!("198.18.{subnet}.")))
        .ok_or_else(|| "every subnet of 198.18.0.0/16 is in use".to_owned())
}

fn ip(line: &str) -> Result<String, String> {
    run("ip", line)
}

fn run(name: &str, line: &str) -> Result<String, String> {
    let output = program(name).args(line.split_whitespace()).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("`{name} {line}`: {}", String::from_utf8_lossy(&output.stderr).trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClusterSpec, eventually};

    #[test]
    fn an_etcd_member_is_taken_off_the_network_and_parted_from_its_peers() {
        let network = match Network::of(3) {
            Ok(network) => network,
            Err(why) => return eprintln!("SKIPPED: a network needs root and iproute2: {why}"),
        };
        let cluster = ClusterSpec::of(3).on(network).start();
        let cases: [(Act, Act); 2] = [(Network::isolate, Network::rejoin), (Network::part, Network::unite)];
        for (leaves, returns) in cases {
            let leader = cluster.leader();
            leaves(cluster.network(), leader);
            eventually("another leads", || (0..3).find(|index| *index != leader && leads(&cluster, *index)));
            returns(cluster.network(), leader);
            cluster.wait_until_member_is_healthy(leader);
        }
    }

    type Act = fn(&Network, usize);

    fn leads(cluster: &crate::EtcdCluster, index: usize) -> bool {
        cluster.metric(index, "etcd_server_is_leader") == Some(1.0)
    }
}
