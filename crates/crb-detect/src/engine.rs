//! Asks every detector and keeps what each said.

use std::fmt;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use crb_decide::{DetectorFinding, DetectorVerdict};
use tokio::time::Instant;

use crate::{Detector, Look, WatchError};

/// The detectors of this machine.
pub struct Engine {
    detectors: Vec<Box<dyn Detector>>,
}

impl Engine {
    /// An engine that asks `detectors` in the order given.
    pub fn new(detectors: Vec<Box<dyn Detector>>) -> Self {
        Self { detectors }
    }

    /// Asks every detector, one after the other, whatever the earlier ones said: a reboot that one asks for
    /// does not excuse another that failed.
    pub async fn evaluate(&self) -> Findings {
        let mut detectors = Vec::with_capacity(self.detectors.len());
        for detector in &self.detectors {
            let began = Instant::now();
            let Look { verdict, exit_code, output } = detector.look().await;
            let (name, took) = (detector.name().to_owned(), began.elapsed());
            detectors.push(Finding { name, verdict, exit_code, output, took });
        }
        Findings { detectors }
    }

    /// Returns when a detector has something else to say than it said last. Those that cannot notice are `told`, and
    /// the others are waited for.
    pub async fn changed(&self, mut told: impl FnMut(&WatchError)) {
        let mut waits: Vec<_> = self.detectors.iter().map(|detector| detector.changed()).collect();
        poll_fn(|context| {
            let mut changed = Poll::Pending;
            waits.retain_mut(|wait| match wait.as_mut().poll(context) {
                Poll::Pending => true,
                Poll::Ready(Ok(())) => {
                    changed = Poll::Ready(());
                    false
                }
                Poll::Ready(Err(error)) => {
                    told(&error);
                    false
                }
            });
            changed
        })
        .await;
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.detectors.iter().map(|detector| detector.name())).finish()
    }
}

/// What all detectors said, in the order of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct Findings {
    /// One for each detector.
    pub detectors: Vec<Finding>,
}

impl Findings {
    /// The part that decisions are made from.
    pub fn verdicts(&self) -> Vec<DetectorFinding> {
        self.detectors
            .iter()
            .map(|Finding { name, verdict, .. }| DetectorFinding {
                name: name.clone(),
                verdict: verdict.clone(),
            })
            .collect()
    }
}

/// What one detector said, and how long it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The detector's name in the configuration.
    pub name: String,
    /// Whether it asks for a reboot.
    pub verdict: DetectorVerdict,
    /// The exit code, where a program ran and ended by itself.
    pub exit_code: Option<i32>,
    /// What there is to read for people: what a program wrote, or what was found; may be empty.
    pub output: String,
    /// How long the look took.
    pub took: Duration,
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;

    use super::*;

    /// Says `verdict` after `after`.
    struct Says {
        name: &'static str,
        verdict: DetectorVerdict,
        after: Duration,
    }

    #[async_trait]
    impl Detector for Says {
        fn name(&self) -> &str {
            self.name
        }

        async fn look(&self) -> Look {
            tokio::time::sleep(self.after).await;
            Look::bare(self.verdict.clone())
        }
    }

    fn says(name: &'static str, verdict: DetectorVerdict, seconds: u64) -> Box<dyn Detector> {
        Box::new(Says { name, verdict, after: Duration::from_secs(seconds) })
    }

    #[tokio::test(start_paused = true)]
    async fn asks_all_of_them_in_order_and_times_each() {
        let broken = DetectorVerdict::Unknown("broken".to_owned());
        let engine = Engine::new(vec![
            says("kernel", DetectorVerdict::Needed, 3),
            says("libraries", broken.clone(), 0),
            says("marker", DetectorVerdict::NotNeeded, 5),
        ]);

        let findings = engine.evaluate().await;

        let seen: Vec<_> =
            findings.detectors.iter().map(|found| (found.name.as_str(), found.took.as_secs())).collect();
        assert_eq!(seen, [("kernel", 3), ("libraries", 0), ("marker", 5)]);
        let verdicts: Vec<_> = findings.verdicts().into_iter().map(|found| found.verdict).collect();
        assert_eq!(verdicts, [DetectorVerdict::Needed, broken, DetectorVerdict::NotNeeded]);
    }

    #[tokio::test]
    async fn without_detectors_there_is_nothing_to_say() {
        assert_eq!(Engine::new(Vec::new()).evaluate().await, Findings::default());
    }
    /// Notices a change, or cannot, after some seconds.
    struct Notices(Result<(), WatchError>, u64);

    #[async_trait]
    impl Detector for Notices {
        fn name(&self) -> &'static str {
            "notices"
        }

        async fn look(&self) -> Look {
            Look::bare(DetectorVerdict::NotNeeded)
        }

        async fn changed(&self) -> Result<(), WatchError> {
            tokio::time::sleep(Duration::from_secs(self.1)).await;
            self.0.clone()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_that_changes_counts_and_who_cannot_tell_keeps_nobody_from_it() {
        let broken = WatchError::NoInstance { error: "too many".to_owned() };
        let engine = Engine::new(vec![
            says("command", DetectorVerdict::NotNeeded, 0),
            Box::new(Notices(Err(broken.clone()), 1)),
            Box::new(Notices(Ok(()), 5)),
            Box::new(Notices(Ok(()), 9)),
        ]);
        let (began, mut told) = (Instant::now(), Vec::new());
        engine.changed(|error| told.push(error.clone())).await;
        assert_eq!((began.elapsed().as_secs(), told), (5, vec![broken]));
    }
}
