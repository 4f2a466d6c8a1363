//! What is known of each tool by itself.

use std::fmt;

use crate::version::Version;

/// A program that we do not build from this repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Compiles etcd's protocol definitions; the build of the etcd client runs it.
    Protoc,
    /// The server that tests start on loopback.
    Etcd,
    /// The client that tests compare us with.
    Etcdctl,
    /// Parts the machines of tests from each other.
    Ip,
    /// Reads the example scripts for mistakes.
    Shellcheck,
    /// The example scripts read JSON with it.
    Jq,
    /// The example scripts ask servers with it.
    Curl,
    /// Plays servers to the example scripts.
    Socat,
    /// Checks and tries the alerting rules.
    Promtool,
    /// Shows tests what people see.
    Tmux,
    /// Judges the unit of the service.
    SystemdAnalyze,
    /// Sets the manual pages.
    Groff,
    /// A shell that completes our commands.
    Zsh,
    /// Another one.
    Fish,
    /// Python with pip, whose version counts: it gets tools that PyPI has as wheels.
    Pip,
    /// Reads the workflows for mistakes and for what an attacker could use.
    Zizmor,
    /// Runs tests.
    Nextest,
    /// Packs files as .deb and .rpm.
    Nfpm,
    /// Tells what a program was built of.
    Syft,
    /// Looks into packages of Debian.
    Dpkg,
    /// Looks into packages of RPM.
    Rpm,
    /// Installs packages of RPM with what they depend on.
    Dnf,
    /// Signs files, and verifies signatures.
    Cosign,
    /// Compiles C for programs on musl.
    MuslGcc,
    /// Compiles C for the architecture that this machine is not of.
    ForeignGcc,
    /// Runs programs of that architecture.
    ForeignQemu,
    /// Makes the root of a Debian that brings a whole compiler for that architecture.
    Mmdebstrap,
    /// Emulates whole machines.
    Qemu,
    /// Makes their disks.
    Mke2fs,
    /// Reads packages of Debian for mistakes.
    Lintian,
    /// Reads packages of RPM for mistakes.
    Rpmlint,
    /// Tells which functions of a program run.
    Valgrind,
    /// Notes in a program what it was built of.
    Auditable,
    /// Checks dependencies: bans, licences, sources.
    Deny,
}

/// Whether the foreign architecture is x86-64; everywhere else it is arm64.
const ON_ARM64: bool = cfg!(target_arch = "aarch64");

impl Tool {
    /// All that every machine needs, those that we build ourselves last. Which C compilers are needed goes by the Rust
    /// that is there.
    pub const ALL: [Self; 31] = [
        Self::Protoc,
        Self::Etcd,
        Self::Etcdctl,
        Self::Ip,
        Self::Tmux,
        Self::Shellcheck,
        Self::Jq,
        Self::Curl,
        Self::Socat,
        Self::Promtool,
        Self::Nfpm,
        Self::Syft,
        Self::Dpkg,
        Self::Rpm,
        Self::Cosign,
        Self::Mmdebstrap,
        Self::Qemu,
        Self::Mke2fs,
        Self::ForeignQemu,
        Self::Dnf,
        Self::Lintian,
        Self::Rpmlint,
        Self::SystemdAnalyze,
        Self::Groff,
        Self::Zsh,
        Self::Fish,
        Self::Pip,
        Self::Zizmor,
        Self::Nextest,
        Self::Auditable,
        Self::Deny,
    ];

