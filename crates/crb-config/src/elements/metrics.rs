//! `metrics`: where Prometheus may ask.

use crate::{
    elements::etcd::host_and_port,
    fault::Fault,
    read::{Optional, Section},
    settings::MetricsSettings,
    sink::Read,
};

const LISTEN: &str = "127.0.0.1:9090";

pub(super) fn read(root: &Section<'_>) -> Read<Option<MetricsSettings>> {
    root.slot("metrics").section(|metrics| {
        let enabled = metrics.slot("enabled").flag().default_to(false);
        let slot = metrics.slot("listen");
        let listen = slot.text().default_to(LISTEN);
        if !enabled? {
            return listen.map(|_| None);
        }
        let listen = listen?;
        // `:9090` is how Go writes a port on every address.
        let listen = if listen.starts_with(':') { format!("0.0.0.0{listen}") } else { listen.to_owned() };
        if host_and_port(&listen).is_none() {
            let fault =
                Fault::error("config::metrics_listen_invalid", "`metrics.listen` is not a host and a port");
            return Err(slot
                .refuse(fault.advise(format!("write `{LISTEN}`, or `0.0.0.0:9090` for every address")), ""));
        }
        Ok(Some(MetricsSettings { listen }))
    })
}
