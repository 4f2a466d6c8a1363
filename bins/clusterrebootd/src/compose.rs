//! Composition: settings become the adapters of a node. Every command that asks a node does it here.

use std::hash::Hasher;
use std::sync::Arc;
use std::time::Duration;

use crb_config::{
    DetectorKind, DetectorSettings, EtcdSettings, EventHookSettings, Fault, HookSettings, HooksSettings,
    Settings,
};
use crb_decide::Policy;
use crb_detect::{CommandDetector, Detector, Engine, FileDetector, KernelDetector};
use crb_health::{RelativePath, Script};
use crb_lock::{Coordinator, Identity, Keys, Memory, Onlooker, Operator, Terms};
use crb_observe::{Clock, Emitter, Fanout, What};
use crb_orchestrate::{Hook, Hooks, Jitter, Node, Plan, Setup};
use crb_store::etcd::{self, EtcdStore, FileNews, Members, SettingsError};
use crb_store::{Observed, Store};

use crate::adapters::{
    KillSwitchFile, RebootNotesFile, RunMarkerFile, SystemHook, SystemReboot, script_environment,
};
use crate::commands::version::VERSION;
use crate::directory::Directory;
use crate::event_hook::EventProgram;
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
    let identity = Identity {
        node: settings.node_name.clone(),
        machine_id: system::machine_id()?,
        boot_id: system::boot_id()?,
        pid: std::process::id(),
        version: VERSION.to_owned(),
    };
    let keys = Keys::new(&settings.etcd.namespace, &settings.lock.key);
    let (store, members) = store(&settings.etcd, &keys, emitter.clone())?;
    let notes = RebootNotesFile::within(Directory::state(), &Directory::runtime());
    let node = Node::new(
        setup(settings, metrics)?,
        Arc::new(RunMarkerFile::within(&Directory::runtime())),
        Coordinator::remembering(memory, store, keys, identity, terms(settings)),
        emitter,
        clock,
        chance(),
    )
    .with_notes(Arc::new(notes));
    Ok(Composed { node, members })
}

/// What of the node may change while it is at work.
pub(crate) fn setup(settings: &Settings, metrics: Option<&str>) -> Result<Setup, RelativePath> {
    let environment = script_environment(settings, metrics);
    let script = Script::try_new(
        settings.health.script.display().to_string(),
        settings.health.timeout,
        environment.clone(),
    )?;
    let hooks = hooks(&settings.hooks, &environment);
    let reboot = SystemReboot::new(&settings.reboot.command, environment, settings.reboot.command_timeout);
    Ok(Setup {
        plan: plan(settings),
        detectors: detectors(&settings.detectors),
        health: Arc::new(script),
        kill_switch: Arc::new(KillSwitchFile(settings.kill_switch_file.clone())),
        reboot: Arc::new(reboot),
        hooks,
    })
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
    let keys = Keys::new(&settings.etcd.namespace, &settings.lock.key);
    let (store, _) = store(&settings.etcd, &keys, emitter)?;
    Ok((store, keys))
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

/// The hooks around a reboot.
fn hooks(settings: &HooksSettings, environment: &[(String, String)]) -> Hooks {
    let hook = |settings: &HookSettings| Hook {
        name: settings.name.clone(),
        on_failure: settings.on_failure,
        program: Arc::new(SystemHook::new(&settings.cmd, settings.timeout, environment)),
    };
    Hooks {
        pre_reboot: settings.pre_reboot.iter().map(hook).collect(),
        post_reboot: settings.post_reboot.iter().map(hook).collect(),
    }
}

/// What is run for events, if anything is; `metrics` is the address at which they are served.
pub(crate) fn event_program(settings: &Settings, metrics: Option<&str>) -> Option<EventProgram> {
    let EventHookSettings { cmd, timeout, events } = settings.hooks.on_event.clone()?;
    Some(EventProgram { cmd, timeout, events, environment: script_environment(settings, metrics) })
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
        longest_step: longest_step(settings),
        policy: settings.policy.clone(),
        windows: settings.windows.clone(),
    }
}

/// How many calls to etcd another loop may make while this one waits for what they share: what is published of a node is read,
/// written and settled, and that four times where others write it, too.
const CALLS_IN_A_ROW: u32 = 12;

