//! `demo`: a pretended fleet, live. Its nodes run the very loop of `run`.

mod summary;
mod view;

use std::sync::Arc;

use crb_decide::ExitCode;
use crb_sim::{Fleet, FleetSpec};
use crb_store::etcd::{EtcdSettings, EtcdStore, SettingsError};
use crb_store::memory::MemoryStore;
use crb_store::{KeyRange, Op, Store, StoreError, Txn};

use crate::cli::DemoArgs;
use crate::commands::{block_on, ended};
use crate::system::System;
use crate::{output, system};

pub(crate) fn run(args: &DemoArgs, system: &System) -> ExitCode {
    let mut spec = FleetSpec::demo(args.nodes as usize);
    spec.seed = fastrand::u64(..);
    block_on(async move {
        let store = match store(args.etcd.as_deref()) {
            Ok(store) => store,
            Err(error) => return output::failure(&error),
        };
        if args.etcd.is_some() {
            // A fleet of its own, beside whatever else is in there.
            spec.namespace = format!("clusterrebootd-demo-{:08x}", fastrand::u32(..));
        }
        let namespace = KeyRange::prefix(format!("/{}/", spec.namespace));
        let code = roll(spec, Arc::clone(&store), system).await;
        match tidy(&*store, namespace).await {
            Ok(()) => code,
            Err(error) => output::failure(&error),
        }
    })
}

fn store(etcd: Option<&str>) -> Result<Arc<dyn Store>, SettingsError> {
    Ok(match etcd {
        Some(endpoint) => Arc::new(EtcdStore::try_new(&EtcdSettings::new([endpoint]))?),
        None => Arc::new(MemoryStore::new(fastrand::u64(..))),
    })
}

async fn roll(spec: FleetSpec, store: Arc<dyn Store>, system: &System) -> ExitCode {
    let interrupted = match ended() {
        Ok(ended) => ended,
        Err(error) => return output::failure(&error),
    };
    let slots = spec.terms.slots;
    output::result(&view::opening(&spec));
    let view = view::View::new(&spec, system.colour_out());
    let fleet = Fleet::new(spec, store, system::clock(), Arc::new(view.clone()))
        .on_power(move |event| view.power(event));
    let until = async {
        interrupted.await;
    };
    match fleet.run(until).await {
        Ok(summary) => {
            output::result(&summary::told(&summary, slots));
            if summary.unfinished.is_empty() { ExitCode::Success } else { ExitCode::Failure }
        }
        Err(error) => output::failure(&error),
    }
}

/// Leaves nothing of the demo in the store.
async fn tidy(store: &dyn Store, namespace: KeyRange) -> Result<(), StoreError> {
    store.txn(Txn::default().then([Op::Delete { range: namespace }])).await.map(drop)
}
