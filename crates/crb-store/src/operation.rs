//! The names of the calls, in errors and in metrics.

/// [`Store::txn`](crate::Store::txn).
pub const TXN: &str = "txn";
/// [`Store::page`](crate::Store::page).
pub const RANGE: &str = "range";
/// [`Store::grant`](crate::Store::grant).
pub const LEASE_GRANT: &str = "lease_grant";
/// [`Store::keep_alive`](crate::Store::keep_alive).
pub const LEASE_KEEP_ALIVE: &str = "lease_keep_alive";
/// [`Store::revoke`](crate::Store::revoke).
pub const LEASE_REVOKE: &str = "lease_revoke";
/// [`Store::watch`](crate::Store::watch), and what its stream was broken by.
pub const WATCH: &str = "watch";
