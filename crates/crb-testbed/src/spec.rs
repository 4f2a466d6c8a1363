//! What is asked of a cluster beside its size.

use crate::{EtcdCluster, Network, Request};

/// How a cluster is to be made.
#[derive(Debug, Default)]
pub struct ClusterSpec {
    pub(crate) size: usize,
    /// TLS, with such a certificate.
    pub(crate) certificate: Option<Request>,
    pub(crate) arguments: Vec<String>,
    pub(crate) network: Option<Network>,
    pub(crate) disk: Option<u64>,
}

impl ClusterSpec {
    /// So many members on this machine.
    pub fn of(size: usize) -> Self {
        Self { size, ..Self::default() }
    }

    /// TLS on both sides, and a certificate of the servers for these names, which need not be theirs.
    #[must_use]
    pub fn with_tls_for(self, names: &[&str]) -> Self {
        self.with_tls_as(Request::of(names))
    }

    /// TLS on both sides, and such a certificate of the servers, which need not be a good one.
    #[must_use]
    pub fn with_tls_as(self, certificate: Request) -> Self {
        Self { certificate: Some(certificate), ..self }
    }

    /// With a further argument for each `etcd`.
    #[must_use]
    pub fn with(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Each member on a machine of its own, as far as the network goes. It has to be of the same size.
    #[must_use]
    pub fn on(self, network: Network) -> Self {
        Self { network: Some(network), ..self }
    }

    /// Each member with its data on a disk of its own, of so many bytes.
    #[must_use]
    pub fn with_disks(self, bytes: u64) -> Self {
        Self { disk: Some(bytes), ..self }
    }

    /// Starts the members and waits until all of them serve.
    pub fn start(self) -> EtcdCluster {
        EtcdCluster::made(self)
    }
}
