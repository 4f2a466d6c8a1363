//! The licences of everything that is linked into the binary, in one text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use xtask::Failure;

use crate::crates::{Catalogue, Crate};
use crate::files;

/// How files begin that hold a licence, or what a licence wants to be passed on.
const NAMES: [&str; 6] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];

const HEAD: &str = "\
clusterrebootd is linked statically: these crates are part of the program, each under its licence. The texts follow,
each with the crates that bring it. Rust's standard library, which is part of it too, is under \"MIT OR Apache-2.0\".
";

/// Every crate with its licence, and every text once.
pub(crate) fn text(crates: &[Crate], catalogue: &Catalogue) -> Result<String, Failure> {
    let mut list = BTreeSet::new();
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for Crate { name, version, .. } in crates.iter().filter(|it| it.in_binary && it.published) {
        let known = catalogue.get(name, version)?;
        list.insert(format!("  {name} {version}: {}\n", known.licence));
        for text in of_crate(&known.dir)? {
            texts.entry(text).or_default().insert(format!("{name} {version}"));
        }
    }
    let mut texts: Vec<_> = texts.into_iter().map(|(text, crates)| (crates, text)).collect();
    texts.sort();

    let mut all = format!("{HEAD}\n");
    all.extend(list);
    for (crates, text) in texts {
        let crates = crates.into_iter().collect::<Vec<_>>().join(", ");
        write!(all, "\n{}\n{crates}\n\n{text}\n", "-".repeat(80)).expect("a String takes everything");
    }
    Ok(all)
}

/// The texts of a crate, with ends of lines and files made alike, so that those that differ in nothing else are one.
fn of_crate(dir: &Path) -> Result<Vec<String>, Failure> {
    let is_one = |path: &Path| {
        let name = files::name(path).to_uppercase();
        path.is_file() && NAMES.iter().any(|begin| name.starts_with(begin))
    };
    let mut texts = Vec::new();
    for path in files::list(dir)?.into_iter().filter(|path| is_one(path)) {
        let text = String::from_utf8_lossy(&files::read(&path)?).into_owned();
        let lines: Vec<_> = text.trim_start_matches('\u{feff}').lines().map(str::trim_end).collect();
        texts.push(lines.join("\n").trim_matches('\n').to_owned());
    }
    Ok(texts)
}
