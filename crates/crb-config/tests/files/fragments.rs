//! The files of `config.d`.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use crb_config::{Faults, Loaded, load};
use expect_test::expect;
use tempfile::TempDir;

use crate::{context, said, with_script};

/// A directory with a configuration, and beside it a `config.d` with files of these names and texts.
fn with_fragments(more: &str, fragments: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("config.yaml"), with_script(Path::new("/bin/true")) + more).unwrap();
    let beside = directory.path().join("config.d");
    fs::create_dir(&beside).unwrap();
    set_mode(&beside, 0o755);
    for (name, text) in fragments {
        fs::write(beside.join(name), text).unwrap();
        set_mode(&beside.join(name), 0o644);
    }
    directory
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn load_from(directory: &TempDir) -> Result<Loaded, Faults> {
    load(&directory.path().join("config.yaml"), &context())
}

#[test]
fn files_beside_it_are_laid_over_it_in_the_order_of_their_names() {
    let directory = with_fragments(
        "metrics: {enabled: true, listen: 127.0.0.1:1}\nlock_ttl_sec: 100\ncheck_interval_sec: 7\n",
        &[
            ("20-later.yaml", "metrics: {listen: 127.0.0.1:3}\nlock_ttl_sec: 300\n"),
            ("10-sooner.yaml", "metrics: {listen: 127.0.0.1:2}\nlock_ttl_sec: 200\nnode_name: web-2\n"),
            ("30-lists.yaml", "etcd_endpoints: [10.0.0.2:2379, 10.0.0.3:2379]\n"),
            ("40-taken-back.yaml", "check_interval_sec:\n"),
            ("50-nothing.yaml", "# nothing\n"),
            (".hidden.yaml", "["),
            ("60-old.yaml.bak", "["),
            ("README", "["),
        ],
    );
    let Loaded { settings, warnings, files } = load_from(&directory).unwrap();
    assert_eq!(settings.metrics.unwrap().listen, "127.0.0.1:3");
    assert_eq!(settings.lock.ttl.as_secs(), 300);
    assert_eq!(settings.node_name.to_string(), "web-2");
    assert_eq!(settings.etcd.raw_endpoints, ["10.0.0.2:2379", "10.0.0.3:2379"]);
    assert_eq!(settings.check_interval.as_secs(), 60, "a key without a value is no key");
    assert!(warnings.is_empty());
    let names: Vec<_> =
        files.iter().map(|file| Path::new(file).strip_prefix(directory.path()).unwrap()).collect();
    let expected = [
        "config.yaml",
        "config.d/10-sooner.yaml",
        "config.d/20-later.yaml",
        "config.d/30-lists.yaml",
        "config.d/40-taken-back.yaml",
        "config.d/50-nothing.yaml",
    ];
    assert_eq!(names, expected.map(Path::new));
}

#[test]
fn what_a_file_beside_it_says_is_what_the_configuration_says_itself() {
    let text = "cluster_policies: {basis: before_reboot, fallback_nodes: [a, b], min_healthy_fallback: 1}
windows: {deny: ['Fri 00:00-24:00']}
log: {level: warn}
";
    let within = with_fragments(text, &[]);
    let beside = with_fragments("log: {level: debug, format: json}\n", &[("10-all.yaml", text)]);
    assert_eq!(load_from(&within).unwrap().settings, load_from(&beside).unwrap().settings);
}

#[test]
fn a_fault_in_a_file_beside_it_names_that_file() {
    let directory =
        with_fragments("", &[("10-a.yaml", "dry_run: true\n"), ("20-b.yaml", "\nlock_ttl_sec: 0\n")]);
    let faults = load_from(&directory).unwrap_err();
    let (file, line, column) = faults.iter().next().unwrap().position().unwrap();
    assert_eq!(
        (Path::new(file).strip_prefix(directory.path()).unwrap(), line, column),
        (Path::new("config.d/20-b.yaml"), 2, 15)
    );
}

