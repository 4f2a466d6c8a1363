//! docs/operations.md, section by section.

use std::fs;
use std::path::{Path, PathBuf};

/// A section of the page.
pub(crate) struct Section {
    pub(crate) title: String,
    /// The lines of its `console` blocks, without the prompt.
    pub(crate) commands: Vec<String>,
}

/// Where the repository is.
pub(crate) fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A page of the documentation.
pub(crate) fn read(name: &str) -> String {
    fs::read_to_string(repository().join("docs").join(name)).unwrap()
}

/// The sections of the page, in its order.
pub(crate) fn sections() -> Vec<Section> {
    let page = read("operations.md");
    let parts = page.split("\n## ").skip(1).map(|part| part.split_once('\n').unwrap());
    parts.map(|(title, text)| Section { title: title.to_owned(), commands: commands(text) }).collect()
}

fn commands(text: &str) -> Vec<String> {
    let blocks = text.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let prompt = |line: &str| line.strip_prefix("$ ").expect("each line is a command").to_owned();
    blocks.flat_map(|block| block.lines().map(prompt).collect::<Vec<_>>()).collect()
}

/// All pages of the documentation, by their names.
pub(crate) fn pages() -> Vec<String> {
    let files = fs::read_dir(repository().join("docs")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "md")).collect()
}

/// What stands in backquotes in running text and in tables of a page.
pub(crate) fn quoted(name: &str) -> Vec<String> {
    let page = read(name);
    let text = page.split("```").step_by(2);
    text.flat_map(|text| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect()
}
