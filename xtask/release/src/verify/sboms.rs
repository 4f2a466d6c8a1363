//! Whether a description is well formed, of this very package, and tells the crates that are in its binary.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use xtask::Failure;

use super::report::Report;
use crate::build::PROGRAM;
use crate::crates;
use crate::digest::{sha256, sha512};
use crate::files;
use crate::nfpm::Package;
use crate::sbom;

/// `binary` is what the package holds, if it could be had.
pub(super) fn look(
    dir: &Path,
    package: &Package,
    binary: Option<&[u8]>,
    report: &mut Report,
) -> Result<(), Failure> {
    let name = package.sbom();
    let path = dir.join(&name);
    if !path.is_file() {
        return Ok(());
    }
    let document: Value = match serde_json::from_slice(&files::read(&path)?) {
        Ok(document) => document,
        Err(error) => {
            report.fault(&name, format!("it is no JSON: {error}"));
            return Ok(());
        }
    };
    for fault in sbom::faults(&document) {
        report.fault(&name, format!("not as CycloneDX has it: {fault}"));
    }
    let content = files::read(&dir.join(package.file()))?;
    for fault in of_another(&document, package, &content) {
        report.fault(&name, fault);
    }
    if let Some(binary) = binary {
        match crates::of_binary(binary) {
            Ok(crates) => {
                for fault in untrue(&document, &crates) {
                    report.fault(&name, fault);
                }
            }
            Err(why) => report.fault(&package.file(), format!("/usr/bin/{PROGRAM}: {why}")),
        }
    }
    Ok(())
}

/// What it says of its subject that is not so.
fn of_another(document: &Value, package: &Package, content: &[u8]) -> Vec<String> {
    let subject = &document["metadata"]["component"];
    let hash = |alg: &str| {
        let hashes = subject["hashes"].as_array()?;
        hashes.iter().find(|hash| hash["alg"] == alg)?["content"].as_str().map(str::to_owned)
    };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let cases = [
        ("name", text(&subject["name"]), PROGRAM.to_owned()),
        ("version", text(&subject["version"]), package.version.full()),
        ("package URL", text(&subject["purl"]), package.url()),
        ("SHA-256", hash("SHA-256"), sha256(content)),
        ("SHA-512", hash("SHA-512"), sha512(content)),
    ];
    cases
        .into_iter()
        .filter(|(_, told, is)| told.as_ref() != Some(is))
        .map(|(what, told, is)| {
            format!(
                "the {what} of its subject is {}, and that of {} is {is}",
                told.as_deref().unwrap_or("missing"),
                package.file()
            )
        })
        .collect()
}

/// Which crates it tells that the binary was not built of, and the other way round.
fn untrue(document: &Value, crates: &[crates::Crate]) -> Vec<String> {
    let told = document["components"].as_array().into_iter().flatten().map(|it| {
        let text = |key: &str| it[key].as_str().unwrap_or("?").to_owned();
        (text("name"), text("version"), text("scope") == "required")
    });
    let told = told.collect::<BTreeSet<_>>();
    let built: BTreeSet<_> =
        crates.iter().map(|it| (it.name.clone(), it.version.clone(), it.in_binary)).collect();
    let name = |(name, version, in_binary): &(String, String, bool)| {
        format!("{name} {version}{}", if *in_binary { "" } else { ", of the build alone" })
    };
    let too_much =
        told.difference(&built).map(|it| format!("it tells {}, which the binary does not", name(it)));
    let too_little =
        built.difference(&told).map(|it| format!("it lacks {}, which the binary tells", name(it)));
    too_much.chain(too_little).collect()
}
