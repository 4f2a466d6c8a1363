//! The windows of a node against oracles, on random cases: what they say of an instant, until when that holds, and
//! when the next open instant is. Weekly ones on 20,000 cases over decades, and all forms together on 2,000 cases,
//! minute by minute over two years.
//!
//! Until when it holds is proven and not sampled: a verdict can change only where some window opens or closes, so
//! it is asked for at each of these edges up to the change that the windows announce, and at that change.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod forms;
mod laws;
mod minutes;
mod oracle;
mod two_years;
mod written;
mod zones;
