//! `etcd_endpoints`, `etcd_namespace`, `etcd_timeout_sec`: where the fleet meets.

use std::time::Duration;

use crate::{
    elements::{auth, tls},
    fault::Fault,
    inspect::Inspect,
    read::{Optional, Section, Slot, all},
    settings::EtcdSettings,
    sink::Read,
};

const TIMEOUT: Duration = Duration::from_secs(5);

pub(super) fn read(root: &Section<'_>, inspect: &Inspect<'_>) -> Read<EtcdSettings> {
    let tls = tls::read(root, inspect);
    let auth = auth::read(root, inspect);
    let endpoints = endpoints(&root.slot("etcd_endpoints"), tls.as_ref().is_ok_and(Option::is_some));
    let namespace = root.slot("etcd_namespace").text().default_to("");
    let timeout = root.slot("etcd_timeout_sec").seconds(1).default_to(TIMEOUT);
    let (endpoints, raw_endpoints) = endpoints?.into_iter().unzip();
    Ok(EtcdSettings {
        endpoints,
        raw_endpoints,
        namespace: namespace?.to_owned(),
        tls: tls?,
        auth: auth?,
        timeout: timeout?,
    })
}

/// Each endpoint as a URL and as it was written.
fn endpoints(slot: &Slot<'_>, tls: bool) -> Read<Vec<(String, String)>> {
    let hint = "write `host:port` or a URL such as `https://etcd1.example:2379`";
    let items = slot.items()?;
    if items.is_empty() {
        let fault = Fault::error("config::no_endpoints", "`etcd_endpoints` needs at least one endpoint");
        return Err(slot.refuse_absent(fault.advise("list the client addresses of etcd's members")));
    }
    all(items.iter().map(|item| {
        let written = item.text().required(item, hint)?;
        let Some((scheme, address)) = scheme_and_address(written.trim()) else {
            let message = format!("`{}` is not an endpoint of etcd", item.path());
            return Err(item.refuse(Fault::error("config::endpoint_invalid", message).advise(hint), ""));
        };
        let scheme = match scheme {
            None if tls => "https",
            None => "http",
            Some(scheme) => check_scheme(item, scheme, tls)?,
        };
        Ok((format!("{scheme}://{address}"), written.to_owned()))
    }))
}

/// `http` would speak in the clear where encryption is configured, and `https` cannot be spoken where it is not.
fn check_scheme<'a>(item: &Slot<'_>, scheme: &'a str, tls: bool) -> Read<&'a str> {
    match (scheme, tls) {
        ("https", false) => {
            let fault = Fault::error("config::endpoint_without_tls", "a `https` endpoint needs `etcd_tls`");
            let hint = "write `etcd_tls` with `enabled: true` and its three files";
            Err(item.refuse(fault.advise(hint), "cannot be reached"))
        }
        ("http", true) => {
            let message = "a `http` endpoint is not encrypted, though `etcd_tls` is enabled";
            let fault = Fault::error("config::endpoint_in_clear", message);
            Err(item.refuse(fault.advise("write `https://`, or leave the scheme out"), "in the clear"))
        }
        _ => Ok(scheme),
    }
}

/// `host:port`, alone or in a URL that has nothing else.
fn scheme_and_address(text: &str) -> Option<(Option<&str>, &str)> {
    let (scheme, address) = match text.split_once("://") {
        Some((scheme @ ("http" | "https"), rest)) => (Some(scheme), rest.strip_suffix('/').unwrap_or(rest)),
        Some(_) => return None,
        None => (None, text),
    };
    host_and_port(address).map(|_| (scheme, address))
}

/// The parts of `host:port`; an IPv6 address stands in brackets.
pub(super) fn host_and_port(text: &str) -> Option<(&str, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let port = port.bytes().all(|byte| byte.is_ascii_digit()).then(|| port.parse().ok()).flatten()?;
    let valid = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            !host.is_empty()
                && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
        }
    };
    valid.then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_addresses_and_plain_urls() {
        let cases = [
            ("10.0.0.1:2379", Some((None, "10.0.0.1:2379"))),
            ("etcd-1.example:2379", Some((None, "etcd-1.example:2379"))),
            ("[fd00::1]:2379", Some((None, "[fd00::1]:2379"))),
            ("http://etcd:2379", Some((Some("http"), "etcd:2379"))),
            ("https://etcd:2379/", Some((Some("https"), "etcd:2379"))),
            ("etcd", None),
            ("etcd:", None),
            ("etcd:port", None),
            ("etcd:+80", None),
            ("etcd:70000", None),
            (":2379", None),
            ("fd00::1:2379", None),
            ("[etcd]:2379", None),
            ("http://etcd", None),
            ("http://etcd:2379/v3", None),
            ("http://user@etcd:2379", None),
            ("ftp://etcd:2379", None),
            ("unix:///run/etcd.sock", None),
            ("a:1,b:2", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(scheme_and_address(text), expected, "{text}");
        }
    }
}
