//! What the machine tells of itself: the one place that reads clock, environment and kernel.

#![allow(clippy::disallowed_methods, reason = "this file owns the wall clock and the environment")]

use std::io::IsTerminal;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crb_config::Letters;
use crb_decide::{BootId, MachineId};
use crb_observe::Clock;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustix::process::getuid;
use rustix::termios::tcgetwinsize;

const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
const KERNEL_RELEASE: &str = "/proc/sys/kernel/osrelease";
const HOSTNAME: &str = "/proc/sys/kernel/hostname";
const LOGIN_UID: &str = "/proc/self/loginuid";
const ACCOUNTS: &str = "/etc/passwd";
const LOCALTIME: &str = "/etc/localtime";

/// With these, time zones are elsewhere, or another one is meant.
const ZONE_VARIABLES: [&str; 2] = ["TZ", "TZDIR"];

/// What the kernel says of a process that no login began.
const NO_UID: u32 = u32::MAX;

/// How large a terminal is of which nobody has told that, in columns and rows.
pub(crate) const USUAL_SIZE: (usize, usize) = (80, 24);

const MACHINE_IDS: [&str; 2] = ["/etc/machine-id", "/var/lib/dbus/machine-id"];

/// Something that a node cannot do without, and the machine does not tell.
#[derive(Debug, thiserror::Error)]
#[error("cannot tell {what} from {from}: {error}; {remedy}")]
pub(crate) struct Untold {
    what: &'static str,
    from: &'static str,
    error: String,
    remedy: &'static str,
}

/// What was read at start.
pub(crate) struct System {
    pub(crate) hostname: String,
    pub(crate) colour: bool,
    pub(crate) width: usize,
    /// What text may be drawn with.
    pub(crate) letters: Letters,
}

