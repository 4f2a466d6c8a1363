//! Laws of the decisions: each is tried on 20,000 random cases and holds in all of them.
//!
//! An oracle, slow and plain, foretells what must come of a whole world; the step machine, which sees that world
//! only piece by piece, has to agree. Beside it stand laws that need no oracle.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod backoff;
mod claim;
mod dice;
mod fleet;
mod oracle;
mod pass;
mod policy;
mod world;

use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngAlgorithm;

/// How many cases each law is tried on.
const CASES: u32 = 20_000;

/// So many cases, drawn by the quickest generator there is: unoptimized, the default one takes most of the time.
fn config() -> ProptestConfig {
    ProptestConfig { cases: CASES, rng_algorithm: RngAlgorithm::XorShift, ..ProptestConfig::default() }
}
