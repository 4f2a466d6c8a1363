//! Tells the service manager how the daemon stands, as sd_notify(3) wants it: one datagram a message, to the socket
//! that systemd names in `NOTIFY_SOCKET`. Without one there is nobody to tell.

mod watchdog;

use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::{Mutex, PoisonError};

use crb_observe::{Emitter, Event, Sink, What, record};

use crate::system;

pub(crate) use watchdog::ServiceWatchdog;

/// Where systemd says where it listens.
pub(crate) const SOCKET: &str = "NOTIFY_SOCKET";

/// The service manager, if one listens. What it does not take at once is lost: nothing waits for it.
pub(crate) struct ServiceManager {
    socket: Option<(UnixDatagram, SocketAddr)>,
    status: Mutex<Status>,
}

/// What stands in the line of `systemctl status`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Status {
    /// What the node is at.
    course: String,
    /// What is wrong with the configuration that was loaded last, and is not in force.
    refused: Option<String>,
}

impl ServiceManager {
    /// The one that listens at `address`: a path, or after `@` a name in the abstract namespace.
    ///
    /// # Errors
    /// The address is of another kind, or there is no socket to be had.
    pub(crate) fn at(address: Option<&str>) -> io::Result<Self> {
        let socket = match address {
            None | Some("") => None,
            Some(address) => Some(open(address)?),
        };
        Ok(Self { socket, status: Mutex::default() })
    }

    /// Nobody.
    pub(crate) fn none() -> Self {
        Self { socket: None, status: Mutex::default() }
    }

    /// The daemon does its work: after the start, and after every reload.
    ///
    /// # Errors
    /// It was not taken. Whoever waits for it waits in vain.
    pub(crate) fn ready(&self) -> io::Result<()> {
        self.tell("READY=1")
    }

    /// The daemon is at work.
    ///
    /// # Errors
    /// It was not taken.
    fn alive(&self) -> io::Result<()> {
        self.tell("WATCHDOG=1")
    }

    /// The daemon loads its configuration again, and will say when it is ready.
    ///
    /// # Errors
    /// It was not taken.
    pub(crate) fn reloading(&self) -> io::Result<()> {
        self.tell(&format!("RELOADING=1\nMONOTONIC_USEC={}", system::monotonic_usec()))
    }

    /// The daemon is about to end.
    ///
    /// # Errors
    /// It was not taken.
    pub(crate) fn stopping(&self, why: &str) -> io::Result<()> {
        self.tell(&format!("STOPPING=1\nSTATUS={}", one_line(&format!("stops: {why}"))))
    }

    fn tell(&self, message: &str) -> io::Result<()> {
        let Some((socket, address)) = &self.socket else { return Ok(()) };
        socket.send_to_addr(message.as_bytes(), address).map(drop)
    }
}

/// Says that the service manager did not hear what it was to be told.
pub(crate) fn say_unheard(emitter: &Emitter, told: io::Result<()>) {
    if let Err(error) = told {
        let error = format!("the service manager was not told: {error}");
        emitter.emit(What::Trouble { component: "service", error });
    }
}

impl Sink for ServiceManager {
    fn take(&self, event: &Event) {
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        let before = status.clone();
        let said = || record(event).and_then(|record| record.message).unwrap_or_default();
        match &event.what {
            What::RunOutcome { decision, dry_run, .. } => {
                let pretends = if *dry_run { " (dry run)" } else { "" };
                status.course = format!("{}{pretends}: {}", decision.outcome(), said());
            }
            What::ClaimPhase { .. } | What::RebootCommandStarted { .. } | What::RebootCommandEnded { .. } => {
                status.course = said();
            }
            What::ConfigRejected { .. } => status.refused = Some(said()),
            What::ConfigReloaded { .. } => status.refused = None,
            _ => return,
        }
        if *status != before {
            let refused = status.refused.iter().map(|refused| format!("{refused} | "));
            let line: String = refused.chain([status.course.clone()]).collect();
            // The next change tells it again.
            self.tell(&format!("STATUS={}", one_line(&line))).ok();
        }
    }
}

