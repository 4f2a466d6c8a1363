//! An in-process store with the semantics of etcd.
