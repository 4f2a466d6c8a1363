//! TLS in both directions, and etcd's own users.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use crb_store::etcd::{Credentials, EtcdSettings, EtcdStore, FileNews, TlsSettings};
use crb_store::{KeyRange, Revision, Store, StoreError};
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
        format!(
            "no endpoint answers: {endpoint}: its certificate is not signed by an authority in {}: put the \
             certificate of etcd's authority there",
            stranger.ca_file.display()
        )
    );
    put(&store(&without_checks(settings)), "a").await.unwrap();
}

#[tokio::test]
async fn a_server_of_another_name_is_refused() {
    let cluster = EtcdCluster::start_with_tls_for(&["elsewhere.example"], 1);
    let own = cluster.tls().unwrap();
    let settings = settings(&cluster, own, own);

    let error = put(&store(&settings), "a").await.unwrap_err().to_string();
    let told = "its certificate is not for 127.0.0.1 but for elsewhere.example: write one of these into etcd_endpoints";
    assert!(error.contains(told), "{error}");
    put(&store(&without_checks(settings)), "a").await.unwrap();
}

#[tokio::test]
async fn a_client_of_an_unknown_authority_is_turned_away() {
    let cluster = EtcdCluster::start_with_tls(1);
    let directory = TempDir::new().unwrap();
    let stranger = Certificates::make(directory.path());
    let settings = settings(&cluster, cluster.tls().unwrap(), &stranger);

    let error = put(&store(&settings), "a").await.unwrap_err().to_string();
    assert!(error.contains("accept our certificate"), "{error}");
    assert!(error.contains("valid from 1975-01-01T00:00:00Z until 4096-01-01T00:00:00Z"), "{error}");
}

/// Settings for a user whose password is in a file of the cluster's directory.
fn as_user(cluster: &EtcdCluster, user: &str, password: &str) -> EtcdSettings {
    let password_file = cluster.directory().join(format!("password-of-{user}"));
    write_secret(&password_file, password);
    let mut settings = EtcdSettings::new(cluster.endpoints());
    settings.credentials = Some(Credentials { user: user.to_owned(), password_file });
    settings
}

fn write_secret(file: &Path, secret: &str) {
    fs::write(file, secret).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test]
async fn a_user_of_etcd_may_and_others_may_not() {
    let mut cluster = EtcdCluster::start(1);
    cluster.ask_for_users();
    cluster.add_user("node", "secret", &["root"]);
    put(&store(&as_user(&cluster, "node", "secret\n")), "a").await.unwrap();

    let wrong = as_user(&cluster, "node", "wrong");
    let file = wrong.credentials.as_ref().unwrap().password_file.display().to_string();
    let cases = [
        (
            wrong,
            format!(
                "user \"node\" is not known to etcd with the password in {file}: write the right one there, or set it \
                 with `etcdctl user passwd node`"
            ),
        ),
        (
            EtcdSettings::new(cluster.endpoints()),
            "etcd asks for a user: set etcd_auth.username and etcd_auth.password_file".to_owned(),
        ),
    ];
    for (settings, expected) in cases {
        let error = put(&store(&settings), "a").await.unwrap_err();
        assert_eq!(error, StoreError::Denied(expected));
    }
}

#[tokio::test]
async fn users_may_come_while_we_are_connected() {
    let mut cluster = EtcdCluster::start(1);
    cluster.add_user("node", "secret", &[]);
    let store = store(&as_user(&cluster, "node", "secret"));
    put(&store, "a").await.unwrap();
    cluster.ask_for_users();
    cluster.command(&["user", "grant-role", "node", "root"]);
    assert!(get(&store, "a").await.unwrap().is_some());
}

#[tokio::test]
async fn a_token_that_etcd_forgot_is_renewed_and_each_write_applied_once() {
    let mut cluster = EtcdCluster::start(1);
    cluster.ask_for_users();
    cluster.add_user("node", "secret", &["root"]);
    let store = store(&as_user(&cluster, "node", "secret"));
    put(&store, "a").await.unwrap();
    let lease = store.grant(Duration::from_secs(60)).await.unwrap();
    // Whose password is set, be it to the same one, is let in with no token of before.
    let forget = || cluster.change_password("node", "secret");
    for version in 2..=4 {
        forget();
        put(&store, "a").await.unwrap();
        assert_eq!(get(&store, "a").await.unwrap().unwrap().version, version);
        forget();
        store.keep_alive(lease).await.unwrap();
        forget();
        let mut watch = store.watch(&[KeyRange::prefix("b")], Revision::NEVER).await.unwrap();
        forget();
        put(&store, "b").await.unwrap();
        assert_eq!(watch.next().await.unwrap().events.len(), 1);
    }
    cluster.restart(0);
    assert_eq!(get(&store, "a").await.unwrap().unwrap().version, 4);
    put(&store, "a").await.unwrap();
}

#[tokio::test]
async fn a_password_that_changed_is_read_anew_and_no_write_is_lost_or_applied_twice() {
    let mut cluster = EtcdCluster::start(1);
    cluster.ask_for_users();
    cluster.add_user("node", "first", &["root"]);
    let settings = as_user(&cluster, "node", "first");
    let (sender, news) = mpsc::channel();
    let store = EtcdStore::try_new_telling(&settings, move |news| sender.send(news).unwrap()).unwrap();
    put(&store, "a").await.unwrap();

    let file = settings.credentials.unwrap().password_file;
    write_secret(&file, "second");
    cluster.change_password("node", "second");
    put(&store, "a").await.unwrap();
    assert_eq!(get(&store, "a").await.unwrap().unwrap().version, 2);
    let renewed = format!("{} changed: new connections use what is there now", file.display());
    assert_eq!(news.try_iter().collect::<Vec<_>>(), [FileNews::Renewed(renewed)]);
}

#[tokio::test]
async fn whoever_lacks_a_right_learns_which_and_how_it_is_granted() {
    let mut cluster = EtcdCluster::start(1);
    cluster.ask_for_users();
    cluster.command(&["role", "add", "fleet"]);
    cluster.command(&["role", "grant-permission", "fleet", "read", "--prefix=true", "/a/"]);
    cluster.add_user("node", "secret", &["fleet"]);
    let mut settings = as_user(&cluster, "node", "secret");
    settings.ranges = vec![KeyRange::prefix("/a/"), KeyRange::key("/b")];
    let store = store(&settings);
    let denied = |told: &str| StoreError::Denied(format!("user \"node\" {told} as root of etcd"));

    assert_eq!(get(&store, "/a/1").await, Ok(None));
    let write =
        denied("may not write /a/1: run `etcdctl role grant-permission fleet --prefix=true readwrite /a/`");
    assert_eq!(put(&store, "/a/1").await, Err(write));
    let read = denied("may not read /b: run `etcdctl role grant-permission fleet readwrite /b`");
    assert_eq!(get(&store, "/b").await, Err(read.clone()));
    let watched = store.watch(&[KeyRange::prefix("/a/"), KeyRange::key("/b")], Revision::NEVER).await;
    assert_eq!(watched.map(drop).unwrap_err(), read);

    cluster.command(&["role", "grant-permission", "fleet", "readwrite", "--prefix=true", "/a/"]);
    put(&store, "/a/1").await.unwrap();
}
