//! The pages that a package installs: whatever one of them links to is there as well.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::read;

/// What the packages hold in another form, or what speaks of the packages themselves; and the words with which a page that
/// links there tells a reader on a node what to look at instead.
const OTHERWISE: [(&str, &str); 3] = [
    ("CHANGELOG.md", "/usr/share/doc/clusterrebootd/changelog.Debian.gz"),
    ("packaging/contents.txt", "in this table"),
    ("packaging/nfpm.yaml", "in this table"),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where the files of the repository stand that are packed as they are; `*` is any part of a name.
fn sources() -> Vec<String> {
    let config = read("nfpm.yaml");
    let sources = config.lines().filter_map(|line| line.trim().strip_prefix("- src: "));
    sources.filter(|source| !source.starts_with("${")).map(str::to_owned).collect()
}

fn is_packed(sources: &[String], file: &str) -> bool {
    sources.iter().any(|source| match source.split_once('*') {
        Some((before, after)) => {
            let between = file.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            between.is_some_and(|name| !name.contains('/'))
        }
        None => source == file,
    })
}

/// The files that a page links to, by their paths in the repository.
fn links(page: &str, text: &str) -> BTreeSet<String> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let files = targets.filter_map(|target| target.split('#').next());
    let within = files.filter(|file| !file.is_empty() && !file.contains(':'));
    within.map(|file| plain(&Path::new(page).with_file_name(file))).collect()
}

fn is_a_page(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|ending| ending == "md")
}

fn plain(path: &Path) -> String {
    let mut parts = Vec::new();
    for part in path.components() {
        if part == Component::ParentDir {
            parts.pop().expect("it is below the root of the repository");
        } else {
            parts.push(part.as_os_str().to_string_lossy());
        }
    }
    parts.join("/")
}

#[test]
fn whatever_an_installed_page_links_to_is_installed() {
    let sources = sources();
    let pages: Vec<_> = sources.iter().filter(|source| is_a_page(source)).collect();
    assert!(pages.len() > 20, "{pages:?}");
    let mut lost = Vec::new();
    for page in pages {
        let text = fs::read_to_string(root().join(page)).unwrap();
        for file in links(page, &text) {
            assert!(root().join(&file).exists(), "{page} links to {file}, which is not in the repository");
            let otherwise = OTHERWISE.iter().any(|(known, words)| *known == file && text.contains(words));
            if !otherwise && !is_packed(&sources, &file) {
                lost.push(format!("{page} links to {file}"));
            }
        }
    }
    assert!(lost.is_empty(), "not in packaging/nfpm.yaml:\n{}", lost.join("\n"));
}

#[test]
fn links_are_found_and_led_back_to_the_repository() {
    let text = "[a](b.md), [c](../d/e.sh#f), [g](#h), [i](https://j.example/k.md)";
    assert_eq!(links("docs/l.md", text), ["d/e.sh", "docs/b.md"].map(str::to_owned).into());
    let sources = ["d/*.sh", "docs/b.md"].map(str::to_owned);
    let cases =
        [("d/e.sh", true), ("docs/b.md", true), ("d/e/f.sh", false), ("d/e.md", false), ("b.md", false)];
    for (file, packed) in cases {
        assert_eq!(is_packed(&sources, file), packed, "{file}");
    }
}

/// On a node, only what the package itself installed can be looked at.
#[test]
fn the_template_sends_nobody_to_the_repository() {
    let template = read("config.yaml");
    let lost: Vec<_> = template.lines().filter(|line| line.contains("docs/")).collect();
    assert_eq!(lost, [""; 0]);
    assert!(template.contains("clusterrebootd.yaml(5)"));
}
