//! What must not depend on what. ARCHITECTURE.md says it in prose; this asks cargo.

#![allow(
    clippy::disallowed_methods,
    reason = "the features that a package is really built with are for cargo alone to tell"
)]
#![allow(clippy::unwrap_used, reason = "a test may")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{Dependency, DependencyKind, Metadata, MetadataCommand, Package};

/// The program.
const BINARY: &str = "clusterrebootd";

/// What may name which other crates of ours, tests aside; a lower line never names a higher one.
const LAYERS: [(&str, &[&str]); 19] = [
    ("crb-decide", &[]),
    ("crb-windows", &["crb-decide"]),
    ("crb-process", &[]),
    ("crb-store", &[]),
    ("crb-config", &["crb-decide", "crb-windows"]),
    ("crb-detect", &["crb-decide", "crb-process"]),
    ("crb-health", &["crb-decide", "crb-process", "crb-store"]),
    ("crb-lock", &["crb-decide", "crb-health", "crb-store"]),
    ("crb-observe", &["crb-decide"]),
    (
        "crb-orchestrate",
        &["crb-decide", "crb-detect", "crb-health", "crb-lock", "crb-observe", "crb-store", "crb-windows"],
    ),
    (
        "crb-sim",
        &[
            "crb-decide",
            "crb-detect",
            "crb-health",
            "crb-lock",
            "crb-observe",
            "crb-orchestrate",
            "crb-store",
            "crb-windows",
        ],
    ),
    (
        BINARY,
        &[
            "crb-config",
            "crb-decide",
            "crb-detect",
            "crb-health",
            "crb-lock",
            "crb-observe",
            "crb-orchestrate",
            "crb-process",
            "crb-sim",
            "crb-store",
            "crb-windows",
        ],
    ),
    ("crb-model", &[]),
    ("crb-testbed", &[]),
    ("xtask", &[]),
    (
        "xtask-bench",
        &[
            "crb-decide",
            "crb-detect",
            "crb-health",
            "crb-lock",
            "crb-observe",
            "crb-orchestrate",
            "crb-sim",
            "crb-store",
            "crb-testbed",
            "xtask",
        ],
    ),
    ("xtask-e2e", &["crb-testbed", "xtask"]),
    ("xtask-release", &["xtask"]),
    ("xtask-scale", &["crb-observe", "crb-sim", "crb-store", "crb-testbed", "xtask"]),
];

/// What speaks to etcd.
const ETCD: [&str; 3] = ["etcd-client", "prost", "tonic"];

/// What runs futures, or is of use only with something that does.
const RUNTIMES: [&str; 9] = [
    "async-executor",
    "async-io",
    "async-std",
    "compio",
    "futures-executor",
    "glommio",
    "monoio",
    "smol",
    "tokio",
];

/// TLS stacks and providers other than rustls on ring.
const OTHER_TLS: [&str; 11] = [
    "aws-lc-fips-sys",
    "aws-lc-rs",
    "aws-lc-sys",
    "boring",
    "boring-sys",
    "mbedtls",
    "native-tls",
    "openssl",
    "openssl-sys",
    "s2n-tls",
    "wolfssl",
];

#[test]
fn the_crates_stand_in_layers() {
    let workspace = workspace();
    let layers = BTreeMap::from(LAYERS);
    for package in &workspace.packages {
        let name = package.name.as_str();
        let allowed = layers.get(name).unwrap_or_else(|| panic!("in which layer is {name}?"));
        let strangers: Vec<&str> = shipped(package)
            .filter(|dependency| dependency.path.is_some())
            .map(|dependency| dependency.name.as_str())
            .filter(|own| !allowed.contains(own))
            .collect();
        assert!(strangers.is_empty(), "{name} must not depend on {strangers:?}");
    }
}

#[test]
fn only_the_binary_knows_the_configuration() {
    assert_eq!(dependents(&workspace(), |name| name == "crb-config"), [BINARY]);
}

#[test]
fn only_the_configuration_reads_yaml() {
    let reads_yaml = |name: &str| name == "granit-parser" || name.contains("yaml") || name.contains("saphyr");
    assert_eq!(dependents(&workspace(), reads_yaml), ["crb-config"]);
}

#[test]
fn only_the_store_speaks_to_etcd_and_only_if_asked() {
    let workspace = workspace();
    assert_eq!(dependents(&workspace, |name| ETCD.contains(&name)), ["crb-store"]);
    let store = package(&workspace, "crb-store");
    for dependency in &store.dependencies {
        let is_gated =
            dependency.optional && store.features["etcd"].contains(&format!("dep:{}", dependency.name));
        assert!(
            is_gated || !ETCD.contains(&dependency.name.as_str()),
            "{} comes without being asked",
            dependency.name
        );
    }
}

#[test]
fn a_library_without_the_feature_compiles_nothing_of_etcd() {
    let is_library = |name: &str| name.starts_with("crb-") && name != "crb-store";
    for package in workspace().packages.iter().filter(|own| is_library(&own.name)) {
        assert_absent(&tree(&["-p", &package.name]), &ETCD, &package.name);
    }
    assert_absent(&tree(&["-p", "crb-store", "--no-default-features"]), &ETCD, "crb-store without etcd");
    // What would be found, were it there.
    let built = tree(&["-p", BINARY]);
    assert!(ETCD.iter().all(|name| built.contains_key(*name)), "{:?}", built.keys());
}

#[test]
fn what_decides_needs_no_runtime() {
    for name in ["crb-decide", "crb-windows", "crb-config"] {
        assert_absent(&tree(&["-p", name]), &RUNTIMES, name);
    }
}

