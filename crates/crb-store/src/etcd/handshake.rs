//! Why a connection could not be secured, in words that name the file and the remedy.

use std::error::Error;
use std::io;

use rustls::pki_types::UnixTime;
use rustls::{CertificateError, InvalidMessage};

use super::keyring::Keyring;

/// How a rejection of ours begins that came after the handshake, when only the text of it is left.
const ALERT: &str = "received fatal alert: ";

/// How a server hangs up that takes our first words for nonsense.
const NO_HANDSHAKE: &str = "tls handshake eof";

/// How a server hangs up that does not like who speaks, or how.
const HUNG_UP: [&str; 5] = ["connection closed", "broken pipe", "reset", "http2 error", "h2 protocol error"];

const WITHOUT_TLS: &str = ": start etcd with --cert-file and --key-file, or take etcd_tls away";

/// What an error, which says `detail`, tells of a handshake that failed; `None`: it tells of none.
pub(super) fn explain(
    error: &etcd_client::Error,
    detail: &str,
    host: &str,
    keyring: &Keyring,
) -> Option<String> {
    let first: &(dyn Error + 'static) = match error {
        etcd_client::Error::GRpcStatus(status) => status,
        other => other,
    };
    let alert = || detail.split_once(ALERT).map(|(_, alert)| rejected("does", alert, keyring));
    tls_fault(first).map(|fault| told(fault, host, keyring)).or_else(alert)
}

/// An error of the transport is not the source of what it is wrapped in: it hides within.
fn tls_fault<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let within = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let within = within.map(|within| -> &(dyn Error + 'static) { within });
    error.downcast_ref().or_else(|| within.and_then(tls_fault)).or_else(|| error.source().and_then(tls_fault))
}

/// What is said when the other side does not take our certificate, or may not.
fn rejected(whether: &str, detail: &str, keyring: &Keyring) -> String {
    let file = keyring.tls_settings().map(|tls| tls.cert_file.display().to_string()).unwrap_or_default();
    let validity = keyring.tls_files().and_then(|files| files.validity);
    let validity = validity.map_or_else(|| "of unknown validity".to_owned(), |validity| validity.to_string());
    format!(
        "it {whether} not accept our certificate {file}, which is {validity} ({detail}): put one there that is valid \
         now, for client authentication, and signed by the authority that etcd names with --trusted-ca-file"
    )
}

/// What it may mean that an endpoint hangs up on us that never answered; its reason got lost on the way.
pub(super) fn explain_silence(detail: String, is_tls: bool, keyring: &Keyring) -> String {
    if is_tls && detail.contains(NO_HANDSHAKE) {
        format!("it may not speak TLS{WITHOUT_TLS} ({detail})")
    } else if !HUNG_UP.iter().any(|words| detail.contains(words)) {
        detail
    } else if is_tls {
        rejected("may", &detail, keyring)
    } else {
        format!("{detail}; it may want TLS: set etcd_tls, or write https:// into etcd_endpoints")
    }
}

fn told(fault: &rustls::Error, host: &str, keyring: &Keyring) -> String {
    use CertificateError as Fault;
    match fault {
        rustls::Error::InvalidCertificate(fault) => match fault {
            Fault::ExpiredContext { not_after, .. } => {
                format!("its certificate expired on {}: renew it on that member of etcd", date(*not_after))
            }
            Fault::NotValidYetContext { not_before, .. } => format!(
                "its certificate is valid only from {} on: compare the clock of this node with that of etcd",
                date(*not_before)
            ),
            Fault::UnknownIssuer => format!(
                "its certificate is not signed by an authority in {}: put the certificate of etcd's authority \
                 there",
                keyring.tls_settings().map(|tls| tls.ca_file.display().to_string()).unwrap_or_default()
            ),
            Fault::NotValidForNameContext { presented, .. } => format!(
                "its certificate is not for {host} but for {}: write one of these into etcd_endpoints, or have a \
                 certificate made for {host}",
                names(presented)
            ),
            other => format!("its certificate cannot be trusted: {other}"),
        },
        rustls::Error::AlertReceived(alert) => rejected("does", &format!("{alert:?}"), keyring),
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "it does not speak TLS: start etcd with --cert-file and --key-file, or take etcd_tls away"
                .to_owned()
        }
        other => format!("the connection cannot be secured: {other}"),
    }
}

fn date(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_| "a day out of reckoning".to_owned(), |at| at.to_string())
}

/// `DnsName("etcd-1")` as a person would write it.
fn names(presented: &[String]) -> String {
    let plain = |name: &String| {
        let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
        inner.unwrap_or(name).trim_matches('"').to_owned()
    };
    if presented.is_empty() {
        "no name at all".to_owned()
    } else {
        presented.iter().map(plain).collect::<Vec<_>>().join(", ")
    }
}
