//! `windows`: when this node may reboot.

use crb_windows::{Window, WindowFault, Windows};
use jiff::tz::TimeZone;

use crate::{
    fault::Fault,
    read::{Optional, Section, Slot, all},
    sink::Read,
};

pub(super) fn read(root: &Section<'_>, zone: &TimeZone) -> Read<Windows> {
    root.slot("windows").section(|windows| {
        let allow = list(&windows.slot("allow"));
        let deny = list(&windows.slot("deny"));
        Ok(Windows::new(allow?, deny?, zone.clone()))
    })
}

fn list(slot: &Slot<'_>) -> Read<Vec<Window>> {
    all(slot.items()?.iter().map(window))
}

fn window(slot: &Slot<'_>) -> Read<Window> {
    let text =
        slot.text().required(slot, "write a window such as `Fri 18:00-Mon 08:00`, or remove the line")?;
    Window::parse(text.trim()).map_err(|error| {
        let leading = text.len() - text.trim_start().len();
        let range = error.range().start + leading..error.range().end + leading;
        let hint = match error.fault() {
            WindowFault::NoTime if slot.is_before_a_comma() => {
                "quote a window that has a comma in it".to_owned()
            }
            _ => error.hint(),
        };
        let fault = Fault::error("config::window_invalid", format!("`{}`: {error}", slot.path()));
        slot.sink().refuse(fault.at(slot.span_within(range), "here").advise(hint))
    })
}
