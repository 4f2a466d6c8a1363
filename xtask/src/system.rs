//! The system that we are on: its package manager, and whether we may use it.

use std::fs;
use std::os::unix::fs::MetadataExt;

use crate::step::Step;

/// A package manager that we know how to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manager {
    /// Of Debian and its kin.
    Apt,
    /// Of Fedora and its kin.
    Dnf,
    /// Of SUSE.
    Zypper,
    /// Of Arch.
    Pacman,
}

impl Manager {
    /// The package manager of the distribution that an `os-release` file describes, by its kin if need be.
    fn of(os_release: &str) -> Option<Self> {
        let field = |name: &str| {
            os_release
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
                .unwrap_or_default()
                .trim_matches(['"', '\''])
        };
        [field("ID"), field("ID_LIKE")].into_iter().flat_map(str::split_whitespace).find_map(
            |name| match name {
                "debian" | "ubuntu" => Some(Self::Apt),
                "fedora" | "rhel" | "centos" => Some(Self::Dnf),
                "suse" | "opensuse" | "sles" => Some(Self::Zypper),
                "arch" => Some(Self::Pacman),
                _ => None,
            },
        )
    }

    /// The command that installs packages, as root; `and_ask` leaves the last word to the person.
    pub fn install(self, packages: &str, and_ask: bool) -> String {
        let (command, yes) = match self {
            Self::Apt => ("apt-get install", " --yes --no-install-recommends"),
            Self::Dnf => ("dnf install", " --assumeyes"),
            Self::Zypper => ("zypper install", " --no-confirm"),
            Self::Pacman => ("pacman -S --needed", " --noconfirm"),
        };
        let yes = if and_ask { "" } else { yes };
        format!("{command}{yes} {packages}")
    }

    /// The command, as root, that brings package lists up to date, where `install` does not do so itself and
    /// it harms nothing: pacman's are only to be renewed together with the whole system.
    pub const fn refresh(self) -> Option<&'static str> {
        match self {
            Self::Apt => Some("apt-get update"),
            Self::Dnf | Self::Zypper | Self::Pacman => None,
        }
    }
}

/// What we may do to the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// We are root.
    Root,
    /// `sudo` asks for no password.
    Sudo,
    /// Root is not to be had without a person.
    None,
}

impl Rights {
    /// The step that runs this line as root, if we may.
    pub fn as_root(self, line: &str) -> Option<Step> {
        match self {
            Self::Root => Some(Step::of(line)),
            Self::Sudo => Some(Step::of("sudo -n").args(line.split_whitespace())),
            Self::None => None,
        }
    }
}

/// The system that we are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct System {
    /// Unknown on a distribution that we have not heard of.
    pub manager: Option<Manager>,
    /// Whether we may change it.
    pub rights: Rights,
}

impl System {
    /// Looks at `os-release`, at whose process we are, and at what `sudo` says.
    pub fn detect() -> Self {
        let os_release = ["/etc/os-release", "/usr/lib/os-release"]
            .iter()
            .find_map(|file| fs::read_to_string(file).ok())
            .unwrap_or_default();
        let root = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
        let rights = if root {
            Rights::Root
        } else if Step::of("sudo -n true").ask().is_ok() {
            Rights::Sudo
        } else {
            Rights::None
        };
        Self { manager: Manager::of(&os_release), rights }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_is_known_by_its_name_or_by_its_kin() {
        let cases = [
            (
                "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian",
                Some(Manager::Apt),
            ),
            ("NAME=Ubuntu\nID=ubuntu\nID_LIKE=debian", Some(Manager::Apt)),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"", Some(Manager::Apt)),
            ("ID=fedora", Some(Manager::Dnf)),
            ("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"", Some(Manager::Dnf)),
            ("ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"", Some(Manager::Zypper)),
            ("ID=arch", Some(Manager::Pacman)),
            ("ID=manjaro\nID_LIKE=arch", Some(Manager::Pacman)),
            ("ID=nixos", None),
            ("VARIANT_ID=debian", None),
            ("", None),
        ];
        for (os_release, manager) in cases {
            assert_eq!(Manager::of(os_release), manager, "{os_release}");
        }
    }

    #[test]
    fn nothing_is_run_as_root_without_the_right_to() {
        let cases = [
            (Rights::Root, Some("apt-get update")),
            (Rights::Sudo, Some("sudo -n apt-get update")),
            (Rights::None, None),
        ];
        for (rights, line) in cases {
            let step = rights.as_root("apt-get update");
            assert_eq!(step.map(|step| step.to_string()).as_deref(), line);
        }
    }

    #[test]
    fn installing_asks_only_when_a_person_runs_it() {
        let cases = [
            (Manager::Apt, "apt-get install --yes --no-install-recommends x", "apt-get install x"),
            (Manager::Dnf, "dnf install --assumeyes x", "dnf install x"),
            (Manager::Zypper, "zypper install --no-confirm x", "zypper install x"),
            (Manager::Pacman, "pacman -S --needed --noconfirm x", "pacman -S --needed x"),
        ];
        for (manager, ours, theirs) in cases {
            assert_eq!(manager.install("x", false), ours);
            assert_eq!(manager.install("x", true), theirs);
        }
    }
}
