//! The bill of materials of a package, in CycloneDX: the crates that its binary was built of, with licences and checksums.

mod schema;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use xtask::Failure;

use crate::build::PROGRAM;
use crate::crates::{Catalogue, Crate, Known};
use crate::digest::{sha256, sha512};
use crate::nfpm::Package;

pub(crate) use schema::faults;

/// What is described.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) package: &'a Package,
    /// The package itself, whose checksums are noted.
    pub(crate) content: &'a [u8],
    pub(crate) crates: &'a [Crate],
    /// When the commit was made.
    pub(crate) time: Timestamp,
}

/// The description, the same for the same package.
pub(crate) fn describe(subject: &Subject, catalogue: &Catalogue) -> Result<String, Failure> {
    let Subject { package, content, crates, time } = subject;
    let mut components = BTreeMap::new();
    let mut dependencies = BTreeMap::new();
    for this in *crates {
        let known = catalogue.get(&this.name, &this.version)?;
        let theirs = this.dependencies.iter().filter_map(|&place| crates.get(place)).map(reference);
        let mut theirs: Vec<_> = theirs.collect();
        theirs.sort();
        dependencies.insert(reference(this), theirs);
        components.insert(reference(this), component(this, known));
    }
    let root = crates.iter().filter(|this| this.name == PROGRAM).map(reference).collect();
    dependencies.insert(package.url(), root);
    let dependencies: Vec<_> =
        dependencies.into_iter().map(|(from, on)| json!({"ref": from, "dependsOn": on})).collect();

    let checksum = sha256(content);
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": format!("urn:uuid:{}", uuid(&checksum)),
        "version": 1,
        "metadata": {
            "timestamp": time.to_string(),
            "tools": {"components": [{"type": "application", "name": "cargo xtask package"}]},
            "component": {
                "type": "application",
                "bom-ref": package.url(),
                "name": PROGRAM,
                "version": package.version.full(),
                "purl": package.url(),
                "licenses": [{"expression": "Apache-2.0"}],
                "hashes": [
                    {"alg": "SHA-256", "content": checksum},
                    {"alg": "SHA-512", "content": sha512(content)},
                ],
                "properties": [{"name": "clusterrebootd:file", "value": package.file()}],
            },
        },
        "components": components.into_values().collect::<Vec<_>>(),
        "dependencies": dependencies,
    });
    Ok(format!("{document:#}\n"))
}

/// Only crates that are published have a package URL: at crates.io, ours could be another's.
fn component(this: &Crate, known: &Known) -> Value {
    let mut component = json!({
        "type": if this.name == PROGRAM { "application" } else { "library" },
        "bom-ref": reference(this),
        "name": this.name,
        "version": this.version,
        // CycloneDX calls excluded what took part and is not in the outcome.
        "scope": if this.in_binary { "required" } else { "excluded" },
        "licenses": [{"expression": known.licence}],
    });
    let mut put = |key: &str, value: Option<Value>| {
        if let (Some(map), Some(value)) = (component.as_object_mut(), value) {
            map.insert(key.to_owned(), value);
        }
    };
    put("description", known.description.as_ref().map(|text| json!(text)));
    put("purl", this.published.then(|| json!(reference(this))));
    put("hashes", known.checksum.as_ref().map(|sum| json!([{"alg": "SHA-256", "content": sum}])));
    let link = |url| json!([{"type": "vcs", "url": url}]);
    put("externalReferences", known.repository.as_ref().filter(|_| this.published).map(link));
    component
}

/// The name of a crate within the description.
fn reference(this: &Crate) -> String {
    let version = this.version.replace('+', "%2B");
    if this.published {
        format!("pkg:cargo/{}@{version}", this.name)
    } else {
        format!("{}@{version}", this.name)
    }
}

/// A UUID of the eighth version, which is free in what it is made of: here the package's checksum.
fn uuid(checksum: &str) -> String {
    let part = |from: usize, to: usize| &checksum[from..to];
    format!("{}-{}-8{}-a{}-{}", part(0, 8), part(8, 12), part(12, 15), part(15, 18), part(18, 30))
}
