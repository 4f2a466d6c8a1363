//! clusterrebootd(8): all commands with their options, and what surrounds them.

use clap::{Arg, Command};
use crb_decide::ExitCode;

use super::roff::Page;
use crate::cli::{DEFAULT_CONFIG, definition};

const ABOUT: [&str; 3] = [
    "On every node of a fleet `clusterrebootd run` notices that a reboot is needed, asks the health script, looks at the \
     health of all other nodes, takes a lock in etcd, asks everything again under the lock, and runs the reboot command: \
     one node at a time, in the windows that are allowed, and never past a kill switch. The lock is held until the node \
     has booted anew and is healthy. When something is sick, silent or unknown, nothing reboots, and it says why.",
    "All other commands are for people, and end at once. `status` says what holds this node back and until when, `fleet` \
     how all nodes are, `pause` stops every reboot of the fleet.",
    "Results go to standard output, complaints and the log to standard error.",
];

const FILES: [(&str, &str); 7] = [
    (DEFAULT_CONFIG, "The configuration; clusterrebootd.yaml(5) tells of its keys."),
    ("/etc/clusterrebootd/config.d/*.yaml", "Laid over it, in the order of their names."),
    (
        "/etc/clusterrebootd/disable",
        "The kill switch: while this file exists, this node does not reboot. The \
                                      configuration may name another.",
    ),
    (
        "/run/clusterrebootd",
        "What the daemon remembers until the boot: its lock, whether the reboot command has run, and \
                             last-reboot.json.",
    ),
    (
        "/var/lib/clusterrebootd",
        "What it remembers over the boot: what it has seen of etcd, and the reboot under way.",
    ),
    ("/usr/share/doc/clusterrebootd/examples", "Health scripts and hooks to begin with."),
    ("/usr/share/doc/clusterrebootd/operations.md", "What to do in an incident, by its symptom."),
];

const ENVIRONMENT: [(&str, &str); 11] = [
    ("CLUSTERREBOOTD_CONFIG", "Another default for `--config`."),
    ("RUNTIME_DIRECTORY", "Another place than /run/clusterrebootd; systemd sets it."),
    ("STATE_DIRECTORY", "Another place than /var/lib/clusterrebootd; systemd sets it."),
    ("NOTIFY_SOCKET", "Where the daemon tells systemd how it stands."),
    (
        "WATCHDOG_USEC, WATCHDOG_PID",
        "After how long systemd starts a daemon anew that it has not heard of, and which one.",
    ),
    ("NO_COLOR, TERM", "No colours are used where the first is set, or the second is `dumb`."),
    ("COLUMNS", "How wide text is; without it, as wide as the terminal."),
    ("TZ, TZDIR", "Another time zone than the system\u{27}s, and where zones are described."),
    ("LC_ALL, LC_CTYPE, LANG", "Whether text may have other letters than those of ASCII."),
    ("PAGER", "What shows a fleet that is longer than the terminal; `less` by default."),
    ("SUDO_USER, LOGNAME, USER", "Who gave an operator\u{27}s command, where the login does not tell."),
];

const SIGNALS: [(&str, &str); 3] = [
    (
        "SIGHUP",
        "`run` loads its configuration again. One with a fault changes nothing, and is told with file and line.",
    ),
    (
        "SIGTERM, SIGINT",
        "An orderly end: `run` leaves the queue and gives back a claim under which nothing has run. A \
                         drained node is taken back into service, which may take 65 s. Once the reboot command may have \
                         run, the claim is kept.",
    ),
    (
        "SIGKILL, SIGABRT",
        "Safe at any moment: the claim stands in etcd, and the next start goes on from there.",
    ),
];

