//! The files that secure the way to etcd, as whoever can read them tells what is wrong with each.

use std::fs;
use std::path::Path;

use crb_config::{EtcdFiles, FileFault, FileProblem, Severity, load_inspecting, parse};
use expect_test::expect;
use jiff::Timestamp;

use crate::{context, said, with_script, write};

#[test]
fn what_is_wrong_with_their_content_is_told_at_once_where_they_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let [ca, cert, key, password] =
        ["ca", "cert", "key", "password"].map(|name| write(&directory, name, 0o600));
    let text = format!(
        "{}etcd_tls: {{enabled: true, ca_file: {}, cert_file: {}, key_file: {}}}\netcd_auth:\n  username: node\n  \
         password_file: {}\n",
        with_script(Path::new("/bin/true")),
        ca.display(),
        cert.display(),
        key.display(),
        password.display()
    );
    let path = directory.path().join("config.yaml");
    fs::write(&path, text).unwrap();
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let fault = |file: &Path, problem, severity| FileFault { file: file.to_owned(), problem, severity };
    let inspect = |severity| {
        move |files: &EtcdFiles<'_>| match files {
            EtcdFiles::Tls(tls) => vec![
                fault(&tls.ca_file, FileProblem::Unusable("is not PEM".to_owned()), severity),
                fault(&tls.cert_file, FileProblem::Expired { on: at("2026-01-02T03:04:05Z") }, severity),
                fault(
                    &tls.cert_file,
                    FileProblem::NotYetValid { from: at("2027-01-02T03:04:05Z") },
                    severity,
                ),
            ],
            EtcdFiles::Password(file) => vec![fault(file, FileProblem::Exposed, severity)],
        }
    };
    let refused = load_inspecting(&path, &context(), &inspect(Severity::Error));
    expect![[r#"
        refused
        config::etcd_file_unusable

          × DIR/ca is not PEM
           ╭─[DIR/config.yaml:6:36]
         5 │ health_script: /bin/true
         6 │ etcd_tls: {enabled: true, ca_file: DIR/ca, cert_file: DIR/cert, key_file: DIR/key}
         7 │ etcd_auth:
           ╰────
          help: put the right file there, or write the path of another

        config::certificate_expired

          × the certificate in DIR/cert expired on 2026-01-02T03:04:05Z
           ╭─[DIR/config.yaml:6:67]
         5 │ health_script: /bin/true
         6 │ etcd_tls: {enabled: true, ca_file: DIR/ca, cert_file: DIR/cert, key_file: DIR/key}
         7 │ etcd_auth:
           ╰────
          help: put a new one there, with its key: a daemon that runs takes it by itself

        config::certificate_not_yet_valid

          × the certificate in DIR/cert is valid only from 2027-01-02T03:04:05Z on
           ╭─[DIR/config.yaml:6:67]
         5 │ health_script: /bin/true
         6 │ etcd_tls: {enabled: true, ca_file: DIR/ca, cert_file: DIR/cert, key_file: DIR/key}
         7 │ etcd_auth:
           ╰────
          help: see whether the clock of this machine is right

        config::secret_exposed

          × DIR/password can be read or written by other users
           ╭─[DIR/config.yaml:9:18]
         8 │   username: node
         9 │   password_file: DIR/password
           ╰────
          help: run `chmod g-w,o= DIR/password`, and change what it holds if they may have read it
    "#]]
    .assert_eq(&said(&directory, refused));
    let warned = load_inspecting(&path, &context(), &inspect(Severity::Warning));
    let told = said(&directory, warned);
    assert!(told.starts_with("taken\n") && told.contains("⚠ DIR/password can be read"), "{told}");
}

#[test]
fn a_user_has_a_name_and_a_file_with_her_password() {
    let directory = tempfile::tempdir().unwrap();
    let password = write(&directory, "password", 0o600);
    let text = |auth: &str| with_script(Path::new("/bin/true")) + auth;
    let auth = format!("etcd_auth: {{username: node, password_file: {}}}\n", password.display());
    let taken = parse("config.yaml", text(&auth), &context()).unwrap().settings.etcd.auth.unwrap();
    assert_eq!((taken.username.as_str(), &taken.password_file), ("node", &password));
    for none in ["", "etcd_auth: {}\n", "etcd_auth:\n", "etcd_auth: {username: '', password_file: ''}\n"] {
        assert_eq!(
            parse("config.yaml", text(none), &context()).unwrap().settings.etcd.auth,
            None,
            "{none:?}"
        );
    }
}