    /// The name of the program.
    pub const fn program(self) -> &'static str {
        match self {
            Self::Protoc => "protoc",
            Self::Etcd => "etcd",
            Self::Etcdctl => "etcdctl",
            Self::Ip => "ip",
            Self::Shellcheck => "shellcheck",
            Self::Jq => "jq",
            Self::Curl => "curl",
            Self::Socat => "socat",
            Self::Promtool => "promtool",
            Self::Tmux => "tmux",
            Self::SystemdAnalyze => "systemd-analyze",
            Self::Groff => "groff",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Pip => "python3",
            Self::Zizmor => "zizmor",
            Self::Nextest => "cargo-nextest",
            Self::Nfpm => "nfpm",
            Self::Syft => "syft",
            Self::Dpkg => "dpkg-deb",
            Self::Rpm => "rpm",
            Self::Dnf => "dnf",
            Self::Cosign => "cosign",
            Self::MuslGcc => "musl-gcc",
            Self::ForeignGcc if ON_ARM64 => "x86_64-linux-gnu-gcc",
            Self::ForeignGcc => "aarch64-linux-gnu-gcc",
            Self::ForeignQemu if ON_ARM64 => "qemu-x86_64-static",
            Self::ForeignQemu => "qemu-aarch64-static",
            Self::Mmdebstrap => "mmdebstrap",
            Self::Qemu => "qemu-system-x86_64",
            Self::Mke2fs => "mke2fs",
            Self::Lintian => "lintian",
            Self::Rpmlint => "rpmlint",
            Self::Valgrind => "valgrind",
            Self::Auditable => "cargo-auditable",
            Self::Deny => "cargo-deny",
        }
    }

    /// Whether cargo builds it, which takes minutes, instead of a package manager bringing it.
    pub const fn is_built(self) -> bool {
        matches!(self, Self::Nextest | Self::Auditable | Self::Deny)
    }

    /// Whether its version tells in the bytes of a release, so that ours is taken before that of the system.
    pub const fn makes_releases(self) -> bool {
        matches!(self, Self::Nfpm | Self::Cosign)
    }

    /// Whether that of the system is taken only where ours cannot be got. A signature is another each time anyway, so
    /// cosign is not held to it.
    pub const fn is_pinned_alone(self) -> bool {
        matches!(self, Self::Nfpm)
    }

    /// The arguments that make it print its version.
    pub const fn version_args(self) -> &'static [&'static str] {
        match self {
            Self::Protoc
            | Self::Etcd
            | Self::Shellcheck
            | Self::Jq
            | Self::Curl
            | Self::Promtool
            | Self::Nfpm
            | Self::Syft
            | Self::Dpkg
            | Self::Rpm
            | Self::Dnf
            | Self::MuslGcc
            | Self::ForeignGcc
            | Self::ForeignQemu
            | Self::Mmdebstrap
            | Self::Qemu
            | Self::Lintian
            | Self::Rpmlint
            | Self::Valgrind
            | Self::SystemdAnalyze
            | Self::Groff
            | Self::Zsh
            | Self::Fish
            | Self::Zizmor
            | Self::Deny => &["--version"],
            Self::Etcdctl | Self::Cosign => &["version"],
            Self::Ip | Self::Tmux | Self::Socat | Self::Mke2fs => &["-V"],
            Self::Pip => &["-m", "pip", "--version"],
            Self::Nextest => &["nextest", "--version"],
            Self::Auditable => &["auditable", "--version"],
        }
    }

    /// The oldest version that will do.
    pub const fn least(self) -> Version {
        match self {
            Self::Protoc => Version(3, 12, 0),
            Self::Etcd | Self::Etcdctl => Version(3, 4, 0),
            Self::Ip | Self::Dnf => Version(4, 0, 0),
            Self::Shellcheck => Version(0, 8, 0),
            Self::Jq => Version(1, 6, 0),
            Self::Curl => Version(7, 60, 0),
            Self::Socat => Version(1, 7, 0),
            Self::Promtool | Self::Nfpm => Version(2, 40, 0),
            Self::Tmux => Version(3, 3, 0),
            Self::Syft => Version(1, 18, 0),
            Self::Dpkg => Version(1, 20, 0),
            // rpm2archive writes plain archives since.
            Self::Rpm => Version(4, 14, 0),
            // Judges a unit's fence without running it.
            Self::SystemdAnalyze => Version(250, 0, 0),
            Self::Groff => Version(1, 22, 0),
            Self::Zsh => Version(5, 0, 0),
            Self::Fish | Self::Valgrind => Version(3, 0, 0),
            Self::Pip => Version(20, 3, 0),
            Self::Zizmor => Version(1, 32, 0),
            Self::Nextest => Version(0, 9, 100),
            Self::MuslGcc | Self::ForeignGcc => Version(8, 0, 0),
            Self::ForeignQemu => Version(5, 2, 0),
            Self::Mmdebstrap => Version(1, 0, 0),
            // Knows the bundles that the pages speak of since.
            Self::Cosign => Version(2, 4, 0),
            Self::Qemu => Version(7, 0, 0),
            // Fills a disk from a directory since.
            Self::Mke2fs => Version(1, 43, 0),
            // Overrides name files in brackets since.
            Self::Lintian => Version(2, 115, 0),
            // Its configuration is TOML since.
            Self::Rpmlint => Version(2, 0, 0),
            Self::Auditable => Version(0, 7, 0),
            Self::Deny => Version(0, 18, 0),
        }
    }
}

impl Tool {
    /// The first version that will not do any more, where one is known.
    pub const fn below(self) -> Option<Version> {
        match self {
            // From here on it writes bundles, and asks a server how to sign, unless it is told not to in words that 2 does not know.
            Self::Cosign => Some(Version(3, 0, 0)),
            _ => None,
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.program())
    }
}
