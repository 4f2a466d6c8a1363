//! How the program that ships is compiled, beyond what `profile.release` in Cargo.toml can say. Packages and measurements
//! both take it from here, so that what is measured is what ships.

use std::ffi::OsString;
use std::path::Path;

/// The C library is part of the program.
pub const STATIC: &str = "-Ctarget-feature=+crt-static";

/// Names of functions that two compilers make alike, but for a hash in each; `bins/clusterrebootd/layout.ld` goes by them.
const NAMES: &str = "-Csymbol-mangling-version=v0";

/// What lld can do, and other linkers cannot.
const LLD: [&str; 2] = ["-Clink-arg=-Wl,--icf=all", "-Clink-arg=-Wl,-z,pack-relative-relocs"];

/// Which linker works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linker {
    /// lld, which Rust takes by itself.
    Lld,
    /// lld, which Rust has to be told to take.
    LldIfTold,
    /// Whatever the C compiler takes.
    Any,
}

impl Linker {
    /// Which one Rust takes for programs of the machine that it runs on, being told nothing.
    pub const HOST: Self =
        if cfg!(all(target_arch = "x86_64", target_env = "gnu")) { Self::Lld } else { Self::Any };
}

/// The value of `CARGO_ENCODED_RUSTFLAGS`. Of paths, what begins as the first of a pair is written as the second; where
/// several fit, the last one counts.
pub fn rustflags(linker: Linker, remapped: &[(&Path, &str)]) -> OsString {
    let mut flags: Vec<OsString> = vec![STATIC.into(), NAMES.into()];
    match linker {
        Linker::Lld => flags.extend(LLD.map(Into::into)),
        Linker::LldIfTold => {
            flags.push("-Clink-arg=-fuse-ld=lld".into());
            flags.extend(LLD.map(Into::into));
        }
        Linker::Any => {}
    }
    flags.extend(remapped.iter().map(|&(from, to)| renamed("--remap-path-prefix=", from, to)));
    // The unit separator, for a path may have blanks.
    flags.join("\u{1f}".as_ref())
}

/// The value of `CFLAGS`: C does without the same paths. Of these none may have blanks, or C would not compile.
pub fn cflags(remapped: &[(&Path, &str)]) -> OsString {
    let flags: Vec<_> = remapped.iter().map(|&(from, to)| renamed("-ffile-prefix-map=", from, to)).collect();
    flags.join(" ".as_ref())
}

fn renamed(flag: &str, from: &Path, to: &str) -> OsString {
    let mut text = OsString::from(flag);
    text.push(from);
    text.push("=");
    text.push(to);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lld_is_told_what_only_lld_can_do() {
        let cases = [
            (Linker::Any, "-Ctarget-feature=+crt-static -Csymbol-mangling-version=v0"),
            (
                Linker::Lld,
                "-Ctarget-feature=+crt-static -Csymbol-mangling-version=v0 -Clink-arg=-Wl,--icf=all \
                 -Clink-arg=-Wl,-z,pack-relative-relocs",
            ),
            (
                Linker::LldIfTold,
                "-Ctarget-feature=+crt-static -Csymbol-mangling-version=v0 -Clink-arg=-fuse-ld=lld \
                 -Clink-arg=-Wl,--icf=all -Clink-arg=-Wl,-z,pack-relative-relocs",
            ),
        ];
        for (linker, flags) in cases {
            assert_eq!(rustflags(linker, &[]).to_string_lossy().replace('\u{1f}', " "), flags, "{linker:?}");
        }
    }

    #[test]
    fn paths_are_written_as_if_everybody_built_in_the_same_place() {
        let remapped = [(Path::new("/home/ann/a tree"), "/build"), (Path::new("/home/ann/.cargo"), "/cargo")];
        assert_eq!(
            rustflags(Linker::Any, &remapped).to_string_lossy(),
            "-Ctarget-feature=+crt-static\u{1f}-Csymbol-mangling-version=v0\u{1f}\
             --remap-path-prefix=/home/ann/a tree=/build\u{1f}\
             --remap-path-prefix=/home/ann/.cargo=/cargo"
        );
        assert_eq!(cflags(&remapped[1..]).to_string_lossy(), "-ffile-prefix-map=/home/ann/.cargo=/cargo");
    }
}
