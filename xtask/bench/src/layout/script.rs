//! The script for the linker, made of its map and of a profile.
//!
//! Names of Rust are taken without what changes with every compiler, every processor and every version of a crate: the hash of
//! each crate or function, and the numbers by which a name points back into itself, over hashes of any length. And without what
//! changes with every build: which crate a generic function was compiled for first, for all use that copy; and the number by
//! which LLVM tells apart what it found twice.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

/// What stands after the functions that were seen to run: those that may run in a daemon on another day, on another processor, or
/// after the next change. They cost a few pages less there than far away among what never runs.
const NEAR: [&str; 3] = [
    "*(.text._*crb_decide* .text._*crb_lock* .text._*crb_orchestrate* .text._*crb_store*)",
    "*(.text._*crb_detect* .text._*crb_health* .text._*crb_observe* .text._*crb_process*)",
    // The C library has these once for each kind of processor.
    "*libc.a:mem*.o(.text .text.*) *libc.a:str*.o(.text .text.*)",
];

/// What only unwinding would read. A panic ends the program, and a program without names has no trace that one could read.
const WITHOUT: &str = "  /DISCARD/ : { *(.eh_frame .eh_frame_hdr .gcc_except_table .gcc_except_table.*) }\n";

/// The script for what `ran`, a profile of callgrind, names in `map`, a map of lld; none if they are not of one program.
pub(super) fn script(map: &str, ran: &str) -> Option<String> {
    let patterns = patterns(map, &names_of(ran));
    (!patterns.is_empty()).then(|| written(&patterns))
}

/// The functions that a profile of callgrind names. A name stands where it comes up first; those of a recursion have a mark.
fn names_of(profile: &str) -> BTreeSet<&str> {
    let lines = profile.lines().filter_map(|line| line.strip_prefix("fn=").or(line.strip_prefix("cfn=")));
    let names = lines.filter_map(|line| line.split_once(") ")).map(|(_, name)| name);
    names.map(|name| name.split('\'').next().unwrap_or(name)).collect()
}

/// The patterns of the sections that hold one of these functions, in the order of the map.
fn patterns(map: &str, ran: &BTreeSet<&str>) -> Vec<String> {
    let mut patterns = Vec::new();
    let mut seen = BTreeSet::new();
    let mut take = |section: Option<&str>, symbols: &[&str]| {
        let Some(section) = section.filter(|_| symbols.iter().any(|name| ran.contains(name))) else { return };
        // Where the linker folded functions of the same code into one, any of them may be the one that stays the next time.
        let folded = symbols.iter().filter(|name| name.starts_with("_ZN") || name.starts_with("_R"));
        let folded = folded
            .filter(|name| !section.contains(**name))
            .flat_map(|name| ["", ".unlikely"].map(|kind| format!(":(.text{kind}.{name})")));
        for pattern in std::iter::once(section.to_owned()).chain(folded).filter_map(|name| pattern(&name)) {
            if seen.insert(pattern.clone()) {
                patterns.push(pattern);
            }
        }
    };
    let (mut section, mut symbols) = (None, Vec::new());
    for line in map.lines() {
        // Four numbers, and then an output section, eight blanks and an input section, or sixteen and a symbol.
        let Some(name) = line.get(NUMBERS..) else { continue };
        let text = name.trim_start();
        match name.len() - text.len() {
            0 | 8 => {
                take(section.take(), &symbols);
                symbols.clear();
                section = Some(text).filter(|text| text.contains(":(.text"));
            }
            _ => symbols.push(text),
        }
    }
    take(section, &symbols);
    patterns
}

/// How wide the numbers at the start of a line of lld's map are.
const NUMBERS: usize = 49;

/// How a linker script names a section of a map, `FILE:(SECTION)`.
fn pattern(line: &str) -> Option<String> {
    let (file, section) = line.rsplit_once(":(")?;
    let section = section.strip_suffix(')')?;
    if let Some((start, _)) = section.rsplit_once("17h").filter(|_| section.contains("._ZN")) {
        return Some(format!("*({start}17h*)"));
    }
    if section.contains("._R") {
        return Some(format!("*({}*)", without_ending(&without_hashes(section))));
    }
    if section != ".text" && !file.contains("libc.a(") {
        return Some(format!("*({section})"));
    }
    // A file of assembler, or of the C library: `ARCHIVE(MEMBER)`, of which the compiler makes up the first half.
    let (archive, member) = file.strip_suffix(')')?.rsplit_once('(')?;
    let archive = Path::new(archive).file_name()?.to_str()?;
    if let Some(start) = archive.strip_suffix(".rlib") {
        let member = member.split_once('-').map_or(member, |(_, member)| member);
        let library = start.rsplit_once('-').map_or(start, |(library, _)| library);
        return Some(format!("*{library}-*.rlib:*-{member}({section})"));
    }
    Some(format!("*{archive}:{member}({section})"))
}

/// A name with `*` for each hash of a crate, `Cs` with letters and digits up to `_`, and for each place that it points back to,
/// `B` and the same. What only looks like one becomes wider than it need be.
fn without_hashes(name: &str) -> String {
    let (mut text, mut rest) = (String::new(), name);
    while let Some(at) = rest.find(['B', 'C']) {
        let mark = if rest[at..].starts_with("Cs") { 2 } else { 1 };
        let (before, after) = rest.split_at(at + mark);
        text.push_str(before);
        rest = after;
        let number = after.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let is_one = after[number.len()..].starts_with('_');
        if is_one && (mark == 2 || before.ends_with('B') && number.len() < LONG) {
            text.push('*');
            rest = &after[number.len()..];
        }
    }
    text + rest
}

