//! What becomes of each key when the configuration is loaded again by a daemon that is at work.
//!
//! [`KEYS`] is the one list of that. Keys that a rule of the configuration binds together, such as `lock_ttl_sec` and
//! `health_timeout_sec`, stand on the same side, or what is in force could break a rule that neither file breaks.

use crate::settings::Settings;

/// When another value of a key counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// As soon as the configuration is loaded again.
    AtOnce,
    /// With the next start. Until then the old value stays in force.
    Restart,
}

/// One key of the configuration.
pub struct Key {
    /// The key, such as `windows.allow`. What stands below it goes with it.
    pub name: &'static str,
    /// When another value of it counts.
    pub effect: Effect,
    differs: fn(&Settings, &Settings) -> bool,
    take: fn(&mut Settings, &Settings),
}

/// What loading again comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Reload {
    /// What is in force from now on.
    pub settings: Settings,
    /// The keys that have another value in it, in the order of [`KEYS`].
    pub changed: Vec<&'static str>,
    /// The keys that would have, were it not for the restart that they need.
    pub held_back: Vec<&'static str>,
}

impl Settings {
    /// What is in force when `loaded` is loaded while these settings are.
    pub fn reload(&self, loaded: &Self) -> Reload {
        let mut reload = Reload { settings: self.clone(), changed: vec![], held_back: vec![] };
        for key in KEYS.iter().filter(|key| (key.differs)(self, loaded)) {
            match key.effect {
                Effect::AtOnce => {
                    (key.take)(&mut reload.settings, loaded);
                    reload.changed.push(key.name);
                }
                Effect::Restart => reload.held_back.push(key.name),
            }
        }
        reload
    }
}

/// A key whose value is one of the fields of the settings.
macro_rules! key {
    ($name:literal, $effect:ident, $($field:ident).+) => {
        key!($name, $effect, |settings| &settings.$($field).+, $($field).+)
    };
    // What is compared is only a part of what the fields hold.
    ($name:literal, $effect:ident, |$settings:ident| $part:expr, $($field:ident).+) => {
        Key {
            name: $name,
            effect: Effect::$effect,
            differs: |one, other| {
                let (one, other) = ({ let $settings = one; $part }, { let $settings = other; $part });
                one != other
            },
            take: |to, from| to.$($field).+.clone_from(&from.$($field).+),
        }
    };
}

/// Every key, in the order of the reference.
pub static KEYS: &[Key] = &[
    key!("node_name", Restart, node_name),
    key!("reboot_required_detectors", AtOnce, detectors),
    key!("health_script", AtOnce, health.script),
    key!("health_timeout_sec", AtOnce, health.timeout),
    key!("health_publish_interval_sec", AtOnce, health.publish_interval),
    key!("check_interval_sec", AtOnce, check_interval),
    key!("backoff_min_sec", AtOnce, backoff_min),
    key!("backoff_max_sec", AtOnce, backoff_max),
    key!("min_reboot_interval_sec", AtOnce, min_reboot_interval),
    key!("kill_switch_file", AtOnce, kill_switch_file),
    key!("etcd_endpoints", Restart, |settings| &settings.etcd.raw_endpoints, etcd),
    key!("etcd_namespace", Restart, etcd.namespace),
    key!("etcd_timeout_sec", Restart, etcd.timeout),
    key!("etcd_tls", Restart, etcd.tls),
    key!("etcd_auth", Restart, etcd.auth),
    key!("lock_key", Restart, lock.key),
    key!("lock_ttl_sec", AtOnce, lock.ttl),
    key!("presence_ttl_sec", Restart, presence_ttl),
    key!("max_concurrent_reboots", AtOnce, max_concurrent_reboots),
    key!("reboot_command", AtOnce, reboot.command),
    key!("reboot_command_timeout_sec", AtOnce, reboot.command_timeout),
    key!("reboot_timeout_sec", AtOnce, reboot.timeout),
    key!("post_reboot_stable_sec", AtOnce, reboot.post_stable),
    key!("cluster_policies.basis", AtOnce, policy.basis),
    key!("cluster_policies.min_healthy_fraction", AtOnce, policy.min_healthy_fraction),
    key!("cluster_policies.min_healthy_absolute", AtOnce, policy.min_healthy_absolute),
    key!("cluster_policies.max_unhealthy", AtOnce, policy.max_unhealthy),
    key!("cluster_policies.forbid_if_only_fallback_left", AtOnce, policy.forbid_if_only_fallback_left),
    key!("cluster_policies.min_healthy_fallback", AtOnce, policy.min_healthy_fallback),
    key!("cluster_policies.fallback_nodes", AtOnce, policy.fallback_nodes),
    key!("windows.allow", AtOnce, |settings| settings.windows.allow(), windows),
    key!("windows.deny", AtOnce, |settings| settings.windows.deny(), windows),
    key!("windows.timezone", AtOnce, |settings| settings.windows.zone(), windows),
    key!("hooks.pre_reboot", AtOnce, hooks.pre_reboot),
    key!("hooks.post_reboot", AtOnce, hooks.post_reboot),
    key!("hooks.on_event", AtOnce, hooks.on_event),
    key!("history.keep_days", AtOnce, history_keep),
    key!("metrics", Restart, metrics),
    key!("dry_run", AtOnce, dry_run),
    key!("log.level", AtOnce, log.level),
    key!("log.format", Restart, log.format),
];

