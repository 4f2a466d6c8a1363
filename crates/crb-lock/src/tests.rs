//! Steps of the protocol on the in-memory store.
