//! Every way in which TLS can fail, and what is said of it.

use std::fs;

use crb_testbed::{Certificates, ClusterSpec, EtcdCluster, Request, TestNode};
use tempfile::TempDir;

use crate::bed::{YEAR_2001, YEAR_2001_TOO, YEAR_2096, YEAR_2096_TOO, node, node_with, put, said, tls};

/// What `status` says of a node, and that it does not go on in spite of it.
fn status(node: &TestNode) -> String {
    node.need_reboot();
    let output = node.output_of("status", &[]);
    assert_ne!(output.status.code(), Some(0), "{}", said(&output));
    said(&output)
}

/// Other files in the place of some.
fn with(certificates: &Certificates, change: impl FnOnce(&mut Certificates)) -> Certificates {
    let mut changed = certificates.clone();
    change(&mut changed);
    changed
}

/// Where a line is broken does not matter, be it within a word.
fn assert_says(told: &str, expected: &str) {
    let bare = |text: &str| text.replace(|c: char| c.is_whitespace() || c == '│', "");
    assert!(bare(told).contains(&bare(expected)), "{told:?} does not say {expected:?}");
}

#[test]
fn whose_certificates_are_good_on_both_sides_goes_on() {
    let cluster = EtcdCluster::start_with_tls(1);
    let mut node = node_with(&cluster, cluster.tls().unwrap());
    node.need_reboot();
    node.start();
    assert_eq!(node.exit_code(), None, "{}", node.log_tail());
    assert_eq!(node.journal().starts(), ["node-a"]);
}

#[test]
fn a_certificate_of_etcd_that_is_not_valid_now_is_told_with_the_day() {
    let cases = [
        (
            (YEAR_2001, YEAR_2001_TOO),
            "its certificate expired on 2001-09-10T01:46:40Z: renew it on that member of etcd",
        ),
        (
            (YEAR_2096, YEAR_2096_TOO),
            "its certificate is valid only from 2096-10-02T07:06:40Z on: compare the clock of this node with that of \
             etcd",
        ),
    ];
    for ((from, until), expected) in cases {
        let cluster = ClusterSpec::of(1).with_tls_as(Request::local().between(from, until)).start();
        let directory = TempDir::new().unwrap();
        let own = cluster.tls().unwrap().issue(&Request::local(), directory.path());
        let told = status(&node_with(&cluster, &own));
        assert_says(&told, &format!("{}: {expected}", cluster.endpoints()[0]));
    }
}

#[test]
fn a_stranger_in_the_place_of_etcd_is_told_with_the_file_of_the_authority() {
    let cluster = EtcdCluster::start_with_tls(1);
    let directory = TempDir::new().unwrap();
    let stranger = Certificates::make(directory.path());
    let mixed = with(cluster.tls().unwrap(), |mixed| mixed.ca_file.clone_from(&stranger.ca_file));
    let expected = format!("its certificate is not signed by an authority in {}", mixed.ca_file.display());
    assert_says(&status(&node_with(&cluster, &mixed)), &expected);
}

#[test]
fn a_certificate_for_another_host_is_told_with_all_names() {
    let cluster = EtcdCluster::start_with_tls_for(&["etcd-1.example", "10.1.2.3"], 1);
    let told = status(&node_with(&cluster, cluster.tls().unwrap()));
    assert_says(
        &told,
        "its certificate is not for 127.0.0.1 but for etcd-1.example, 10.1.2.3: write one of these into etcd_endpoints",
    );
}

#[test]
fn a_certificate_of_ours_that_etcd_does_not_take_is_told_with_its_file_and_days() {
    let cluster = EtcdCluster::start_with_tls(1);
    let directories = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let [expired, stranger] = directories.each_ref().map(TempDir::path);
    let ours = cluster.tls().unwrap();
    let expired = ours.issue(&Request::local().between(YEAR_2001, YEAR_2001_TOO), expired);
    let stranger = with(&Certificates::make(stranger), |stranger| stranger.ca_file.clone_from(&ours.ca_file));
    let cases = [
        (expired, "valid from 2001-09-09T01:46:40Z until 2001-09-10T01:46:40Z"),
        (stranger, "valid from 1975-01-01T00:00:00Z until 4096-01-01T00:00:00Z"),
    ];
    for (own, days) in cases {
        let told = status(&node_with(&cluster, &own));
        let file = own.cert_file.display();
        assert_says(&told, &format!("not accept our certificate {file}, which is {days}"));
        assert_says(&told, "signed by the authority that etcd names with --trusted-ca-file");
    }
}