/// A name without the number at its end, `.1234`, and without the crate at its end, for which it was compiled: `Cs*_` with its
/// name, or a place that it points back to.
fn without_ending(name: &str) -> &str {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let name = name.rsplit_once('.').filter(|(_, end)| is_number(end)).map_or(name, |(start, _)| start);
    if let Some(start) = name.strip_suffix("B*_") {
        return start;
    }
    let crate_at_the_end = |&(_, end): &(&str, &str)| {
        let named = end.trim_start_matches(|c: char| c.is_ascii_digit());
        end[..end.len() - named.len()].parse() == Ok(named.len())
    };
    name.rsplit_once("Cs*_").filter(crate_at_the_end).map_or(name, |(start, _)| start)
}

/// No name is so long that it takes as many digits, to the base of 62, to tell a place in it.
const LONG: usize = 4;

fn written(patterns: &[String]) -> String {
    let mut script = String::from(
        "/* Made by `cargo xtask bench layout`: what runs in a daemon at rest stands together. See docs/performance.md. */\n\
         SECTIONS\n{\n  .text.daemon :\n  {\n",
    );
    for pattern in patterns.iter().map(String::as_str).chain(NEAR) {
        let _ = writeln!(script, "    {pattern}");
    }
    script.push_str("  }\n");
    script.push_str(WITHOUT);
    script.push_str("}\nINSERT BEFORE .text;\n");
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As lld writes it, with the numbers cut short to their width.
    fn map(lines: &[(usize, &str)]) -> String {
        let line = |&(depth, text): &(usize, &str)| {
            format!("{:>16x} {:>16x} {:>8x} {:>5} {:depth$}{text}\n", 64, 64, 32, 1, "")
        };
        lines.iter().map(line).collect()
    }

    #[test]
    fn what_ran_is_named_in_the_order_of_the_map_and_all_that_was_folded_into_it() {
        let map = map(&[
            (0, ".text"),
            (8, "a.o:(.text._RNvCs1a_3one3run)"),
            (16, "_RNvCs1a_3one3run"),
            (16, "_RNvCs1a_3one4same"),
            (8, "a.o:(.text._RNvCs1a_3one5never)"),
            (16, "_RNvCs1a_3one5never"),
            (8, "/usr/lib/libc.a(malloc.o):(.text)"),
            (16, "malloc"),
            (0, ".data"),
            (8, "a.o:(.data.it)"),
            (16, "it"),
        ]);
        let profile = "fn=(1) malloc\ncfn=(2) _RNvCs1a_3one4same'2\ncfn=(2)\nfn=(3) it\n";
        assert_eq!(
            patterns(&map, &names_of(profile)),
            [
                "*(.text._RNvCs*_3one3run*)",
                "*(.text._RNvCs*_3one4same*)",
                "*(.text.unlikely._RNvCs*_3one4same*)",
                "*libc.a:malloc.o(.text)"
            ]
        );
        assert_eq!(script(&map, "fn=(1) unknown\n"), None);
    }

    #[test]
    fn a_pattern_has_nothing_that_another_compiler_makes_otherwise() {
        let cases = [
            ("a.o:(.text.unlikely._RNvCs5QKCse7ScR4_3std2io)", "*(.text.unlikely._RNvCs*_3std2io*)"),
            ("a.o:(.text._RNvCs5_3stdNtB5_6RawVecB1a_E)", "*(.text._RNvCs*_3stdNtB*_6RawVecB*_E*)"),
            ("a.o:(.text._RINvCs1_3std4dropmECs1a_9crb_store)", "*(.text._RINvCs*_3std4dropmE*)"),
            ("a.o:(.text._RINvCs1_3std4dropNtCs2_3one1TEB1a_)", "*(.text._RINvCs*_3std4dropNtCs*_3one1TE*)"),
            ("a.o:(.text._RNvCs1_3std4drop.1234)", "*(.text._RNvCs*_3std4drop*)"),
            ("a.o:(.text._RINvCs1_3std4dropmECs1a_9crb_store.7)", "*(.text._RINvCs*_3std4dropmE*)"),
            ("a.o:(.text._ZN3std2io17h0123456789abcdefE)", "*(.text._ZN3std2io17h*)"),
            ("a.o:(.text._RNvC3stdNt5BoardB)", "*(.text._RNvC3stdNt5BoardB*)"),
            ("x/libring-0b55.rlib(abdf-aes.o):(.text.ring_core_aes)", "*(.text.ring_core_aes)"),
            ("x/libring-0b55.rlib(abdf-sha256-elf.o):(.text)", "*libring-*.rlib:*-sha256-elf.o(.text)"),
            ("/usr/lib/libc.a(memmove.o):(.text.avx)", "*libc.a:memmove.o(.text.avx)"),
        ];
        for (line, expected) in cases {
            assert_eq!(pattern(line).as_deref(), Some(expected), "{line}");
        }
    }

    #[test]
    fn the_script_in_the_repository_has_what_may_run_behind_what_runs() {
        let kept = include_str!("../../../../bins/clusterrebootd/layout.ld");
        let own: Vec<String> =
            kept.lines().filter_map(|line| line.strip_prefix("    ")).map(Into::into).collect();
        let (ran, near) = own.split_at(own.len() - NEAR.len());
        assert_eq!(near, NEAR);
        assert_eq!(written(ran), kept);
    }
}
