//! Which files the configuration is, and what is said of each.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crb_testbed::{Certificates, Ran};
use expect_test::expect;
use serde_json::{Value, json};

use crate::bed::{Bed, READERS, program};

/// Puts a file into the `config.d` of a bed.
fn fragment(bed: &Bed, name: &str, text: &str) {
    let directory = bed.path("config.d");
    fs::create_dir_all(&directory).unwrap();
    fs::set_permissions(&directory, Permissions::from_mode(0o755)).unwrap();
    fs::write(directory.join(name), text).unwrap();
    fs::set_permissions(directory.join(name), Permissions::from_mode(0o644)).unwrap();
}

/// What the text says, without the name of the bed's directory and without the lines of a ruler as long as it.
fn of_any_bed(bed: &Bed, text: &str) -> String {
    text.replace(bed.path("").to_str().unwrap(), "")
}

#[test]
fn the_configuration_is_the_one_named_or_that_of_the_environment_or_the_usual_one() {
    let bed = Bed::without_etcd();
    let (own, other) = (bed.path("config.yaml"), bed.path("nowhere.yaml"));
    let (own, other) = (own.to_str().unwrap(), other.to_str().unwrap());
    let cases: [(&[&str], &str, &str); 4] = [
        (&[], "", "/etc/clusterrebootd/config.yaml"),
        (&[], other, other),
        (&[], own, own),
        (&["--config", own], other, own),
    ];
    for (flag, variable, read) in cases {
        let mut command = program();
        command.arg("validate-config").args(flag).env("CLUSTERREBOOTD_CONFIG", variable);
        let ran = Ran::of(&mut command);
        // Whether the usual one is there is the machine's affair.
        assert!(ran.out.starts_with(read) || ran.err.contains(read), "{flag:?}, {variable:?}: {}", ran.err);
    }
}

#[test]
fn what_lies_in_config_d_beside_it_counts_wherever_the_configuration_was_named() {
    let bed = Bed::without_etcd();
    fragment(&bed, "10-dry.yaml", "dry_run: true\n");
    fragment(&bed, "20-name.yaml", "node_name: node-b\n");
    bed.put(&["marker"]);
    let flag = bed.run(&["status", "--skip-lock"]);
    let variable = Ran::of(
        program().args(["status", "--skip-lock"]).env("CLUSTERREBOOTD_CONFIG", bed.path("config.yaml")),
    );
    for ran in [flag, variable] {
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
        assert!(ran.out.starts_with("node-b: lock_skipped\n"), "{}", ran.out);
        assert!(ran.out.contains("dry run: on"), "{}", ran.out);
    }
}