#[test]
fn who_speaks_in_the_clear_to_tls_or_the_reverse_is_told_what_to_set() {
    let secured = EtcdCluster::start_with_tls(1);
    let in_clear =
        TestNode::new(crate::PROGRAM, "node-a", &[secured.endpoints()[0].replace("https", "http")]);
    assert_says(&status(&in_clear), "it may want TLS: set etcd_tls");

    let plain = EtcdCluster::start(1);
    let https = TestNode::new(crate::PROGRAM, "node-a", &[plain.endpoints()[0].replace("http", "https")])
        .with("etcd_tls", tls(secured.tls().unwrap()));
    assert_says(
        &status(&https),
        "not speak TLS: start etcd with --cert-file and --key-file, or take etcd_tls away",
    );
}

#[test]
fn without_a_certificate_of_our_own_the_configuration_says_which_key_is_missing() {
    let cluster = EtcdCluster::start_with_tls(1);
    let mut settings = tls(cluster.tls().unwrap());
    settings.as_object_mut().unwrap().retain(|key, _| key != "cert_file");
    let output = node(&cluster).with("etcd_tls", settings).output_of("run", &[]);
    assert_eq!(output.status.code(), Some(2));
    assert_says(&said(&output), "`etcd_tls.cert_file` is missing");
}

#[test]
fn believing_whoever_answers_is_warned_of_at_every_start() {
    let cluster = EtcdCluster::start_with_tls_for(&["elsewhere.example"], 1);
    let mut settings = tls(cluster.tls().unwrap());
    settings["insecure_skip_verify"] = true.into();
    let mut node = node(&cluster).with("etcd_tls", settings);
    for _ in 0..2 {
        node.start();
        let warning = node.wait_for("the warning", |event| event.is("config_warning"));
        assert_says(&warning.message, "config::tls_verification_off");
        node.wait_for("its presence", |event| event.is("presence_joined"));
        node.kill();
    }
}

#[test]
fn what_can_be_known_of_the_files_alone_is_a_fault_of_the_configuration() {
    let directories = [TempDir::new().unwrap(), TempDir::new().unwrap(), TempDir::new().unwrap()];
    let [good, expired, early] = directories.each_ref().map(TempDir::path);
    let good = Certificates::make(good);
    let expired = good.issue(&Request::local().between(YEAR_2001, YEAR_2001_TOO), expired);
    let early = good.issue(&Request::local().between(YEAR_2096, YEAR_2096_TOO), early);
    let other = |name: &str, text: &str, mode| {
        let file = good.key_file.with_file_name(name);
        put(&file, text, mode);
        file
    };
    let garbled = other("garbled", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", 0o600);
    let exposed = other("exposed", &fs::read_to_string(&good.key_file).unwrap(), 0o644);
    let foreign = with(&good, |own| own.key_file.clone_from(&early.key_file));
    let shown = |file: &std::path::Path| file.display().to_string();
    // What is named, what is said of it, and whether the daemon may start all the same.
    let cases = [
        (good.clone(), "valid".to_owned(), true),
        (
            with(&good, |own| own.ca_file.clone_from(&garbled)),
            format!("{} is not PEM", shown(&garbled)),
            false,
        ),
        (
            with(&good, |own| own.cert_file.clone_from(&good.key_file)),
            format!("{} holds no certificate", shown(&good.key_file)),
            false,
        ),
        (
            with(&good, |own| own.key_file.clone_from(&exposed)),
            format!("{0} can be read or written by other users", shown(&exposed)),
            false,
        ),
        (foreign, format!("{} is not the key of {}", shown(&early.key_file), shown(&good.cert_file)), false),
        (
            expired.clone(),
            format!("the certificate in {} expired on 2001-09-10T01:46:40Z", shown(&expired.cert_file)),
            true,
        ),
        (
            early.clone(),
            format!(
                "the certificate in {} is valid only from 2096-10-02T07:06:40Z on",
                shown(&early.cert_file)
            ),
            true,
        ),
    ];
    for (certificates, expected, may_start) in cases {
        let node = TestNode::new(crate::PROGRAM, "node-a", &["127.0.0.1:1".to_owned()])
            .with("etcd_tls", tls(&certificates))
            .with("etcd_timeout_sec", 1);
        let validated = node.output_of("validate-config", &[]);
        assert_eq!(validated.status.code(), Some(if expected == "valid" { 0 } else { 2 }), "{expected}");
        assert_says(&said(&validated), &expected);
        let status = node.output_of("status", &[]);
        assert_eq!(status.status.code() == Some(2), !may_start, "{expected}: {}", said(&status));
    }
}
