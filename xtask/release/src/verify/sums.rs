//! Whether checksums and files agree.

use std::collections::BTreeMap;
use std::path::Path;

use xtask::Failure;

use super::listing::Listing;
use super::report::Report;
use crate::files;
use crate::sums::Sums;

pub(super) fn look(dir: &Path, listing: &Listing, report: &mut Report) -> Result<(), Failure> {
    for sums in Sums::ALL {
        let path = dir.join(sums.file());
        if !path.is_file() {
            continue;
        }
        let listed = read(sums, &String::from_utf8_lossy(&files::read(&path)?), report);
        for (name, sum) in &listed {
            let file = dir.join(name);
            if !listing.payload.contains(name) {
                report.fault(sums.file(), format!("{name} stands here, and is not there"));
            } else if sums.of(&files::read(&file)?) != *sum {
                report.fault(name, format!("its checksum is not that of {}", sums.file()));
            }
        }
        for name in listing.payload.iter().filter(|name| !listed.contains_key(*name)) {
            report.fault(name, format!("it has no checksum in {}", sums.file()));
        }
    }
    Ok(())
}

/// Reads a list, line by line as it was written: with nothing before, between or behind.
fn read(sums: Sums, text: &str, report: &mut Report) -> BTreeMap<String, String> {
    let mut listed = BTreeMap::new();
    if !text.ends_with('\n') {
        report.fault(sums.file(), "it ends within a line");
    }
    let is_name = |name: &str| !name.is_empty() && !name.contains(|c: char| c == '/' || c.is_control());
    for (index, line) in text.split_terminator('\n').enumerate() {
        let is_sum = |sum: &str| sum.len() == sums.digits() && sum.chars().all(|c| c.is_ascii_hexdigit());
        let parts = line.split_once("  ").filter(|(sum, name)| is_sum(sum) && is_name(name));
        let Some((sum, name)) = parts else {
            let ending = if line.ends_with('\r') { ", and ends as lines do on Windows" } else { "" };
            let told = format!("line {}: it is no checksum with a file's name{ending}", index + 1);
            report.fault(sums.file(), told);
            continue;
        };
        if listed.insert(name.to_owned(), sum.to_owned()).is_some() {
            report.fault(sums.file(), format!("line {}: {name} stands here twice", index + 1));
        }
    }
    listed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_checksum_two_blanks_and_a_name_and_nothing_else() {
        let sum = "0".repeat(64);
        let good = format!("{sum}  a.deb\n");
        let cases = [
            (good.clone(), ""),
            (
                format!("{sum}  a.deb\r\n"),
                "line 1: it is no checksum with a file's name, and ends as lines do on Windows",
            ),
            (format!("{sum} *a.deb\n"), "line 1: it is no checksum with a file's name"),
            (format!("{sum}  sub/a.deb\n"), "line 1: it is no checksum with a file's name"),
            (format!("{sum}  \n"), "line 1: it is no checksum with a file's name"),
            (format!("{}  a.deb\n", &sum[1..]), "line 1: it is no checksum with a file's name"),
            (format!("{}g  a.deb\n", &sum[1..]), "line 1: it is no checksum with a file's name"),
            (format!("{good}\n"), "line 2: it is no checksum with a file's name"),
            (format!("{good}{good}"), "line 2: a.deb stands here twice"),
            (format!("{sum}  a.deb"), "it ends within a line"),
        ];
        for (text, told) in cases {
            let mut report = Report::default();
            read(Sums::Sha256, &text, &mut report);
            let expected: Vec<_> = Some(told)
                .filter(|told| !told.is_empty())
                .map(|told| format!("SHA256SUMS: {told}"))
                .into_iter()
                .collect();
            assert_eq!(report.faults(), expected, "{text:?}");
        }
    }
}