impl System {
    pub(crate) fn read() -> Self {
        let colour = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && std::env::var("TERM").is_ok_and(|term| term != "dumb");
        let columns = variable("COLUMNS").and_then(|columns| columns.parse().ok());
        Self {
            hostname: hostname(),
            colour,
            width: columns.or_else(terminal_width).unwrap_or(USUAL_SIZE.0).clamp(40, 200),
            letters: letters(["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(variable)),
        }
    }

    /// Who gives an operator's command: the login, and this host.
    pub(crate) fn operator(&self) -> String {
        format!("{}@{}", login(), self.hostname)
    }

    /// Whether standard output may be coloured.
    pub(crate) fn colour_out(&self) -> bool {
        self.colour && std::io::stdout().is_terminal()
    }

    /// How many columns standard output has; the usual ones where it is no terminal.
    pub(crate) fn width_out(&self) -> usize {
        if std::io::stdout().is_terminal() { self.width } else { USUAL_SIZE.0 }
    }

    /// Whether standard error may be coloured.
    pub(crate) fn colour_err(&self) -> bool {
        self.colour && std::io::stderr().is_terminal()
    }
}

/// The wall clock.
pub(crate) fn clock() -> Clock {
    Arc::new(Timestamp::now)
}

/// The clock that systemd compares the times of its services by, in microseconds.
pub(crate) fn monotonic_usec() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let (seconds, nanoseconds) = (u64::try_from(now.tv_sec), u64::try_from(now.tv_nsec));
    // It began with the boot, and counts up from zero.
    seconds.unwrap_or_default() * 1_000_000 + nanoseconds.unwrap_or_default() / 1_000
}

/// The system's host name; empty, when it does not tell.
pub(crate) fn hostname() -> String {
    read_line(HOSTNAME).unwrap_or_default()
}

/// The system's time zone.
///
/// What `TimeZone::system` does is to read the names of all zones first, some six hundred, and to keep them. The usual
/// system needs one file alone; only where something is out of the ordinary the long way is taken.
pub(crate) fn zone() -> TimeZone {
    let ordinary = ZONE_VARIABLES.into_iter().all(|name| variable(name).is_none());
    ordinary.then(|| zone_behind(Path::new(LOCALTIME))).flatten().unwrap_or_else(TimeZone::system)
}

/// The zone that a link leads to, under its name in the database.
fn zone_behind(link: &Path) -> Option<TimeZone> {
    let target = std::fs::read_link(link).ok()?;
    let (_, name) = target.to_str()?.split_once("/zoneinfo/")?;
    // So begin the names of zones, and no others that stand there: `posix/…`, `right/…`, `localtime`.
    let is_zone = name.split('/').all(|part| part.starts_with(|first: char| first.is_ascii_uppercase()));
    let bytes = is_zone.then(|| std::fs::read(link).ok()).flatten()?;
    TimeZone::tzif(name, &bytes).ok()
}

/// A variable of this process's environment.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The directory that is this service's own: the first of those that systemd names in the variable `named_by`, or
/// else `usual`.
pub(crate) fn own_directory(named_by: &str, usual: &str) -> PathBuf {
    first_of(variable(named_by), usual)
}

fn first_of(named: Option<String>, usual: &str) -> PathBuf {
    let named = named.unwrap_or_default();
    match named.split(':').next() {
        None | Some("") => usual.into(),
        Some(first) => first.into(),
    }
}

/// The boot that this process runs in.
pub(crate) fn boot_id() -> Result<BootId, Untold> {
    read_line(BOOT_ID).map(BootId).map_err(|error| Untold {
        what: "which boot this is",
        from: BOOT_ID,
        error,
        remedy: "mount /proc",
    })
}

/// The release of the kernel that runs; it stays the same for as long as the boot does.
pub(crate) fn kernel_release() -> Result<String, String> {
    read_line(KERNEL_RELEASE).map_err(|error| format!("{KERNEL_RELEASE}: {error}"))
}

/// The machine behind the node's name.
pub(crate) fn machine_id() -> Result<MachineId, Untold> {
    let mut told = Err(String::new());
    for path in MACHINE_IDS {
        told = read_line(path);
        if told.is_ok() {
            break;
        }
    }
    told.map(MachineId).map_err(|error| Untold {
        what: "which machine this is",
        from: MACHINE_IDS[0],
        error,
        remedy: "run systemd-machine-id-setup",
    })
}

/// How large the terminal is that standard output is, in columns and rows.
pub(crate) fn terminal_size() -> Option<(usize, usize)> {
    size_of(std::io::stdout())
}

/// How wide the terminal is, if there is one.
fn terminal_width() -> Option<usize> {
    terminal_size().or_else(|| size_of(std::io::stderr())).map(|(columns, _)| columns)
}

fn size_of(stream: impl AsFd) -> Option<(usize, usize)> {
    let size = tcgetwinsize(stream).ok()?;
    let told = |number: u16, usual| if number == 0 { usual } else { usize::from(number) };
    Some((told(size.ws_col, USUAL_SIZE.0), told(size.ws_row, USUAL_SIZE.1)))
}

/// The login of whoever started this process. Behind sudo it is still the one who typed the command, and the kernel
/// knows with which login a session began, whatever became of it.
fn login() -> String {
    let began = read_line(LOGIN_UID).ok().and_then(|uid| uid.parse().ok());
    let uids = [began.filter(|uid| *uid != NO_UID), Some(getuid().as_raw())];
    let accounts = std::fs::read_to_string(ACCOUNTS).unwrap_or_default();
    let of_account = || uids.into_iter().flatten().find_map(|uid| account(&accounts, uid));
    let of_environment = || ["LOGNAME", "USER"].into_iter().find_map(variable);
    variable("SUDO_USER")
        .filter(|user| !user.is_empty())
        .or_else(of_account)
        .or_else(of_environment)
        .unwrap_or_else(|| format!("uid-{}", getuid().as_raw()))
}

/// The name of the account with this number.
fn account(accounts: &str, uid: u32) -> Option<String> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _, number) = (fields.next()?, fields.next()?, fields.next()?);
        (number.parse() == Ok(uid) && !name.is_empty()).then(|| name.to_owned())
    })
}