#[test]
fn what_decides_names_no_more_than_it_needs() {
    let workspace = workspace();
    let named = |name| -> Vec<&str> {
        shipped(package(&workspace, name)).map(|dependency| dependency.name.as_str()).collect()
    };
    assert_eq!(named("crb-decide"), ["jiff", "serde", "thiserror"]);
    assert_eq!(named("crb-windows"), ["crb-decide", "croner", "jiff", "thiserror"]);
}

#[test]
fn there_is_one_runtime_and_it_has_one_thread() {
    let built = tree(&["-p", BINARY]);
    let others: Vec<&str> = RUNTIMES.into_iter().filter(|name| *name != "tokio").collect();
    assert_absent(&built, &others, BINARY);
    let features = &built["tokio"];
    assert!(features.contains("rt"), "{features:?}");
    assert!(!features.contains("rt-multi-thread"), "{features:?}");
}

#[test]
fn the_daemon_is_built_without_what_serves_tests_alone() {
    let built = tree(&["-p", BINARY]);
    for (package, feature) in [("crb-store", "faults"), ("crb-sim", "storm"), ("tokio", "test-util")] {
        assert!(!built[package].contains(feature), "{package} is built with {feature}");
    }
}

#[test]
fn children_and_signals_have_one_owner_each() {
    let workspace = workspace();
    let asking = |feature: &str| -> Vec<&str> {
        let asks = |package: &&Package| {
            shipped(package)
                .any(|other| other.name == "tokio" && other.features.iter().any(|own| own == feature))
        };
        workspace.packages.iter().filter(asks).map(|package| package.name.as_str()).collect()
    };
    assert_eq!(asking("process"), ["crb-process"]);
    assert_eq!(asking("signal"), [BINARY]);
}

#[test]
fn there_is_one_tls_stack() {
    // The lock file knows every platform's and every feature's packages.
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let locked: BTreeSet<&str> =
        lock.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"')).collect();
    for name in ["rustls", "ring"] {
        assert!(locked.contains(name), "{name} is missing: is the lock file read right?");
    }
    for name in OTHER_TLS {
        assert!(!locked.contains(name), "{name} is in the tree");
    }
}

#[test]
fn unsafe_code_is_forbidden_but_for_the_binary_where_one_file_may_allow_it() {
    let forbidden = lints("Cargo.toml", "[workspace.lints.");
    assert!(forbidden.contains("rust.unsafe_code = \"forbid\""), "{forbidden:?}");
    let ours: BTreeSet<String> =
        forbidden.iter().map(|lint| lint.replace("\"forbid\"", "\"deny\"")).collect();
    assert_eq!(lints("bins/clusterrebootd/Cargo.toml", "[lints."), ours);
    for package in workspace().packages.iter().filter(|own| own.name.as_str() != BINARY) {
        let manifest = std::fs::read_to_string(&package.manifest_path).unwrap();
        assert!(manifest.contains("\n[lints]\nworkspace = true\n"), "{} has lints of its own", package.name);
    }
    let sources = root().join("bins/clusterrebootd/src");
    assert_eq!(allowing_unsafe(&sources), [sources.join("name_service.rs")]);
}

/// Every lint of the tables of a manifest that begin so, each with the name of its table before it.
fn lints(manifest: &str, tables: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join(manifest)).unwrap();
    let mut table = None;
    let mut found = BTreeSet::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line.starts_with('[') {
            table = line.strip_prefix(tables).and_then(|rest| rest.strip_suffix(']'));
        } else if let Some(table) = table {
            found.insert(format!("{table}.{line}"));
        }
    }
    found
}

/// The source files below a directory that allow unsafe code.
fn allowing_unsafe(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(allowing_unsafe(&path));
        } else if std::fs::read_to_string(&path).is_ok_and(|text| text.contains("allow(unsafe_code")) {
            found.push(path);
        }
    }
    found
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The members of the workspace with what each names in its manifest.
fn workspace() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .unwrap()
}

fn package<'a>(workspace: &'a Metadata, name: &str) -> &'a Package {
    workspace.packages.iter().find(|package| package.name == name).unwrap()
}

/// What a package names for other than its tests.
fn shipped(package: &Package) -> impl Iterator<Item = &Dependency> {
    package.dependencies.iter().filter(|dependency| dependency.kind != DependencyKind::Development)
}

/// The members that name such a package, be it for their tests.
fn dependents(workspace: &Metadata, is_such: impl Fn(&str) -> bool) -> Vec<&str> {
    let names_one =
        |package: &&Package| package.dependencies.iter().any(|dependency| is_such(&dependency.name));
    workspace.packages.iter().filter(names_one).map(|package| package.name.as_str()).collect()
}

/// Every package that a build of the chosen ones compiles on this platform, and with which features.
/// Features that only tests ask for do not count.
fn tree(chosen: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--edges", "normal,build", "--prefix", "none", "--no-dedupe"])
        .args(["--format", "{p}|{f}"])
        .args(chosen)
        .current_dir(root())
        .output()
        .unwrap();
    let (told, complaint) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "cargo tree: {complaint}");
    let mut packages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in told.lines() {
        let (package, features) = line.split_once('|').unwrap();
        let name = package.split(' ').next().unwrap_or_default();
        packages.entry(name.to_owned()).or_default().extend(features.split(',').map(str::to_owned));
    }
    packages
}

fn assert_absent(built: &BTreeMap<String, BTreeSet<String>>, names: &[&str], whose: &str) {
    let found: Vec<_> = names.iter().filter(|name| built.contains_key(**name)).collect();
    assert!(found.is_empty(), "{whose} compiles {found:?}");
}
