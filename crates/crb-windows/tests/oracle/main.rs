//! The windows of a node against an oracle, on 20,000 random cases: what they say of an instant, until when that
//! holds, and when the next open instant is.
//!
//! Until when it holds is proven and not sampled: a verdict can change only where some window opens or closes, so
//! it is asked for at each of these edges up to the change that the windows announce, and at that change.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod laws;
mod oracle;
mod written;
mod zones;