/// The page.
pub(crate) fn commands() -> String {
    let command = definition();
    let name = command.get_name();
    let mut page = Page::new(name, 8, "reboots a fleet one node at a time, and never a sick one");
    page.section("SYNOPSIS");
    page.paragraph(&format!("`{name}` COMMAND [OPTIONS]"));
    page.section("DESCRIPTION");
    page.paragraphs(&ABOUT);
    page.section("COMMANDS");
    for own in command.get_subcommands().filter(|own| own.get_name() != "help") {
        tell(&mut page, own);
    }
    page.section("EXIT STATUS");
    for code in ExitCode::ALL {
        page.item(&format!("`{}`", code as u8), meaning(code));
    }
    page.section("FILES");
    page.names(&FILES);
    page.section("ENVIRONMENT");
    page.names(&ENVIRONMENT);
    page.paragraph(
        "What scripts and hooks are told in theirs stands in /usr/share/doc/clusterrebootd/hooks.md.",
    );
    page.section("SIGNALS");
    page.names(&SIGNALS);
    page.section("SEE ALSO");
    page.paragraph("clusterrebootd.yaml(5), systemctl(1), journalctl(1), systemd.service(5)");
    page.finish()
}

fn tell(page: &mut Page, command: &Command) {
    let options: Vec<&Arg> =
        command.get_arguments().filter(|own| !["help", "version"].contains(&own.get_id().as_str())).collect();
    let (placed, named): (Vec<&Arg>, Vec<&Arg>) = options.iter().partition(|own| own.is_positional());
    let mut usage = vec![format!("`{}`", command.get_name())];
    usage.extend(named.iter().filter(|own| own.is_required_set()).map(|own| term(own)));
    usage.extend(
        placed.iter().map(|own| if own.is_required_set() { term(own) } else { format!("[{}]", term(own)) }),
    );
    if named.iter().any(|own| !own.is_required_set()) {
        usage.push("[OPTIONS]".to_owned());
    }
    page.subsection(command.get_name());
    page.paragraph(&usage.join(" "));
    page.paragraph(&sentence(&command.get_about().map(ToString::to_string).unwrap_or_default()));
    for option in placed.into_iter().chain(named) {
        page.item(&term(option), &what(option));
    }
}

/// How an argument is written.
fn term(option: &Arg) -> String {
    let takes = option.get_action().takes_values();
    let value = option.get_value_names().unwrap_or_default().join(" ");
    match option.get_long() {
        Some(long) if takes => format!("`--{long}` {value}"),
        Some(long) => format!("`--{long}`"),
        None => value,
    }
}

/// What an argument is for, what it may be, and what it is where nobody says.
fn what(option: &Arg) -> String {
    let mut told = vec![sentence(&option.get_help().map(ToString::to_string).unwrap_or_default())];
    if option.get_action().takes_values() {
        let choices = option.get_possible_values();
        let names: Vec<_> = choices.iter().map(|choice| format!("`{}`", choice.get_name())).collect();
        if !names.is_empty() {
            told.push(format!("One of {}.", names.join(", ")));
        }
        if let Some(usual) = option.get_default_values().first() {
            told.push(format!("By default `{}`.", usual.to_string_lossy()));
        }
    }
    told.join(" ")
}

fn sentence(text: &str) -> String {
    if text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}

const fn meaning(code: ExitCode) -> &'static str {
    match code {
        ExitCode::Success => "Success: nothing to do, every gate is open, or the configuration is valid.",
        ExitCode::Failure => "What was asked for could not be done; standard error says why.",
        ExitCode::InvalidConfiguration => {
            "The configuration is not valid; every fault is told with its place."
        }
        ExitCode::BlockedByHealth => {
            "Blocked by the health script, another node or the policy of the cluster."
        }
        ExitCode::LockUnavailable => "The lock was not to be had.",
        ExitCode::KillSwitchActive => {
            "A kill switch is active: the file on this node, or a pause of the fleet."
        }
        ExitCode::DetectorFailed => "A detector failed (`simulate`).",
        ExitCode::Usage => "An unknown command, or a wrong option.",
    }
}