/// The longest that anything may take which the loop waits for without doing something meanwhile.
fn longest_step(settings: &Settings) -> Duration {
    let detectors = settings.detectors.iter().filter_map(|detector| match detector.kind {
        DetectorKind::File { .. } | DetectorKind::Kernel => None,
        DetectorKind::Command { timeout, .. }
        | DetectorKind::NeedsRestarting { timeout }
        | DetectorKind::Zypper { timeout } => Some(timeout),
    });
    let hooks = settings.hooks.pre_reboot.iter().chain(&settings.hooks.post_reboot).map(|hook| hook.timeout);
    [settings.health.timeout, settings.reboot.command_timeout, settings.etcd.timeout * CALLS_IN_A_ROW]
        .into_iter()
        .chain(detectors)
        .chain(hooks)
        .fold(Duration::ZERO, Duration::max)
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
fn store(
    settings: &EtcdSettings,
    keys: &Keys,
    emitter: Emitter,
) -> Result<(Arc<dyn Store>, Members), SettingsError> {
    let credentials = settings.auth.as_ref().map(|auth| etcd::Credentials {
        user: auth.username.clone(),
        password_file: auth.password_file.clone(),
    });
    let etcd_settings = etcd::EtcdSettings {
        call_timeout: settings.timeout,
        first: fastrand::usize(..settings.endpoints.len().max(1)),
        tls: settings.tls.as_ref().map(tls_settings),
        credentials,
        ranges: keys.ranges().to_vec(),
        ..etcd::EtcdSettings::new(&settings.endpoints)
    };
    let teller = emitter.clone();
    let etcd = EtcdStore::try_new_telling(&etcd_settings, move |news| {
        let (message, renewed) = match news {
            FileNews::Renewed(message) => (message, true),
            FileNews::Refused(message) => (message, false),
        };
        teller.emit(What::EtcdFiles { message, renewed });
    })?;
    let members = etcd.members();
    let store = Observed::new(etcd, move |call| {
        emitter.emit(What::StoreCall { operation: call.operation, result: call.result, took: call.took });
    });
    Ok((Arc::new(store), members))
}

/// The files of TLS, as the store takes them.
pub(crate) fn tls_settings(settings: &crb_config::TlsSettings) -> etcd::TlsSettings {
    etcd::TlsSettings {
        ca_file: settings.ca_file.clone(),
        cert_file: settings.cert_file.clone(),
        key_file: settings.key_file.clone(),
        insecure_skip_verify: settings.insecure_skip_verify,
    }
}

/// Nodes that publish the same digest have the same policy.
pub(crate) fn digest(policy: &Policy) -> String {
    let mut hasher = fnv::FnvHasher::default();
    hasher.write(&serde_json::to_vec(policy).expect("a policy of numbers and names is always JSON"));
    format!("{:016x}", hasher.finish())
}

/// Tells the warnings of a configuration that was loaded.
pub(crate) fn warn(warnings: &[Fault], emitter: &Emitter) {
    for warning in warnings {
        let hint = warning.hint().map_or_else(String::new, |hint| format!("; {hint}"));
        emitter.emit(What::ConfigWarning { message: format!("{}: {warning}{hint}", warning.code()) });
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where chance comes from")]
fn chance() -> Jitter {
    Arc::new(fastrand::f64)
}

#[cfg(test)]
mod tests {
    use crb_config::LoadContext;

    use super::*;

    const LEAST: &str = "
node_name: node-a
reboot_required_detectors:
  - {name: marker, type: file, path: /run/reboot-required}
health_script: /bin/true
etcd_endpoints: [127.0.0.1:2379]
";

    #[test]
    fn whatever_may_take_long_counts_for_the_longest_step() {
        let detector = "reboot_required_detectors:\n  - {name: own, type: command, cmd: [/bin/true], \
                        success_exit_codes: [0], timeout_sec: 4000}";
        let marker = "reboot_required_detectors:\n  - {name: marker, type: file, path: /run/reboot-required}";
        let hook = |phase: &str| {
            format!("hooks:\n  {phase}: [{{name: own, cmd: [/bin/true], timeout_sec: 4000}}]\n")
        };
        let cases = [
            (LEAST.to_owned(), 120),
            (format!("{LEAST}health_timeout_sec: 4000\nlock_ttl_sec: 9000\n"), 4000),
            (format!("{LEAST}reboot_command_timeout_sec: 4000\nreboot_timeout_sec: 9000\n"), 4000),
            (format!("{LEAST}etcd_timeout_sec: 40\n"), 480),
            (LEAST.replace(marker, detector), 4000),
            (format!("{LEAST}{}", hook("pre_reboot")), 4000),
            (format!("{LEAST}{}", hook("post_reboot")), 4000),
        ];
        for (text, seconds) in cases {
            let context = LoadContext { hostname: String::new(), zone: jiff::tz::TimeZone::UTC };
            let settings = crb_config::parse("config.yaml", text.clone(), &context).unwrap().settings;
            assert_eq!(longest_step(&settings), Duration::from_secs(seconds), "{text}");
        }
    }
}
