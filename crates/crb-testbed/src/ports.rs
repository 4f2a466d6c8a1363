//! Loopback ports that nobody listens on.

use std::net::TcpListener;

/// So many different free ports. Somebody else may take one before it is used: be ready to try again.
pub(crate) fn free(count: usize) -> Vec<u16> {
    let listeners: Vec<TcpListener> =
        (0..count).map(|_| TcpListener::bind("127.0.0.1:0").expect("a free loopback port")).collect();
    listeners.iter().map(|listener| listener.local_addr().expect("a bound address").port()).collect()
}