/// All letters where the first of these that says anything names UTF-8, as locale(7) has it.
fn letters(locale: impl IntoIterator<Item = String>) -> Letters {
    let named = locale.into_iter().find(|value| !value.is_empty()).unwrap_or_default().to_lowercase();
    if named.contains("utf-8") || named.contains("utf8") { Letters::Unicode } else { Letters::Ascii }
}

fn read_line(path: &str) -> Result<String, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    match text.trim() {
        "" => Err("it is empty".to_owned()),
        line => Ok(line.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_number() {
        let accounts =
            "root:x:0:0:root:/root:/bin/sh\n# a comment\nann:x:1000:1000::/home/ann:/bin/sh\n:x:7::\n";
        for (uid, expected) in [(0, Some("root")), (1_000, Some("ann")), (7, None), (8, None)] {
            assert_eq!(account(accounts, uid).as_deref(), expected, "{uid}");
        }
    }

    #[test]
    fn the_zone_behind_a_link_is_the_one_of_that_name() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("localtime");
        // The zones themselves need not be installed where this is tested.
        let zone = [
            b"TZif2".as_slice(),
            &[0; 15],
            &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4],
        ];
        let body = |time: usize| [vec![0; time], vec![0; 6], b"UTC\0".to_vec()].concat();
        let file = [zone.concat(), body(0), zone.concat(), body(0), b"\nUTC0\n".to_vec()].concat();
        let cases = [
            ("zoneinfo/Europe/Berlin", Some("Europe/Berlin")),
            ("zoneinfo/UTC", Some("UTC")),
            ("zoneinfo/America/Port-au-Prince", Some("America/Port-au-Prince")),
            ("zoneinfo/right/Europe/Berlin", None),
            ("zoneinfo/posix/UTC", None),
            ("zoneinfo/localtime", None),
            ("zones/UTC", None),
        ];
        for (at, expected) in cases {
            let target = folder.path().join(at);
            std::fs::create_dir_all(target.parent().unwrap()).unwrap();
            std::fs::write(&target, &file).unwrap();
            std::fs::remove_file(&link).ok();
            std::os::unix::fs::symlink(&target, &link).unwrap();
            let found = zone_behind(&link);
            assert_eq!(found.as_ref().and_then(TimeZone::iana_name), expected, "{at}");
        }
        std::fs::write(folder.path().join("zoneinfo/UTC"), "no zone").unwrap();
        std::fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink(folder.path().join("zoneinfo/UTC"), &link).unwrap();
        assert_eq!(zone_behind(&link), None, "what is no zone");
        assert_eq!(zone_behind(&folder.path().join("zones/UTC")), None, "no link");
    }

    #[test]
    fn the_first_variable_that_says_anything_tells_the_letters() {
        let cases: [(&[&str], bool); 5] = [
            (&[], false),
            (&["C"], false),
            (&["", "de_DE.UTF-8"], true),
            (&["POSIX", "de_DE.UTF-8"], false),
            (&["C.utf8"], true),
        ];
        for (locale, expected) in cases {
            assert_eq!(
                letters(locale.iter().map(ToString::to_string)) == Letters::Unicode,
                expected,
                "{locale:?}"
            );
        }
    }

    #[test]
    fn of_the_directories_that_systemd_names_the_first_is_ours() {
        let cases = [
            (None, "/run/usual"),
            (Some(""), "/run/usual"),
            (Some("/run/own"), "/run/own"),
            (Some("/run/own:/run/other"), "/run/own"),
            (Some(":/run/other"), "/run/usual"),
        ];
        for (named, expected) in cases {
            assert_eq!(
                first_of(named.map(str::to_owned), "/run/usual"),
                PathBuf::from(expected),
                "{named:?}"
            );
        }
    }
}
