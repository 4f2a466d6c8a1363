//! Composition: settings become the adapters of a node. Every command that asks a node does it here.

use std::hash::Hasher;
use std::sync::Arc;

use crb_config::{DetectorKind, DetectorSettings, EtcdSettings, Settings};
use crb_decide::Policy;
use crb_detect::{CommandDetector, Detector, Engine, FileDetector, KernelDetector};
use crb_health::{RelativePath, Script};
use crb_lock::{Coordinator, Identity, Keys, Memory, Onlooker, Operator, Terms};
use crb_observe::{Clock, Emitter, Fanout, What};
use crb_orchestrate::{Jitter, Node, Plan};
use crb_store::etcd::{self, EtcdStore, Members, SettingsError};
use crb_store::{Observed, Store};

use crate::adapters::{KillSwitchFile, RunMarkerFile, SystemReboot, script_environment};
use crate::commands::version::VERSION;
use crate::directory::Directory;
use crate::system::{self, Untold};

/// Why a node could not be put together.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ComposeError {
    /// The machine does not tell who it is.
    #[error(transparent)]
    System(#[from] Untold),
    /// The way to etcd is not usable.
    #[error("etcd cannot be used")]
    Etcd(#[from] SettingsError),
    /// The health script's path is not absolute.
    #[error(transparent)]
    Script(#[from] RelativePath),
}

/// A node put together.
pub(crate) struct Composed {
    /// The node.
    pub(crate) node: Node,
    /// The members of the etcd on which it meets its fleet.
    pub(crate) members: Members,
}

/// Puts the node of `settings` together, which goes on from what `memory` holds; `metrics` is the address at which
/// they are served.
pub(crate) fn node(
    settings: &Settings,
    memory: Arc<dyn Memory>,
    emitter: Emitter,
    clock: Clock,
    metrics: Option<&str>,
) -> Result<Composed, ComposeError> {
    let environment = script_environment(settings, metrics);
    let identity = Identity {
        node: settings.node_name.clone(),
        machine_id: system::machine_id()?,
        boot_id: system::boot_id()?,
        pid: std::process::id(),
        version: VERSION.to_owned(),
    };
    let (store, members) = store(&settings.etcd, emitter.clone())?;
    let keys = Keys::new(&settings.etcd.namespace, &settings.lock.key);
    let script = Script::try_new(
        settings.health.script.display().to_string(),
        settings.health.timeout,
        environment.clone(),
    )?;
    let reboot = SystemReboot::new(&settings.reboot.command, environment, settings.reboot.command_timeout);
    let node = Node::new(
        plan(settings),
        detectors(&settings.detectors),
        Arc::new(script),
        Arc::new(KillSwitchFile(settings.kill_switch_file.clone())),
        Arc::new(reboot),
        Arc::new(RunMarkerFile::within(&Directory::runtime())),
        Coordinator::remembering(memory, store, keys, identity, terms(settings)),
        emitter,
        clock,
        chance(),
    );
    Ok(Composed { node, members })
}

/// What an operator needs, whom the store's records are to call `who`: the way to etcd, and nothing of the node.
pub(crate) fn operator(settings: &Settings, who: &str, clock: &Clock) -> Result<Operator, ComposeError> {
    let (store, keys) = from_outside(settings, clock)?;
    Ok(Operator::new(store, keys, who, settings.history_keep))
}

/// What an onlooker needs, who is no node either.
pub(crate) fn onlooker(settings: &Settings, clock: &Clock) -> Result<Onlooker, ComposeError> {
    let (store, keys) = from_outside(settings, clock)?;
    Ok(Onlooker::new(store, keys, settings.health.publish_interval))
}

/// The way to etcd of somebody who is no node and emits nothing, and where everything stands there.
pub(crate) fn from_outside(
    settings: &Settings,
    clock: &Clock,
) -> Result<(Arc<dyn Store>, Keys), ComposeError> {
    let emitter = Emitter::new(settings.node_name.clone(), Arc::clone(clock), Arc::new(Fanout(vec![])));
    let (store, _) = store(&settings.etcd, emitter)?;
    Ok((store, Keys::new(&settings.etcd.namespace, &settings.lock.key)))
}

/// The detectors of the configuration.
pub(crate) fn detectors(settings: &[DetectorSettings]) -> Engine {
    let detector = |settings: &DetectorSettings| -> Box<dyn Detector> {
        let name = &settings.name;
        match &settings.kind {
            DetectorKind::File { path } => Box::new(FileDetector::new(name, path)),
            DetectorKind::Command { cmd, success_exit_codes, timeout } => {
                Box::new(CommandDetector::new(name, cmd.clone(), *timeout, success_exit_codes.clone()))
            }
            DetectorKind::Kernel => Box::new(KernelDetector::new(name, system::kernel_release(), "/")),
            DetectorKind::NeedsRestarting { timeout } => {
                Box::new(CommandDetector::needs_restarting(name, *timeout))
            }
            DetectorKind::Zypper { timeout } => Box::new(CommandDetector::zypper(name, *timeout)),
        }
    };
    Engine::new(settings.iter().map(detector).collect())
}

fn plan(settings: &Settings) -> Plan {
    Plan {
        dry_run: settings.dry_run,
        check_interval: settings.check_interval,
        health_interval: settings.health.publish_interval,
        backoff_min: settings.backoff_min,
        backoff_max: settings.backoff_max,
        reboot_timeout: settings.reboot.timeout,
        post_stable: settings.reboot.post_stable,
        policy: settings.policy.clone(),
        windows: settings.windows.clone(),
    }
}

/// The times and numbers of the protocol.
pub(crate) fn terms(settings: &Settings) -> Terms {
    Terms {
        lock_ttl: settings.lock.ttl,
        presence_ttl: settings.presence_ttl,
        reboot_timeout: settings.reboot.timeout,
        cooldown: settings.min_reboot_interval,
        history_keep: settings.history_keep,
        go_interval: settings.health.publish_interval,
        slots: settings.max_concurrent_reboots,
        policy_digest: digest(&settings.policy),
    }
}

/// The way to etcd.
fn store(settings: &EtcdSettings, emitter: Emitter) -> Result<(Arc<dyn Store>, Members), SettingsError> {
    let etcd = EtcdStore::try_new(&etcd::EtcdSettings {
        call_timeout: settings.timeout,
        first: fastrand::usize(..settings.endpoints.len().max(1)),
        tls: settings.tls.as_ref().map(|tls| etcd::TlsSettings {
            ca_file: tls.ca_file.clone(),
            cert_file: tls.cert_file.clone(),
            key_file: tls.key_file.clone(),
            insecure_skip_verify: tls.insecure_skip_verify,
        }),
        ..etcd::EtcdSettings::new(&settings.endpoints)
    })?;
    let members = etcd.members();
    let store = Observed::new(etcd, move |call| {
        emitter.emit(What::StoreCall { operation: call.operation, result: call.result, took: call.took });
    });
    Ok((Arc::new(store), members))
}

/// Nodes that publish the same digest have the same policy.
pub(crate) fn digest(policy: &Policy) -> String {
    let mut hasher = fnv::FnvHasher::default();
    hasher.write(&serde_json::to_vec(policy).expect("a policy of numbers and names is always JSON"));
    format!("{:016x}", hasher.finish())
}

#[expect(clippy::disallowed_methods, reason = "this is where chance comes from")]
fn chance() -> Jitter {
    Arc::new(fastrand::f64)
}