#[cfg(test)]
mod tests {
    use std::{rc::Rc, sync::Arc};

    use jiff::tz::TimeZone;

    use super::*;
    use crate::{
        elements,
        load::{LoadContext, parse},
        read::Section,
        sink::Sink,
        source::Sources,
        tree::Node,
    };

    fn context() -> LoadContext {
        LoadContext { hostname: "host".to_owned(), zone: TimeZone::UTC }
    }

    fn settings(name: &str) -> Settings {
        let folder = format!("{}/tests/reload", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(format!("{folder}/{name}.yaml")).unwrap().replace("HERE", &folder);
        let loaded = parse(name, text, &context());
        loaded
            .unwrap_or_else(|faults| {
                panic!("{}", crate::render(&faults, crate::Letters::Unicode, false, 100))
            })
            .settings
    }

    /// Every key that a configuration may have.
    fn known() -> Vec<String> {
        let sink = Sink::new(Arc::new(Sources::new(vec![])));
        let empty: Rc<Node> = Rc::new(Node::empty_map(0));
        assert!(Section::root(&sink, &empty, |root| elements::read(root, &context(), &|_| vec![])).is_err());
        sink.known_keys()
    }

    #[test]
    fn every_key_of_the_configuration_is_in_the_list_once() {
        let known = known();
        assert!(known.iter().any(|key| key == "etcd_tls.ca_file"), "{known:?}");
        for key in &known {
            let covers = |listed: &&Key| {
                key.strip_prefix(listed.name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            let covered = KEYS.iter().filter(covers).count();
            assert_eq!(covered, 1, "`{key}` stands {covered} times in the list of what a reload does");
        }
        for Key { name, .. } in KEYS {
            let is_known = |key: &String| key == name || key.starts_with(&format!("{name}."));
            assert!(known.iter().any(is_known), "there is no key `{name}`");
        }
    }

    #[test]
    fn the_page_on_reloading_lists_the_same_keys() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reload.md");
        let page = std::fs::read_to_string(page).unwrap();
        for (heading, effect) in [("## At once", Effect::AtOnce), ("## With a restart", Effect::Restart)] {
            let section = page.split(heading).nth(1).unwrap().split("\n## ").next().unwrap();
            let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
            let listed = KEYS.iter().filter(|key| key.effect == effect).map(|key| key.name);
            assert_eq!(rows.collect::<Vec<_>>(), listed.collect::<Vec<_>>(), "{heading}");
        }
    }

    #[test]
    fn each_key_is_noticed_and_all_of_them_make_the_whole() {
        let (old, new) = (settings("old"), settings("new"));
        let Reload { changed, held_back, .. } = old.reload(&new);
        let listed = |effect| -> Vec<&str> {
            KEYS.iter().filter(|key| key.effect == effect).map(|key| key.name).collect()
        };
        assert_eq!(changed, listed(Effect::AtOnce));
        assert_eq!(held_back, listed(Effect::Restart));
        let mut whole = old.clone();
        for key in KEYS {
            (key.take)(&mut whole, &new);
        }
        assert_eq!(whole, new, "a value that no key of the list brings");
    }

    #[test]
    fn what_needs_a_restart_stays_and_is_said_again() {
        let (old, new) = (settings("old"), settings("new"));
        let first = old.reload(&new);
        assert_eq!(first.settings.node_name, old.node_name);
        assert_eq!(first.settings.etcd, old.etcd);
        assert_eq!(first.settings.metrics, old.metrics);
        assert_eq!(first.settings.detectors, new.detectors);
        assert_eq!(first.settings.log.level, new.log.level);
        assert_eq!(first.settings.log.format, old.log.format);
        let second = first.settings.reload(&new);
        assert_eq!((second.changed.len(), &second.held_back), (0, &first.held_back));
        assert_eq!(second.settings, first.settings);
        let same = old.reload(&old);
        assert_eq!(same, Reload { settings: old, changed: vec![], held_back: vec![] });
    }
}
