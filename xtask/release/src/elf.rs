//! The little of an executable's form that tells where in it a byte stands.

/// The name of the section that holds the byte at `offset` of a 64-bit little-endian ELF file; nothing if it is none.
pub(crate) fn section(file: &[u8], offset: usize) -> Option<String> {
    if !file.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    let table = word(file, 0x28, 8)?;
    let (size, count, names) = (word(file, 0x3a, 2)?, word(file, 0x3c, 2)?, word(file, 0x3e, 2)?);
    let header = |index: usize| table.checked_add(index.checked_mul(size)?);
    let names = word(file, header(names)?.checked_add(0x18)?, 8)?;
    (0..count).find_map(|index| {
        let header = header(index)?;
        let (start, length) = (word(file, header + 0x18, 8)?, word(file, header + 0x20, 8)?);
        // A section without bytes in the file, such as that of what is zero at first.
        let has_bytes = word(file, header + 4, 4)? != 8;
        if !has_bytes || !(start..start.checked_add(length)?).contains(&offset) {
            return None;
        }
        let name = file.get(names.checked_add(word(file, header, 4)?)?..)?;
        let end = name.iter().position(|byte| *byte == 0)?;
        Some(String::from_utf8_lossy(&name[..end]).into_owned())
    })
}

/// The number of `bytes` bytes that stands at `at`.
fn word(file: &[u8], at: usize, bytes: usize) -> Option<usize> {
    let bytes = file.get(at..at.checked_add(bytes)?)?;
    bytes.iter().rev().try_fold(0_usize, |sum, byte| sum.checked_mul(256)?.checked_add(usize::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_test_is_an_executable_whose_text_has_a_place() {
        let own = std::env::current_exe().and_then(std::fs::read).expect("this program can be read");
        let names: std::collections::BTreeSet<_> =
            (0..own.len()).step_by(512).filter_map(|at| section(&own, at)).collect();
        assert!(names.contains(".text") && names.contains(".rodata"), "{names:?}");
        assert_eq!(section(&own, 0), None, "the header stands in no section");
    }

    #[test]
    fn what_is_no_executable_or_cut_off_has_no_sections() {
        for file in [&b""[..], b"text", b"\x7fELF\x02\x01", b"\x7fELF\x01\x01 of 32 bits"] {
            assert_eq!(section(file, 1), None);
        }
    }
}
