//! `reboot_required_detectors`: what tells that a reboot is needed.

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
    time::Duration,
};

use crate::{
    fault::Fault,
    read::{Optional, Section, Slot, all},
    settings::{DetectorKind, DetectorSettings},
    sink::Read,
    tree::Span,
    trust,
};

const TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    File,
    Command,
    Kernel,
    NeedsRestarting,
    Zypper,
}

const TYPES: [(&str, Type); 5] = [
    ("file", Type::File),
    ("command", Type::Command),
    ("kernel", Type::Kernel),
    (NEEDS_RESTARTING, Type::NeedsRestarting),
    (ZYPPER, Type::Zypper),
];

const NEEDS_RESTARTING: &str = "needs_restarting";
const ZYPPER: &str = "zypper";

pub(super) fn read(root: &Section<'_>) -> Read<Vec<DetectorSettings>> {
    let slot = root.slot("reboot_required_detectors");
    let items = slot.items()?;
    let example = "write `- {type: file, path: /run/reboot-required}`";
    if items.is_empty() {
        let fault =
            Fault::error("config::no_detectors", "`reboot_required_detectors` needs at least one detector");
        return Err(slot.refuse_absent(fault.advise(example)));
    }

    let mut names = HashMap::new();
    all(items.iter().map(|item| {
        if !item.is_given() {
            let fault = Fault::error("config::missing_key", format!("`{}` is empty", item.path()));
            return Err(item.refuse_absent(fault.advise(example)));
        }
        let (detector, named_at) = item.section(|section| detector(section, item))?;
        check_unique(item, &detector.name, named_at, &mut names)?;
        Ok(detector)
    }))
}

/// A detector, and where its name comes from.
fn detector(section: &Section<'_>, item: &Slot<'_>) -> Read<(DetectorSettings, Span)> {
    let name = section.slot("name");
    let keys = Keys {
        path: section.slot("path"),
        cmd: section.slot("cmd"),
        success_exit_codes: section.slot("success_exit_codes"),
        timeout: section.slot("timeout_sec"),
    };
    let kind = section.slot("type");
    let kind =
        match kind.one_of(&TYPES).required(&kind, "write a type, such as `type: file` or `type: kernel`") {
            Ok(Type::File) => keys.file(),
            Ok(Type::Command) => keys.command(),
            Ok(Type::Kernel) => keys.kernel(),
            Ok(Type::NeedsRestarting) => {
                keys.preset(NEEDS_RESTARTING).map(|timeout| DetectorKind::NeedsRestarting { timeout })
            }
            Ok(Type::Zypper) => keys.preset(ZYPPER).map(|timeout| DetectorKind::Zypper { timeout }),
            Err(told) => Err(told),
        };
    let (given_name, kind) = (name.text()?, kind?);
    let named_at = given_name.map_or(item.span(), |_| name.span());
    let name = given_name.map_or_else(|| default_name(&kind), str::to_owned);
    Ok((DetectorSettings { name, kind }, named_at))
}

/// The keys of all types.
struct Keys<'a> {
    path: Slot<'a>,
    cmd: Slot<'a>,
    success_exit_codes: Slot<'a>,
    timeout: Slot<'a>,
}

