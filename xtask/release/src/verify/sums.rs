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
    for (index, line) in text.lines().enumerate() {
        let is_sum = |sum: &str| sum.len() == sums.digits() && sum.chars().all(|c| c.is_ascii_hexdigit());
        match line.split_once("  ").filter(|(sum, name)| is_sum(sum) && !name.contains('/')) {
            Some((sum, name)) => {
                if listed.insert(name.to_owned(), sum.to_owned()).is_some() {
                    report.fault(sums.file(), format!("line {}: {name} stands here twice", index + 1));
                }
            }
            None => {
                report
                    .fault(sums.file(), format!("line {}: it is no checksum with a file's name", index + 1));
            }
        }
    }
    listed
}