#[test]
fn a_file_beside_it_that_others_can_write_is_refused() {
    let directory = with_fragments("", &[("10-a.yaml", "dry_run: true\n"), ("20-b.yaml", "")]);
    set_mode(&directory.path().join("config.d/10-a.yaml"), 0o664);
    set_mode(&directory.path().join("config.d/20-b.yaml"), 0o646);
    expect![[r#"
        refused
        config::fragment_writable_by_others

          × DIR/config.d/10-a.yaml can be written by other users
          help: run `chmod go-w DIR/config.d/10-a.yaml`

        config::fragment_writable_by_others

          × DIR/config.d/20-b.yaml can be written by other users
          help: run `chmod go-w DIR/config.d/20-b.yaml`
    "#]]
    .assert_eq(&said(&directory, load_from(&directory)));
}

#[test]
fn a_directory_in_which_others_can_put_files_is_refused() {
    let directory = with_fragments("", &[]);
    set_mode(&directory.path().join("config.d"), 0o777);
    expect![[r#"
        refused
        config::fragment_writable_by_others

          × DIR/config.d can be written by other users
          help: run `chmod go-w DIR/config.d`
    "#]]
    .assert_eq(&said(&directory, load_from(&directory)));
}

#[test]
fn files_beside_it_that_cannot_be_read_are_all_told_with_what_the_others_say_wrong() {
    let directory = with_fragments("", &[("10-a.yaml", "[\n"), ("20-b.yml", "dry_run: true\n")]);
    let beside = directory.path().join("config.d");
    fs::create_dir(beside.join("30-directory.yaml")).unwrap();
    std::os::unix::fs::symlink("gone", beside.join("40-link.yaml")).unwrap();
    fs::write(beside.join("50-latin.yaml"), b"dry_run: true\nlock_key: /l\xf6ck\n").unwrap();
    let pipe = beside.join("60-pipe.yaml");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    expect![[r#"
        refused
        config::fragment_ignored

          ⚠ DIR/config.d/20-b.yml is not read
          help: rename it to DIR/config.d/20-b.yaml, or remove it

        config::unreadable

          × cannot read DIR/config.d/30-directory.yaml: it is a directory
          help: put a YAML file in its place, or remove it

        config::unreadable

          × cannot read DIR/config.d/40-link.yaml: No such file or directory (os error 2)
          help: remove the link, or put its target there

        config::unreadable

          × cannot read DIR/config.d/60-pipe.yaml: it is a pipe
          help: put a YAML file in its place, or remove it

        config::syntax

          × not valid YAML: unclosed bracket '['
           ╭─[DIR/config.d/10-a.yaml:1:1]
         1 │ [
           ╰────
          help: close the bracket

        config::not_utf8

          × configuration is not UTF-8
           ╭─[DIR/config.d/50-latin.yaml:2:13]
         1 │ dry_run: true
         2 │ lock_key: /l�ck
           ╰────
          help: save the file as UTF-8
    "#]]
    .assert_eq(&said(&directory, load_from(&directory)));
}

#[test]
fn a_file_beside_it_with_another_ending_is_warned_of() {
    let directory = with_fragments("", &[("10-a.yml", "dry_run: true\n")]);
    expect![[r#"
        taken
        config::fragment_ignored

          ⚠ DIR/config.d/10-a.yml is not read
          help: rename it to DIR/config.d/10-a.yaml, or remove it
    "#]]
    .assert_eq(&said(&directory, load_from(&directory)));
}

#[test]
fn a_file_in_the_place_of_the_directory_is_refused() {
    let directory = with_fragments("", &[]);
    fs::remove_dir(directory.path().join("config.d")).unwrap();
    fs::write(directory.path().join("config.d"), "dry_run: true\n").unwrap();
    set_mode(&directory.path().join("config.d"), 0o644);
    expect![[r#"
        refused
        config::unreadable

          × cannot read DIR/config.d: Not a directory (os error 20)
          help: make it a directory, or remove it
    "#]]
    .assert_eq(&said(&directory, load_from(&directory)));
}

#[test]
fn all_files_together_have_four_mebibytes_and_no_more() {
    let comment = format!("#{}\n", "x".repeat(1 << 20));
    let three: Vec<_> = ["1.yaml", "2.yaml", "3.yaml"].iter().map(|name| (*name, comment.as_str())).collect();
    load_from(&with_fragments("", &three)).unwrap();
    let directory = with_fragments(&comment, &three);
    expect![[r#"
        refused
        config::file_too_large

          × DIR/config.d/3.yaml is too large (1048578 bytes): at most 4 MiB are read, all files of a configuration together
          help: look whether this is the right file, and take out what is no configuration
    "#]]
    .assert_eq(&said(&directory, load_from(&directory)));
}
