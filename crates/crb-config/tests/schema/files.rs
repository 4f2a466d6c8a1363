//! Whole files before an independent validator: what the loader takes is valid, and what is wrong in itself is not.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use jsonschema::Validator;
use serde_json::Value;

use crate::{schema, templates::uncommented, yaml};

pub(crate) fn validator() -> Validator {
    jsonschema::draft202012::new(&schema()).unwrap()
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The places at which a file breaks the schema.
fn broken_at(validator: &Validator, document: &Value) -> BTreeSet<String> {
    validator.iter_errors(document).map(|error| error.instance_path().to_string()).collect()
}

fn read(path: &Path) -> Option<Value> {
    yaml::value(&fs::read_to_string(path).ok()?)
}

fn yaml_files(directory: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(here(directory)).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|is| is == "yaml")).collect();
    files.sort();
    files
}

#[test]
fn the_schema_is_a_schema() {
    assert!(jsonschema::meta::is_valid(&schema()));
}

/// Where good files are written as only the loader grants it, for the sake of the Go daemon's, and an editor marks it.
const GRANTED: [(&str, &str, &str); 7] = [
    ("as_go_yaml_reads_it", "/node_name", "a number is the name of a node"),
    ("as_go_yaml_reads_it", "/dry_run", "`yes` is true"),
    ("as_go_yaml_reads_it", "/metrics/enabled", "`off` is false"),
    ("as_go_yaml_reads_it", "/health_timeout_sec", "a number may stand in quotes, and in base 2"),
    ("as_go_yaml_reads_it", "/reboot_required_detectors/0", "a number may stand in quotes"),
    ("as_go_yaml_reads_it", "/reboot_required_detectors/1", "underscores in a number"),
    ("as_go_yaml_reads_it", "/reboot_required_detectors/2", "underscores in a number"),
];

#[test]
fn what_the_loader_takes_is_valid() {
    let validator = validator();
    let files = yaml_files("tests/good");
    assert!(files.len() > 4, "{files:?}");
    for path in files {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let granted = GRANTED.iter().filter(|(file, ..)| *file == name).map(|(_, at, _)| (*at).to_owned());
        let document = read(&path).unwrap();
        assert_eq!(broken_at(&validator, &document), granted.collect(), "{name}");
    }
}

#[test]
fn the_example_is_valid() {
    let document = read(&here("../../examples/config.yaml")).unwrap();
    assert_eq!(broken_at(&validator(), &document), BTreeSet::new());
}

#[test]
fn the_template_of_packages_lacks_what_only_its_operator_knows() {
    let document = read(&here("../../packaging/config.yaml")).unwrap();
    let lacking = ["/etcd_endpoints", "/health_script"].map(str::to_owned);
    assert_eq!(broken_at(&validator(), &document), lacking.into());
}

#[test]
fn the_template_of_packages_shows_every_key() {
    let text = uncommented(&fs::read_to_string(here("../../packaging/config.yaml")).unwrap());
    let (document, schema) = (yaml::value(&text).unwrap(), schema());
    let keys = |map: &Value| map.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(keys(&document), keys(&schema["properties"]));
    for (section, of_schema) in schema["properties"].as_object().unwrap() {
        if of_schema["properties"].is_object() {
            assert_eq!(keys(&document[section]), keys(&of_schema["properties"]), "{section}");
        }
    }
}

#[test]
fn the_first_line_leads_an_editor_to_the_schema() {
    let of = |path: &str| {
        let text = fs::read_to_string(here(path)).unwrap();
        text.lines().next().unwrap().strip_prefix("# yaml-language-server: $schema=").unwrap().to_owned()
    };
    assert_eq!(of("../../packaging/config.yaml"), "/usr/share/clusterrebootd/config.schema.json");
    let in_repository = here("../../examples").join(of("../../examples/config.yaml"));
    assert_eq!(fs::read_to_string(in_repository).unwrap(), crb_config::schema());
}

/// Bad files that a schema cannot refuse, and why.
const BEYOND_A_SCHEMA: [(&str, &str); 6] = [
    ("backoff_upside_down", "two numbers are compared"),
    ("detector_names_twice", "items are compared, with the names that they have by default"),
    ("endpoint_in_clear", "another key says whether endpoints are encrypted"),
    ("lock_ttl_shorter_by_default", "two numbers are compared"),
    ("lock_ttl_too_short", "two numbers are compared"),
    ("programs", "files that it names are looked at"),
];

#[test]
fn what_is_wrong_in_itself_is_not_valid() {
    let validator = validator();
    let mut passed = BTreeSet::new();
    for path in yaml_files("tests/bad") {
        // What is laid over a file is judged by itself, and no editor says what is no YAML.
        let Some(document) = read(&path).filter(|_| !path.with_extension("d").exists()) else { continue };
        if validator.is_valid(&document) {
            passed.insert(path.file_stem().unwrap().to_str().unwrap().to_owned());
        }
    }
    let beyond = BEYOND_A_SCHEMA.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(passed, beyond);
}
