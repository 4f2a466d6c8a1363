//! The configurations that others start from: the example, and the template that packages install.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use crb_config::{Letters, Loaded, Settings, parse, render};

use crate::context;

const MINIMAL: &str = "\
node_name: web-1
reboot_required_detectors: [{type: kernel}]
health_script: /bin/true
etcd_endpoints: [10.0.0.1:2379]
";

fn text(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)).unwrap()
}

fn taken(text: &str) -> Loaded {
    let loaded = parse("config.yaml", text.to_owned(), &context());
    loaded.unwrap_or_else(|faults| panic!("{}", render(&faults, Letters::Unicode, false, 100)))
}

fn settings(text: &str) -> Settings {
    taken(text).settings
}

/// The key that a line shows behind its `#`, without a blank or indented by two.
fn shown(line: &str) -> Option<&str> {
    let key = line.strip_prefix('#')?;
    key.strip_prefix("  ").unwrap_or(key).starts_with(|first: char| first.is_ascii_lowercase()).then_some(key)
}

/// The text with the keys in it that it shows.
pub(crate) fn uncommented(text: &str) -> String {
    text.lines().map(|line| shown(line).unwrap_or(line).to_owned() + "\n").collect()
}

#[test]
fn the_example_is_taken_without_a_warning_where_its_files_are_there() {
    let directory = tempfile::tempdir().unwrap();
    let etc = directory.path();
    fs::create_dir(etc.join("tls")).unwrap();
    let files = ["tls/ca.crt", "tls/node.crt", "tls/node.key", "etcd-password"];
    let programs = ["health.sh", "drain.sh", "undrain.sh", "notify.sh"];
    for name in files.into_iter().chain(programs) {
        fs::write(etc.join(name), "#!/bin/sh\n").unwrap();
        fs::set_permissions(etc.join(name), Permissions::from_mode(0o700)).unwrap();
    }
    let loaded = taken(&text("examples/config.yaml").replace("/etc/clusterrebootd", etc.to_str().unwrap()));
    assert_eq!(render(&loaded.warnings, Letters::Unicode, false, 100), "");
    assert!(loaded.settings.etcd.endpoints.iter().all(|member| member.starts_with("https://")));
}

#[test]
fn what_the_example_shows_as_defaults_are_the_defaults() {
    let example = text("examples/config.yaml");
    let shown: Vec<_> = example.lines().filter_map(shown).collect();
    assert_eq!(shown.len(), 11, "{shown:?}");
    assert_eq!(settings(&format!("{MINIMAL}{}", shown.join("\n"))), settings(MINIMAL));
}

#[test]
fn what_the_pages_on_scripts_show_is_taken() {
    let mut shown = 0;
    for page in ["examples/health/README.md", "examples/hooks/README.md", "docs/hooks.md"] {
        let text = text(page);
        for block in text.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
            let keys: Vec<_> =
                block.lines().filter_map(|line| line.split_once(':').map(|(key, _)| key)).collect();
            let others = MINIMAL.lines().filter(|line| !keys.contains(&line.split(':').next().unwrap()));
            taken(&format!("{}\n{block}", others.collect::<Vec<_>>().join("\n")));
            shown += 1;
        }
    }
    assert!(shown > 2, "{shown} blocks were tried");
}

#[test]
fn the_template_of_packages_is_taken_once_two_values_are_filled_in() {
    let template = text("packaging/config.yaml");
    let filled = template.replace("health_script: \"\"", "health_script: /bin/true");
    let filled = filled.replace("etcd_endpoints: []", "etcd_endpoints: [10.0.0.1:2379]");
    let loaded = taken(&filled);
    assert_eq!(render(&loaded.warnings, Letters::Unicode, false, 100), "");
    assert!(loaded.settings.dry_run, "nothing may reboot before its operator says so");
    assert_eq!(loaded.settings.node_name.as_str(), context().hostname);
    assert_eq!(settings(&uncommented(&filled)), loaded.settings, "a default that is shown is another");
}
