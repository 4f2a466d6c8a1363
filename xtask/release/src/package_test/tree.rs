//! What stands in a root, so that what a package did there can be told.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use xtask::Failure;

/// Where package managers keep their own books and logs, and what is no part of an installation.
const NOT_OURS: [&str; 13] = [
    "/dev/",
    "/etc/dnf/",
    "/proc/",
    "/root/.rpmdb/",
    "/run/systemd/",
    "/sys/",
    "/tmp/",
    "/var/cache/",
    "/var/lib/apt/",
    "/var/lib/dnf/",
    "/var/lib/dpkg/",
    "/var/lib/rpm/",
    "/var/log/",
];

/// A file, a directory or a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// Permissions and the kind, as the system has them.
    pub(super) mode: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// What changes when it is written to: of a file its length and time, of a link where it leads.
    content: String,
}

/// Everything below a root, by absolute path; a directory's ends in a slash.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tree(BTreeMap<String, Node>);

impl Tree {
    /// Looks at everything below a directory but the books of package managers.
    pub(super) fn of(root: &Path) -> Result<Self, Failure> {
        let mut nodes = BTreeMap::new();
        let mut left = vec![(root.to_owned(), "/".to_owned())];
        while let Some((directory, prefix)) = left.pop() {
            let refused = |source| Failure::File { path: directory.clone(), source };
            for entry in fs::read_dir(&directory).map_err(refused)? {
                let entry = entry.map_err(refused)?;
                let path = entry.path();
                let (node, is_directory) = node(&path)?;
                let mut name = format!("{prefix}{}", entry.file_name().to_string_lossy());
                if is_directory {
                    name.push('/');
                    if NOT_OURS.contains(&name.as_str()) {
                        continue;
                    }
                    left.push((path, name.clone()));
                }
                nodes.insert(name, node);
            }
        }
        Ok(Self(nodes))
    }

    /// One that stands nowhere: of root, by path and permissions.
    #[cfg(test)]
    pub(super) fn made_up(nodes: &[(String, u32)]) -> Self {
        let node = |mode| Node { mode, uid: 0, gid: 0, content: String::new() };
        Self(nodes.iter().map(|(path, mode)| (path.clone(), node(*mode))).collect())
    }

    /// What is here and was not in an earlier one.
    pub(super) fn new_since(&self, before: &Self) -> impl Iterator<Item = (&String, &Node)> {
        self.0.iter().filter(|(path, _)| !before.0.contains_key(*path))
    }

    /// What differs from an earlier one, one line each.
    pub(super) fn differences(&self, before: &Self) -> Vec<String> {
        let gone = before.0.keys().filter(|path| !self.0.contains_key(*path));
        let changed =
            self.0.iter().filter(|(path, node)| before.0.get(*path).is_some_and(|before| before != *node));
        self.new_since(before)
            .map(|(path, _)| format!("{path} is left behind"))
            .chain(gone.map(|path| format!("{path} is gone, which was there before")))
            .chain(changed.map(|(path, _)| format!("{path} is not as it was before")))
            .collect()
    }

    /// The links below /etc by which systemd starts a unit at boot.
    pub(super) fn enablement<'a>(&'a self, unit: &'a str) -> impl Iterator<Item = &'a String> {
        let links = move |path: &&String| {
            path.starts_with("/etc/systemd/")
                && path.ends_with(&format!("/{unit}"))
                && [".wants/", ".requires/"].iter().any(|kind| path.contains(kind))
        };
        self.0.keys().filter(links)
    }
}

fn node(path: &Path) -> Result<(Node, bool), Failure> {
    let at = |path: &Path| {
        let path = PathBuf::from(path);
        move |source| Failure::File { path, source }
    };
    let meta = fs::symlink_metadata(path).map_err(at(path))?;
    let content = if meta.is_symlink() {
        fs::read_link(path).map_err(at(path))?.display().to_string()
    } else if meta.is_dir() {
        String::new()
    } else {
        format!("{} bytes of {}.{:09}", meta.len(), meta.mtime(), meta.mtime_nsec())
    };
    Ok((Node { mode: meta.mode(), uid: meta.uid(), gid: meta.gid(), content }, meta.is_dir()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn root() -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a directory");
        for directory in ["etc/systemd/system", "usr/bin", "var/lib/dpkg"] {
            fs::create_dir_all(root.path().join(directory)).expect("a directory");
        }
        fs::write(root.path().join("usr/bin/true"), "").expect("a file");
        root
    }

    fn tree(root: &tempfile::TempDir) -> Tree {
        Tree::of(root.path()).expect("it can be read")
    }

    #[test]
    fn whatever_is_left_behind_gone_or_changed_is_told() {
        let root = root();
        let before = tree(&root);
        assert_eq!(tree(&root).differences(&before), Vec::<String>::new());

        fs::create_dir_all(root.path().join("etc/clusterrebootd")).expect("a directory");
        fs::write(root.path().join("etc/clusterrebootd/config.yaml.dpkg-old"), "").expect("a file");
        fs::remove_file(root.path().join("usr/bin/true")).expect("it was there");
        fs::set_permissions(root.path().join("etc"), fs::Permissions::from_mode(0o700)).expect("it is ours");
        assert_eq!(
            tree(&root).differences(&before),
            [
                "/etc/clusterrebootd/ is left behind",
                "/etc/clusterrebootd/config.yaml.dpkg-old is left behind",
                "/usr/bin/true is gone, which was there before",
                "/etc/ is not as it was before",
            ]
        );
    }

    #[test]
    fn a_file_that_was_written_to_has_changed() {
        let root = root();
        let before = tree(&root);
        fs::write(root.path().join("usr/bin/true"), "#!").expect("a file");
        assert_eq!(tree(&root).differences(&before), ["/usr/bin/true is not as it was before"]);
    }

    #[test]
    fn the_books_of_package_managers_are_not_looked_at() {
        let root = root();
        let before = tree(&root);
        fs::write(root.path().join("var/lib/dpkg/status"), "").expect("a file");
        assert_eq!(tree(&root).differences(&before), Vec::<String>::new());
    }

    #[test]
    fn a_unit_is_enabled_by_a_link_wherever_it_is_wanted() {
        let unit = "clusterrebootd.service";
        let root = root();
        assert_eq!(tree(&root).enablement(unit).count(), 0);
        for target in ["multi-user.target.wants", "other.target.requires"] {
            let wants = root.path().join("etc/systemd/system").join(target);
            fs::create_dir(&wants).expect("a directory");
            symlink("/usr/lib/systemd/system/clusterrebootd.service", wants.join(unit)).expect("a link");
        }
        // A drop-in enables nothing.
        fs::create_dir(root.path().join("etc/systemd/system/clusterrebootd.service.d")).expect("a directory");
        let tree = tree(&root);
        assert_eq!(
            tree.enablement(unit).collect::<Vec<_>>(),
            [
                "/etc/systemd/system/multi-user.target.wants/clusterrebootd.service",
                "/etc/systemd/system/other.target.requires/clusterrebootd.service",
            ]
        );
    }
}
