//! Whether a package holds what the repository has: the scripts that run as root, and every file that is packed as it is.

use std::collections::BTreeMap;
use std::path::Path;

use xtask::Failure;

use crate::files;
use crate::nfpm::{CONFIG, Format};

/// Contents by name: of a file its path from the root, without the slash; of a script what nfpm calls it.
pub(super) type ByName = BTreeMap<String, Vec<u8>>;

/// What nfpm.yaml takes from the repository for one format.
#[derive(Debug, Default)]
pub(super) struct Origin {
    files: ByName,
    scripts: ByName,
}

impl Origin {
    /// Reads it out of a checkout.
    pub(super) fn of(checkout: &Path, format: Format) -> Result<Self, Failure> {
        let config = files::read_text(&checkout.join(CONFIG))?;
        let read = |(name, source): (String, String)| Ok((name, files::read(&checkout.join(source))?));
        let mut packed = Vec::new();
        for (source, path) in pairs(&config, format) {
            match source.split_once('*') {
                _ if source.starts_with("${") => {}
                None => packed.push((path, source)),
                Some((folder, ending)) => {
                    for file in files::list(&checkout.join(folder))? {
                        let name = files::name(&file);
                        if name.ends_with(ending) {
                            packed.push((format!("{path}/{name}"), format!("{folder}{name}")));
                        }
                    }
                }
            }
        }
        Ok(Self {
            files: packed.into_iter().map(read).collect::<Result<_, Failure>>()?,
            scripts: scripts(&config, format).into_iter().map(read).collect::<Result<_, Failure>>()?,
        })
    }

    /// What differs in a package. A file that is not there at all is told of elsewhere.
    pub(super) fn faults(&self, files: &ByName, scripts: &ByName) -> Vec<String> {
        let mut faults = Vec::new();
        for (path, content) in &self.files {
            if files.get(path).is_some_and(|found| found != content) {
                faults.push(format!("/{path} is not that of this checkout"));
            }
        }
        for (name, content) in &self.scripts {
            match scripts.get(name) {
                None => faults.push(format!("it lacks its script {name}")),
                Some(found) if found != content => {
                    faults.push(format!("its script {name} is not that of this checkout"));
                }
                Some(_) => {}
            }
        }
        let more = scripts.keys().filter(|name| !self.scripts.contains_key(*name));
        faults.extend(more.map(|name| format!("it has {name}, which this checkout does not")));
        faults
    }
}

/// What is packed: where it is taken from, and its path in the package without the first slash.
fn pairs(config: &str, format: Format) -> Vec<(String, String)> {
    let lines = config.lines().skip_while(|line| *line != "contents:").skip(1);
    let mut items: Vec<BTreeMap<&str, &str>> = Vec::new();
    for line in lines.map(str::trim).filter(|line| !line.starts_with('#')) {
        let of_item = line.strip_prefix("- ").inspect(|_| items.push(BTreeMap::new())).unwrap_or(line);
        if let (Some(item), Some((key, value))) = (items.last_mut(), of_item.split_once(": ")) {
            item.insert(key, value);
        }
    }
    let is_here = |item: &BTreeMap<_, _>| item.get("packager").is_none_or(|only| *only == format.name());
    let pair = |item: BTreeMap<&str, &str>| {
        let path = item.get("dst")?.trim_start_matches('/');
        Some(((*item.get("src")?).to_owned(), path.to_owned()))
    };
    items.into_iter().filter(is_here).filter_map(pair).collect()
}

/// The scripts of a format: what nfpm calls them, and where they are.
fn scripts(config: &str, format: Format) -> Vec<(String, String)> {
    let of_format = format!("  {}:", format.name());
    let lines = config.lines().skip_while(|line| *line != "overrides:").skip(1);
    let lines = lines.take_while(|line| line.starts_with(' ')).skip_while(|line| **line != of_format).skip(1);
    let lines = lines.take_while(|line| line.starts_with("    "));
    let pair = |line: &str| line.trim().split_once(": ").map(|(name, path)| (name.into(), path.into()));
    lines.filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::super::contents;
    use super::*;
    use crate::fixture::workspace;

    #[test]
    fn every_file_of_a_package_is_compared_or_made_by_the_build() {
        let root = workspace().root;
        let config = files::read_text(&root.join(CONFIG)).expect("it is there");
        for format in Format::ALL {
            let origin = Origin::of(&root, format).expect("all is there");
            let made = pairs(&config, format).into_iter().filter(|(source, _)| source.starts_with("${"));
            let mut known: Vec<_> = made.map(|(_, path)| path).chain(origin.files.into_keys()).collect();
            known.sort();
            let packed = contents::expected(format).into_keys().filter(|path| !path.ends_with('/'));
            let packed: Vec<_> = packed.map(|path| path.trim_start_matches('/').to_owned()).collect();
            assert_eq!(known, packed, "{format:?}");
            let scripts: Vec<_> = origin.scripts.into_keys().collect();
            assert_eq!(scripts, ["postinstall", "postremove", "preremove"], "{format:?}");
        }
    }

    #[test]
    fn what_differs_from_the_checkout_is_told_by_its_name() {
        let named = |pairs: &[(&str, &str)]| -> ByName {
            pairs.iter().map(|(name, content)| ((*name).to_owned(), (*content).into())).collect()
        };
        let whole = [("etc/a", "a"), ("etc/b", "b")];
        let origin = Origin { files: named(&whole), scripts: named(&[("postinstall", "sh")]) };
        let cases: [(&[_], &[_], &[&str]); 5] = [
            (&whole, &[("postinstall", "sh")], &[]),
            (
                &[("etc/a", "x"), ("made", "m")],
                &[("postinstall", "sh")],
                &["/etc/a is not that of this checkout"],
            ),
            (&whole, &[("postinstall", "rm")], &["its script postinstall is not that of this checkout"]),
            (&whole, &[], &["it lacks its script postinstall"]),
            (
                &whole,
                &[("postinstall", "sh"), ("preinst", "rm")],
                &["it has preinst, which this checkout does not"],
            ),
        ];
        for (files, scripts, told) in cases {
            assert_eq!(origin.faults(&named(files), &named(scripts)), told);
        }
    }
}
