//! What was looked at, and what was found wrong.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use xtask::Failure;

/// By file, in the order of their names.
#[derive(Debug, Default)]
pub(super) struct Report {
    files: BTreeMap<String, Vec<String>>,
    remarks: Vec<String>,
}

impl Report {
    /// Notes that a file was looked at.
    pub(super) fn seen(&mut self, file: &str) {
        self.files.entry(file.to_owned()).or_default();
    }

    /// Notes what is wrong with a file.
    pub(super) fn fault(&mut self, file: &str, fault: impl Into<String>) {
        self.files.entry(file.to_owned()).or_default().push(fault.into());
    }

    /// Notes what was not looked at.
    pub(super) fn remark(&mut self, remark: impl Into<String>) {
        self.remarks.push(remark.into());
    }

    /// Fails if anything is wrong.
    pub(super) fn verdict(&self, dir: &Path) -> Result<(), Failure> {
        let bad = self.files.values().filter(|faults| !faults.is_empty()).count();
        if bad == 0 {
            return Ok(());
        }
        let total = self.files.len();
        Err(Failure::Verdict(format!("{}: {bad} of {total} files are not as they must be", dir.display())))
    }

    /// Every fault with its file, for tests.
    #[cfg(test)]
    pub(super) fn faults(&self) -> Vec<String> {
        let of = |(file, faults): (&String, &Vec<String>)| {
            faults.iter().map(|fault| format!("{file}: {fault}")).collect::<Vec<_>>()
        };
        self.files.iter().flat_map(of).collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (file, faults) in &self.files {
            writeln!(f, "{} {file}", if faults.is_empty() { "ok " } else { "BAD" })?;
            faults.iter().try_for_each(|fault| writeln!(f, "      {fault}"))?;
        }
        self.remarks.iter().try_for_each(|remark| writeln!(f, "{remark}"))
    }
}