#[test]
fn the_name_of_the_host_stands_for_at_hostname_in_any_of_the_files() {
    let hostname = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let beside = Bed::without_etcd();
    fragment(&beside, "10-name.yaml", "node_name: \"@hostname\"\n");
    let within = Bed::without_etcd();
    let text = fs::read_to_string(within.path("config.yaml")).unwrap();
    within.write(&text.replace("node_name: node-a", "node_name: \"@hostname\""));
    for bed in [beside, within] {
        let ran = bed.run(&["status", "--skip-lock"]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
        assert!(ran.out.starts_with(&format!("{}: no_action\n", hostname.trim())), "{}", ran.out);
    }
}

#[test]
fn a_valid_configuration_names_every_file_that_it_was_read_from() {
    let bed = Bed::without_etcd();
    assert_eq!(of_any_bed(&bed, &bed.run(&["validate-config"]).out), "config.yaml: valid\n");
    fragment(&bed, "20-b.yaml", "dry_run: true\n");
    fragment(&bed, "10-a.yaml", "# nothing\n");
    let ran = bed.run(&["validate-config"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    expect![[r#"
        config.yaml: valid, with what lies over it:
          config.d/10-a.yaml
          config.d/20-b.yaml
    "#]]
    .assert_eq(&of_any_bed(&bed, &ran.out));
}

#[test]
fn two_files_that_disagree_are_both_shown_by_every_command_that_reads_them() {
    let bed = Bed::without_etcd();
    fragment(&bed, "10-health.yaml", "health_timeout_sec: 45\n");
    fragment(&bed, "20-lock.yaml", "lock_ttl_sec: 40\n");
    for call in READERS {
        let ran = bed.run(call);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{call:?}");
        let told = of_any_bed(&bed, &ran.err);
        for place in
            ["config.d/10-health.yaml:1:21", "config.d/20-lock.yaml:1:15", "config::lock_ttl_too_short"]
        {
            assert!(told.contains(place), "{call:?}: {told}");
        }
    }
}

#[test]
fn a_file_that_others_can_write_stops_every_command_and_names_the_remedy() {
    let bed = Bed::without_etcd();
    fragment(&bed, "10-open.yaml", "dry_run: true\n");
    let open = bed.path("config.d/10-open.yaml");
    fs::set_permissions(&open, Permissions::from_mode(0o666)).unwrap();
    for call in READERS {
        let ran = bed.run(call);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{call:?}");
        let told = ran.err.split_whitespace().collect::<String>();
        assert!(told.contains(&format!("run`chmodgo-w{}`", open.display())), "{call:?}: {}", ran.err);
    }
}

#[test]
fn status_repeats_the_warnings_of_the_configuration() {
    let bed = Bed::without_etcd();
    fragment(&bed, "10-policy.yaml", "cluster_policies: {min_healthy_fraction: 1.0}\n");
    let message = "the whole fleet cannot be healthy while this node is down";
    let text = bed.run(&["status"]).out;
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.ends_with(&format!("warning: {message} [config::policy_never_met]")), "{text}");
    let document: Value = serde_json::from_str(&bed.run(&["status", "--output", "json"]).out).unwrap();
    assert_eq!(document["warnings"], json!([{ "code": "config::policy_never_met", "message": message }]));
}

#[test]
fn schema_prints_what_stands_in_docs() {
    let ran = Ran::of(program().arg("schema"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let in_docs = fs::read_to_string(root.join("docs/config.schema.json")).unwrap();
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out == in_docs, "docs/config.schema.json is stale: run `cargo xtask generate`");
}

#[test]
fn the_template_of_packages_names_the_lines_to_fill_in() {
    let bed = Bed::without_etcd();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    bed.write(&fs::read_to_string(root.join("packaging/config.yaml")).unwrap());
    let ran = bed.run(&["validate-config"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    expect![[r#"
        config::missing_key

          × `health_script` is empty
            ╭─[config.yaml:35:16]
         34 │ # FILL IN: the absolute path of a script that exits 0 while this node is healthy. Only root may be able to write it.
         35 │ health_script: ""
            ·                ──
         36 │ 
            ╰────
          help: write the absolute path of a script that exits 0 while this node is
                healthy

        config::no_endpoints

          × `etcd_endpoints` needs at least one endpoint
            ╭─[config.yaml:44:1]
         43 │ # FILL IN: the client addresses of etcd's members, such as [etcd-1.example:2379, etcd-2.example:2379].
         44 │ etcd_endpoints: []
            · ──────────────
         45 │ 
            ╰────
          help: list the client addresses of etcd's members
    "#]].assert_eq(&of_any_bed(&bed, &ran.err));
}

#[test]
fn the_example_names_the_files_that_only_its_operator_has() {
    let bed = Bed::without_etcd();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let example = fs::read_to_string(root.join("examples/config.yaml")).unwrap();
    let etc = bed.path("etc");
    bed.write(&example.replace("/etc/clusterrebootd", etc.to_str().unwrap()));
    let refused = bed.run(&["validate-config"]);
    assert_eq!((refused.code, refused.err.matches("config::tls_file_unreadable").count()), (2, 4));

    let tls = etc.join("tls");
    fs::create_dir_all(&tls).unwrap();
    let made = Certificates::make(&tls);
    for (file, name) in
        [(&made.ca_file, "ca.crt"), (&made.cert_file, "node.crt"), (&made.key_file, "node.key")]
    {
        fs::rename(file, tls.join(name)).unwrap();
    }
    fs::write(etc.join("etcd-password"), "secret").unwrap();
    fs::set_permissions(etc.join("etcd-password"), Permissions::from_mode(0o600)).unwrap();
    for name in ["drain.sh", "undrain.sh", "notify.sh"] {
        fs::copy(bed.path("health"), etc.join(name)).unwrap();
    }
    fs::rename(bed.path("health"), etc.join("health.sh")).unwrap();
    let valid = bed.run(&["validate-config"]);
    assert_eq!((valid.code, valid.err.as_str()), (0, ""), "{}", valid.out);
}
