//! The three ways to a static binary, and which one is taken here.

use xtask::{Step, Tool};

use crate::targets::{Arch, Libc};

/// A way to the static binary of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// By the Rust of this machine, on musl.
    Musl,
    /// By the Rust of this machine, on the glibc of this machine.
    Host,
    /// By the Rust of a Debian in a directory, on glibc.
    Debian,
}

/// Chooses the way for each target: musl where Rust has it, for it was made to be linked statically; then what needs
/// nothing more; and a whole Debian for want of both. It goes by the Rust that is there and by nothing else, so that the C
/// library of a package does not hang on whether some compiler happens to be installed.
pub(super) fn choose(
    arches: &[Arch],
    host: Option<Arch>,
    has_std: impl Fn(&str) -> bool,
) -> impl Iterator<Item = (Arch, Route)> {
    arches.iter().map(move |&arch| {
        let route = if has_std(arch.triple(Libc::Musl)) {
            Route::Musl
        } else if host == Some(arch) && has_std(arch.triple(Libc::Gnu)) {
            Route::Host
        } else {
            Route::Debian
        };
        (arch, route)
    })
}

impl Route {
    /// The C library, if the Rust of this machine builds for it.
    pub(super) const fn libc(self) -> Option<Libc> {
        match self {
            Self::Musl => Some(Libc::Musl),
            Self::Host => Some(Libc::Gnu),
            Self::Debian => None,
        }
    }

    pub(super) const fn triple(self, arch: Arch) -> &'static str {
        match self {
            Self::Musl => arch.triple(Libc::Musl),
            Self::Host | Self::Debian => arch.triple(Libc::Gnu),
        }
    }

    /// What it needs beside Rust.
    pub(super) fn tools(self, arch: Arch) -> &'static [Tool] {
        match self {
            Self::Musl if Arch::HOST == Some(arch) => &[Tool::MuslGcc],
            Self::Musl => &[Tool::ForeignGcc],
            Self::Host => &[],
            Self::Debian => &[Tool::Mmdebstrap],
        }
    }

    /// What it needs that is no tool, is not there, and has to be got by hand.
    pub(super) fn lacks(self, arch: Arch) -> Option<String> {
        match self {
            Self::Musl => None,
            Self::Host => {
                // It answers with the bare name when there is none.
                let found = Step::of("cc -print-file-name=libc.a").ask();
                let there = found.is_ok_and(|file| file.contains('/'));
                (!there).then(|| {
                    format!(
                        "  libc.a: not found, and {} is to be linked statically\n    get it with: the package glibc-static, \
                         or libc6-dev on Debian",
                        arch.triple(Libc::Gnu)
                    )
                })
            }
            Self::Debian => super::debian::unshare("true").ask().err().map(|failure| {
                format!(
                    "  a mount namespace: {failure}\n    get it with: root, or sysctl kernel.unprivileged_userns_clone=1, or on \
                     Ubuntu sysctl kernel.apparmor_restrict_unprivileged_userns=0"
                )
            }),
        }
    }

    /// The easier way, where one was not to be had.
    pub(super) fn instead(self, arch: Arch) -> Option<String> {
        (self == Self::Debian).then(|| {
            format!("  or, instead of a Debian in a directory: rustup target add {}", arch.triple(Libc::Musl))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rust_that_is_there_decides_the_way() {
        const X86: Option<Arch> = Some(Arch::X86_64);
        const ARM: Option<Arch> = Some(Arch::Aarch64);
        let musl = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"];
        let gnu = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];
        let cases: [(Option<Arch>, &[&str], [Route; 2]); 7] = [
            (X86, &[gnu[0]], [Route::Host, Route::Debian]),
            (X86, &[gnu[0], musl[0]], [Route::Musl, Route::Debian]),
            (X86, &[gnu[0], musl[1]], [Route::Host, Route::Musl]),
            (X86, &[gnu[0], gnu[1]], [Route::Host, Route::Debian]),
            (X86, &[gnu[0], musl[0], musl[1]], [Route::Musl, Route::Musl]),
            (ARM, &[gnu[1]], [Route::Debian, Route::Host]),
            (None, &[], [Route::Debian, Route::Debian]),
        ];
        for (host, there, expected) in cases {
            let routes = choose(&Arch::ALL, host, |triple| there.contains(&triple));
            assert_eq!(routes.map(|(_, route)| route).collect::<Vec<_>>(), expected, "{host:?} {there:?}");
        }
    }

    #[test]
    fn whoever_cannot_have_a_debian_learns_of_the_easier_way() {
        let told = Route::Debian.instead(Arch::Aarch64).expect("there is one");
        assert_eq!(
            told,
            "  or, instead of a Debian in a directory: rustup target add aarch64-unknown-linux-musl"
        );
        assert_eq!(Route::Host.instead(Arch::X86_64), None);
    }
}
