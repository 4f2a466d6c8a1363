//! What packages are made for.

use std::ffi::OsString;

use xtask::Failure;

use crate::arguments;

/// The processors that packages are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Arch {
    X86_64,
    Aarch64,
}

/// The C library that becomes part of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Libc {
    Musl,
    Gnu,
}

impl Libc {
    /// That of a program that was built for this.
    pub(crate) fn of(triple: &str) -> Self {
        if triple.ends_with("musl") { Self::Musl } else { Self::Gnu }
    }
}

impl Arch {
    pub(crate) const ALL: [Self; 2] = [Self::X86_64, Self::Aarch64];

    /// That of the machine we are on, if packages are made for it.
    pub(crate) const HOST: Option<Self> = if cfg!(target_arch = "x86_64") {
        Some(Self::X86_64)
    } else if cfg!(target_arch = "aarch64") {
        Some(Self::Aarch64)
    } else {
        None
    };

    /// As Rust, RPM and the kernel call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Aarch64 => "aarch64",
        }
    }

    /// As Debian and Go call it.
    pub(crate) const fn debian(self) -> &'static str {
        match self {
            Self::X86_64 => "amd64",
            Self::Aarch64 => "arm64",
        }
    }

    /// Rust's name for programs of this processor with that C library.
    pub(crate) const fn triple(self, libc: Libc) -> &'static str {
        match (self, libc) {
            (Self::X86_64, Libc::Musl) => "x86_64-unknown-linux-musl",
            (Self::X86_64, Libc::Gnu) => "x86_64-unknown-linux-gnu",
            (Self::Aarch64, Libc::Musl) => "aarch64-unknown-linux-musl",
            (Self::Aarch64, Libc::Gnu) => "aarch64-unknown-linux-gnu",
        }
    }

    /// By any of its names: the processor's, Debian's, or one of Rust's.
    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|arch| {
            [arch.name(), arch.debian(), arch.triple(Libc::Musl), arch.triple(Libc::Gnu)].contains(&name)
        })
    }
}

/// Takes every `--target T` out of the arguments: each target once, in our order, and all of them if none is named.
pub(crate) fn take(args: &mut Vec<OsString>) -> Result<Vec<Arch>, Failure> {
    named(args).map(|named| or_all(&named))
}

/// All targets, if none is named.
pub(crate) fn or_all(named: &[Arch]) -> Vec<Arch> {
    if named.is_empty() { Arch::ALL.into() } else { named.into() }
}

/// The same, and none if none is named.
pub(crate) fn named(args: &mut Vec<OsString>) -> Result<Vec<Arch>, Failure> {
    let known = |value: OsString| {
        let value = value.to_string_lossy();
        Arch::named(&value).ok_or_else(|| {
            Failure::Usage(format!("unknown target `{value}`; packages are made for x86_64 and aarch64"))
        })
    };
    let given = arguments::values(args, "--target")?;
    let chosen = given.into_iter().map(known).collect::<Result<Vec<_>, _>>()?;
    Ok(Arch::ALL.into_iter().filter(|arch| chosen.contains(arch)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_has_many_names_and_without_one_all_are_meant() {
        let cases: [(&[&str], &[Arch], &[&str]); 7] = [
            (&[], &Arch::ALL, &[]),
            (&["--target", "x86_64"], &[Arch::X86_64], &[]),
            (&["--target=arm64", "--quick"], &[Arch::Aarch64], &["--quick"]),
            (&["a", "--target", "aarch64-unknown-linux-musl", "b"], &[Arch::Aarch64], &["a", "b"]),
            (&["--target", "aarch64", "--target", "amd64"], &Arch::ALL, &[]),
            (&["--target", "amd64", "--target=x86_64-unknown-linux-gnu"], &[Arch::X86_64], &[]),
            (&["--targets"], &Arch::ALL, &["--targets"]),
        ];
        for (given, arches, rest) in cases {
            let mut args: Vec<OsString> = given.iter().map(Into::into).collect();
            assert_eq!(take(&mut args).ok().as_deref(), Some(arches), "{given:?}");
            assert_eq!(args, rest, "{given:?}");
        }
    }

    #[test]
    fn the_c_library_is_told_by_the_triple() {
        for arch in Arch::ALL {
            for libc in [Libc::Musl, Libc::Gnu] {
                assert_eq!(Libc::of(arch.triple(libc)), libc);
            }
        }
    }

    #[test]
    fn an_unknown_target_is_a_usage_error_that_names_the_known_ones() {
        let cases: [(&[&str], &str); 2] = [
            (&["--target", "riscv64"], "unknown target `riscv64`; packages are made for x86_64 and aarch64"),
            (&["--target"], "--target wants a value"),
        ];
        for (given, told) in cases {
            let failure = take(&mut given.iter().map(Into::into).collect()).expect_err("no such target");
            assert_eq!((failure.to_string().as_str(), failure.exit_code()), (told, 64));
        }
    }
}
