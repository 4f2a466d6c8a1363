//! Runs one behaviour after the other on the in-memory store, and all of them at once on a real etcd.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;

use crb_store::Store;
use crb_store::etcd::{EtcdSettings, EtcdStore};
use crb_testbed::EtcdCluster;
use tokio::task::JoinSet;

use super::Fleet;

/// A named behaviour, still to be given its fleet.
pub(crate) type Behaviour = (&'static str, fn(Fleet) -> Pin<Box<dyn Future<Output = ()> + Send>>);

/// Makes each behaviour a test on the in-memory store, with its clock paused, and all of them one on etcd.
macro_rules! behaviours {
    ($($name:ident),+ $(,)?) => {
        mod in_memory {
            $(
                #[tokio::test(start_paused = true)]
                async fn $name() {
                    super::$name(crate::support::Fleet::in_memory()).await;
                }
            )+
        }

        #[tokio::test]
        async fn all_hold_on_etcd() {
            let all: Vec<crate::support::Behaviour> =
                vec![$((stringify!($name), |fleet| Box::pin($name(fleet)))),+];
            crate::support::all_on_etcd(all).await;
        }
    };
}

/// Runs `behaviours` on one etcd member, each in a namespace of its own.
pub(crate) async fn all_on_etcd(behaviours: Vec<Behaviour>) {
    let cluster = EtcdCluster::start(1);
    let store: Arc<dyn Store> =
        Arc::new(EtcdStore::try_new(&EtcdSettings::new(cluster.endpoints())).unwrap());
    let (mut tasks, mut names) = (JoinSet::new(), HashMap::new());
    for (name, behaviour) in behaviours {
        let task = tasks.spawn(behaviour(Fleet::on(Arc::clone(&store), name)));
        names.insert(task.id(), name);
    }
    let mut broken = vec![];
    while let Some(end) = tasks.join_next_with_id().await {
        if let Err(error) = end {
            broken.push(names[&error.id()]);
        }
    }
    assert!(broken.is_empty(), "on etcd these do not hold: {broken:?}");
}
