//! The daemon on the in-memory store.