impl Keys<'_> {
    fn file(&self) -> Read<DetectorKind> {
        let path = self
            .path
            .text()
            .required(&self.path, "write the file whose presence means that a reboot is needed");
        let cmd = self.no_cmd("file");
        self.idle("file");
        cmd?;
        Ok(DetectorKind::File { path: path?.into() })
    }

    fn command(&self) -> Read<DetectorKind> {
        let path = self.no_path("command");
        let cmd =
            command_words(&self.cmd).required(&self.cmd, "write the program and its arguments as a list");
        let cmd = cmd.and_then(|cmd| check_program(&self.cmd, cmd));
        let timeout = self.timeout();
        let success_exit_codes = self.success_exit_codes();
        path?;
        let success_exit_codes = success_exit_codes?;
        Ok(DetectorKind::Command {
            cmd: cmd?,
            success_exit_codes: Some(success_exit_codes).filter(|codes| !codes.is_empty()),
            timeout: timeout?,
        })
    }

    fn kernel(&self) -> Read<DetectorKind> {
        let (path, cmd) = (self.no_path("kernel"), self.no_cmd("kernel"));
        self.idle("kernel");
        path?;
        cmd?;
        Ok(DetectorKind::Kernel)
    }

    /// A command of which only the time is left to choose.
    fn preset(&self, kind: &str) -> Read<Duration> {
        let (path, cmd) = (self.no_path(kind), self.no_cmd(kind));
        let codes = self.success_exit_codes.items().and_then(|codes| {
            if codes.is_empty() {
                Ok(())
            } else {
                let hint = "remove it: these exit codes are given, and all others are unknown";
                Err(misplaced(&self.success_exit_codes, kind, hint))
            }
        });
        let timeout = self.timeout();
        path?;
        cmd?;
        codes?;
        timeout
    }

    fn no_path(&self, kind: &str) -> Read<()> {
        self.path.text().and_then(|path| match path {
            None => Ok(()),
            Some(_) => Err(misplaced(&self.path, kind, "remove it, or write `type: file`")),
        })
    }

    fn no_cmd(&self, kind: &str) -> Read<()> {
        self.cmd.words().and_then(|cmd| {
            if cmd.is_empty() {
                Ok(())
            } else {
                Err(misplaced(&self.cmd, kind, "remove it, or write `type: command`"))
            }
        })
    }

    /// Warns of what only a program has use for.
    fn idle(&self, kind: &str) {
        for idle in [&self.success_exit_codes, &self.timeout] {
            if idle.is_given() {
                let message = format!("`{}` means nothing to a `{kind}` detector", idle.path());
                idle.tell(
                    Fault::warning("config::detector_key_idle", message).advise("remove it"),
                    "not used",
                );
            }
        }
    }

    fn success_exit_codes(&self) -> Read<BTreeSet<i32>> {
        let items = self.success_exit_codes.items()?;
        let codes =
            items.iter().map(|item| item.whole(0..=255).required(item, "write an exit code from 0 to 255"));
        all(codes).map(|codes| codes.into_iter().map(u32::cast_signed).collect())
    }

    fn timeout(&self) -> Read<Duration> {
        let timeout = self.timeout.seconds(0).default_to(TIMEOUT)?;
        if !timeout.is_zero() {
            return Ok(timeout);
        }
        let message = format!("`{}` is 0, and a detector needs an end", self.timeout.path());
        let fault = Fault::warning("config::detector_timeout_zero", message);
        self.timeout.tell(fault.advise("write the seconds it may take; 30 by default"), "read as 30");
        Ok(TIMEOUT)
    }
}

fn misplaced(slot: &Slot<'_>, kind: &str, hint: &str) -> crate::sink::Told {
    let message = format!("`{}` does not belong to a `{kind}` detector", slot.path());
    slot.refuse(
        Fault::error("config::detector_key_misplaced", message).advise(hint),
        "belongs to another type",
    )
}

/// A program and its arguments; an empty list is none, as the Go daemon read it.
pub(super) fn command_words(slot: &Slot<'_>) -> Read<Option<Vec<String>>> {
    let words = slot.words()?;
    if words.first().is_some_and(|program| program.trim().is_empty()) {
        let fault = Fault::error("config::command_blank", format!("`{}` has a blank program", slot.path()));
        return Err(slot.refuse(fault.advise("write the program as the first word"), "first word is blank"));
    }
    Ok(Some(words).filter(|words| !words.is_empty()))
}

/// A program by its name alone is looked up when it runs; one with an absolute path can be checked now.
fn check_program(slot: &Slot<'_>, cmd: Vec<String>) -> Read<Vec<String>> {
    let program = cmd.first().map(Path::new).filter(|program| program.is_absolute());
    program.map_or(Ok(()), |program| trust::check_program(slot, program, trust::NO_REBOOT))?;
    Ok(cmd)
}

/// The names of the Go daemon, and for what it did not have the type.
fn default_name(kind: &DetectorKind) -> String {
    match kind {
        DetectorKind::File { path } => format!("file:{}", path.display()),
        DetectorKind::Command { cmd, .. } => format!("command:{}", cmd.first().map_or("", String::as_str)),
        DetectorKind::Kernel => "kernel".to_owned(),
        DetectorKind::NeedsRestarting { .. } => NEEDS_RESTARTING.to_owned(),
        DetectorKind::Zypper { .. } => ZYPPER.to_owned(),
    }
}

fn check_unique(item: &Slot<'_>, name: &str, at: Span, names: &mut HashMap<String, Span>) -> Read<()> {
    let Some(first) = names.insert(name.to_owned(), at) else { return Ok(()) };
    let fault = Fault::error("config::detector_name_duplicate", format!("two detectors are named `{name}`"));
    let fault = fault.at(at, "the second").at(first, "the first");
    Err(item.sink().refuse(fault.advise("give each detector a `name` of its own")))
}
