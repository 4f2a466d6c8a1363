//! TLS in both directions, and etcd's own users.

use std::time::Duration;

use crb_store::StoreError;
use crb_store::etcd::{Credentials, EtcdSettings, TlsSettings};
use crb_testbed::{Certificates, EtcdCluster};
use tempfile::TempDir;

use crate::{get, put, store};

/// Settings for `cluster` with the authority of one, and the certificate of another.
fn settings(cluster: &EtcdCluster, authority: &Certificates, identity: &Certificates) -> EtcdSettings {
    let mut settings = EtcdSettings::new(cluster.endpoints());
    settings.call_timeout = Duration::from_secs(2);
    settings.tls = Some(TlsSettings {
        ca_file: authority.ca_file.clone(),
        cert_file: identity.cert_file.clone(),
        key_file: identity.key_file.clone(),
        insecure_skip_verify: false,
    });
    settings
}

fn without_checks(mut settings: EtcdSettings) -> EtcdSettings {
    settings.tls.as_mut().unwrap().insecure_skip_verify = true;
    settings
}

#[tokio::test]
async fn certificates_on_both_sides_are_accepted() {
    let cluster = EtcdCluster::start_with_tls(1);
    let own = cluster.tls().unwrap();
    let by_number = settings(&cluster, own, own);
    let mut by_name = by_number.clone();
    by_name.endpoints[0] = by_name.endpoints[0].replace("127.0.0.1", "localhost");
    for settings in [by_number, by_name] {
        let store = store(&settings);
        put(&store, "a").await.unwrap();
        assert!(get(&store, "a").await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_server_of_an_unknown_authority_is_refused_and_named() {
    let cluster = EtcdCluster::start_with_tls(1);
    let directory = TempDir::new().unwrap();
    let stranger = Certificates::make(directory.path());
    let settings = settings(&cluster, &stranger, cluster.tls().unwrap());

    let error = put(&store(&settings), "a").await.unwrap_err();
    let endpoint = &cluster.endpoints()[0];
    assert_eq!(
        error.to_string(),
        format!("no endpoint answers: {endpoint}: invalid peer certificate: UnknownIssuer")
    );
    put(&store(&without_checks(settings)), "a").await.unwrap();
}

#[tokio::test]
async fn a_server_of_another_name_is_refused() {
    let cluster = EtcdCluster::start_with_tls_for(&["elsewhere.example"], 1);
    let own = cluster.tls().unwrap();
    let settings = settings(&cluster, own, own);

    let error = put(&store(&settings), "a").await.unwrap_err().to_string();
    assert!(error.contains("certificate not valid for name \"127.0.0.1\""), "{error}");
    put(&store(&without_checks(settings)), "a").await.unwrap();
}

#[tokio::test]
async fn a_client_of_an_unknown_authority_is_turned_away() {
    let cluster = EtcdCluster::start_with_tls(1);
    let directory = TempDir::new().unwrap();
    let stranger = Certificates::make(directory.path());
    let settings = settings(&cluster, cluster.tls().unwrap(), &stranger);

    let error = put(&store(&settings), "a").await.unwrap_err().to_string();
    assert!(error.contains("our certificate") || error.contains("fatal alert"), "{error}");
}

#[tokio::test]
async fn a_user_of_etcd_may_and_others_may_not() {
    let cluster = EtcdCluster::start(1);
    for command in
        [&["user", "add", "root:secret"][..], &["user", "grant-role", "root", "root"], &["auth", "enable"]]
    {
        assert!(cluster.etcdctl(command).status.success(), "{command:?}");
    }
    let as_user = |password: &str| {
        let mut settings = EtcdSettings::new(cluster.endpoints());
        settings.credentials = Some(Credentials { user: "root".to_owned(), password: password.to_owned() });
        store(&settings)
    };
    put(&as_user("secret"), "a").await.unwrap();
    for denied in [as_user("wrong"), store(&EtcdSettings::new(cluster.endpoints()))] {
        let error = put(&denied, "a").await.unwrap_err();
        assert!(matches!(error, StoreError::Denied(_)), "{error}");
    }
}