fn open(address: &str) -> io::Result<(UnixDatagram, SocketAddr)> {
    let other = "is neither a path nor an abstract name";
    let address = match address.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None if address.starts_with('/') => SocketAddr::from_pathname(address)?,
        None => return Err(io::Error::other(format!("{SOCKET}={address} {other}"))),
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    Ok((socket, address))
}

/// A message's line ends at its first newline, and what follows would be read as another.
fn one_line(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}

#[cfg(test)]
mod tests {
    use crb_decide::{Decision, NodeName, Reason};
    use crb_observe::ConfigFault;
    use jiff::Timestamp;

    use super::*;

    fn heard(socket: &UnixDatagram) -> Vec<String> {
        socket.set_nonblocking(true).unwrap();
        let mut buffer = [0; 4096];
        let message = || {
            let length = socket.recv(&mut buffer).ok()?;
            Some(String::from_utf8_lossy(&buffer[..length]).into_owned())
        };
        std::iter::from_fn(message).collect()
    }

    fn event(what: What) -> Event {
        Event { at: Timestamp::UNIX_EPOCH, node: NodeName::try_new("node-a").unwrap(), what }
    }

    fn outcome(reason: Reason) -> Event {
        let decision = Decision::for_one(reason);
        event(What::RunOutcome { decision, dry_run: false, reboot_required: None })
    }

    #[test]
    fn speaks_to_paths_and_to_abstract_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let name = format!("clusterrebootd-test-{}", std::process::id());
        let sockets = [
            (path.to_str().unwrap().to_owned(), UnixDatagram::bind(&path).unwrap()),
            (
                format!("@{name}"),
                UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap(),
            ),
        ];
        for (address, socket) in sockets {
            let manager = ServiceManager::at(Some(&address)).unwrap();
            manager.ready().unwrap();
            manager.reloading().unwrap();
            manager.stopping("SIG\nTERM").unwrap();
            let told = heard(&socket);
            assert_eq!((told.len(), told[0].as_str()), (3, "READY=1"), "{address}");
            let since = told[1].strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
            assert!(since.parse::<u64>().unwrap() > 0, "{since}");
            assert_eq!(told[2], "STOPPING=1\nSTATUS=stops: SIG TERM");
        }
    }

    #[test]
    fn without_a_socket_there_is_nobody_to_tell_and_another_kind_is_said() {
        for none in [None, Some("")] {
            ServiceManager::at(none).unwrap().ready().unwrap();
        }
        let error = ServiceManager::at(Some("vsock:2:1234")).err().unwrap().to_string();
        assert!(
            error.contains("NOTIFY_SOCKET=vsock:2:1234 is neither a path nor an abstract name"),
            "{error}"
        );
        let gone = ServiceManager::at(Some("/no/such/socket")).unwrap();
        assert!(gone.ready().is_err());
    }

    #[test]
    fn the_status_is_told_on_change_and_a_refused_configuration_stays_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let manager = ServiceManager::at(path.to_str()).unwrap();
        let fault = ConfigFault {
            place: Some(("config.yaml".to_owned(), 3, 1)),
            code: "config::unknown_key".to_owned(),
            message: "unknown key".to_owned(),
            hint: None,
        };
        manager.take(&outcome(Reason::NoRebootRequired));
        manager.take(&outcome(Reason::NoRebootRequired));
        manager.take(&event(What::ConfigRejected { faults: vec![fault] }));
        manager.take(&outcome(Reason::Ready));
        manager.take(&event(What::ConfigReloaded { changed: vec![], needs_restart: vec![] }));
        let told = heard(&socket);
        assert_eq!(told.len(), 4, "{told:?}");
        assert_eq!(told[0], "STATUS=no_action: no detector asks for a reboot");
        assert!(told[1].contains("is refused") && told[1].contains("config.yaml:3"), "{told:?}");
        assert!(told[1].ends_with(" | no_action: no detector asks for a reboot"), "{told:?}");
        assert!(told[2].contains("is refused") && told[2].contains(" | ready: "), "{told:?}");
        assert!(told[3].starts_with("STATUS=ready: "), "{told:?}");
    }
}
