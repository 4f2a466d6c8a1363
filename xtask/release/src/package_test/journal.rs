//! The steps of the test as they are taken: how long each took, and all that was wrong at the end.

use std::time::Instant;

use xtask::Failure;

/// What a step has found wrong.
pub(super) type Faults = Vec<String>;

/// All steps up to now.
#[derive(Debug, Default)]
pub(super) struct Journal {
    steps: usize,
    faults: Vec<(String, Faults)>,
    remarks: Vec<String>,
}

impl Journal {
    /// Takes a step. Whatever was wrong, others are taken after it; only what builds on it should not be: whether
    /// nothing was wrong.
    #[allow(clippy::disallowed_methods, reason = "how long a step takes is not a thing to pause in a test")]
    pub(super) fn step(&mut self, name: &str, work: impl FnOnce(&mut Faults) -> Result<(), Failure>) -> bool {
        println!("==> {name}");
        let start = Instant::now();
        let mut faults = Faults::new();
        if let Err(failure) = work(&mut faults) {
            faults.push(failure.to_string());
        }
        let verdict = if faults.is_empty() { "passed" } else { "FAILED" };
        println!("<== {name}: {verdict} after {} s", start.elapsed().as_secs());
        self.steps += 1;
        let passed = faults.is_empty();
        if !passed {
            println!("    {}", faults.join("\n    "));
            self.faults.push((name.to_owned(), faults));
        }
        passed
    }

    /// Notes what was not tried.
    pub(super) fn remark(&mut self, remark: String) {
        println!("{remark}");
        self.remarks.push(remark);
    }

    /// Tells what was not tried; fails with everything that was wrong.
    pub(super) fn verdict(self) -> Result<(), Failure> {
        for remark in &self.remarks {
            println!("{remark}");
        }
        if self.faults.is_empty() {
            println!("{} steps, all passed", self.steps);
            return Ok(());
        }
        let mut told = vec![format!("{} of {} steps failed", self.faults.len(), self.steps)];
        for (step, faults) in &self.faults {
            told.push(format!("{step}:"));
            told.extend(faults.iter().map(|fault| format!("  {}", fault.replace('\n', "\n    "))));
        }
        Err(Failure::Verdict(told.join("\n")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_failed_keeps_no_other_from_being_taken_and_all_faults_are_told() {
        let mut journal = Journal::default();
        assert!(journal.step("one", |_| Ok(())));
        assert!(!journal.step("two", |faults| {
            faults.push("a file is missing".into());
            Err(Failure::Verdict("it ended badly:\nfor a reason".into()))
        }));
        assert!(!journal.step("three", |faults| {
            faults.push("a mode is wrong".into());
            Ok(())
        }));
        let failure = journal.verdict().expect_err("two failed");
        assert_eq!(
            failure.to_string(),
            "2 of 3 steps failed\ntwo:\n  a file is missing\n  it ended badly:\n    for a reason\nthree:\n  a mode is wrong"
        );
        assert_eq!(failure.exit_code(), 1);
    }

    #[test]
    fn without_a_fault_all_is_well() {
        let mut journal = Journal::default();
        journal.step("one", |_| Ok(()));
        assert!(journal.verdict().is_ok());
    }
}
