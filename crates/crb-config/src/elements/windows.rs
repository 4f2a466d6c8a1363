//! `windows`: when this node may reboot.

use crb_windows::{
    CronExpression, ParseWindowError, Window, WindowDuration, WindowFault, WindowMoment, Windows,
};
use jiff::tz::{self, TimeZone};

use crate::{
    fault::Fault,
    read::{Optional, Section, Slot, all},
    sink::{Read, Told},
    suggest,
};

const FORMS: &str = "write `{cron: 0 2 * * 6, duration: 4h}` or `{from: 2026-12-20, until: 2027-01-04}`";

pub(super) fn read(root: &Section<'_>, system_zone: &TimeZone) -> Read<Windows> {
    root.slot("windows").section(|windows| {
        let zone = timezone(&windows.slot("timezone"), system_zone);
        // With a zone that was refused, the windows are read all the same, so that their faults are told, too.
        let meant_in = zone.as_ref().unwrap_or(system_zone);
        let allow = list(&windows.slot("allow"), meant_in);
        let deny = list(&windows.slot("deny"), meant_in);
        Ok(Windows::new(allow?, deny?, zone?))
    })
}

fn timezone(slot: &Slot<'_>, system_zone: &TimeZone) -> Read<TimeZone> {
    let Some(name) = slot.text()? else { return Ok(system_zone.clone()) };
    // To look a name up, the names of all zones are read first: not for the one that is at hand.
    if system_zone.iana_name() == Some(name.trim()) {
        return Ok(system_zone.clone());
    }
    // Known without any database.
    if name.trim().eq_ignore_ascii_case("UTC") {
        return Ok(TimeZone::UTC);
    }
    let zone = tz::db().get(name.trim()).ok().filter(|zone| !zone.is_unknown());
    zone.ok_or_else(|| {
        let known: Vec<_> = tz::db().available().map(|known| known.to_string()).collect();
        let lower: Vec<_> = known.iter().map(|known| known.to_lowercase()).collect();
        let near = suggest::nearest(name, lower.iter().map(String::as_str));
        let near = near.and_then(|near| known.iter().find(|known| known.to_lowercase() == near));
        let hint = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => {
                "this system describes no time zones: install the package `tzdata`, or write `UTC`".to_owned()
            }
            None => {
                "write a name of the IANA time-zone database, such as `Europe/Berlin` or `UTC`".to_owned()
            }
        };
        let fault = Fault::error("config::timezone_unknown", format!("there is no time zone `{name}`"));
        slot.refuse(fault.advise(hint), "")
    })
}

fn list(slot: &Slot<'_>, zone: &TimeZone) -> Read<Vec<Window>> {
    all(slot.items()?.iter().map(|item| if item.is_map() { parts(item, zone) } else { weekly(item) }))
}

fn weekly(slot: &Slot<'_>) -> Read<Window> {
    parsed(slot, Window::parse, "write a window such as `Fri 18:00-Mon 08:00`, or remove the line")
}

/// A window that is a map: with `cron` or `duration` a cron window, or else a dated one.
fn parts(slot: &Slot<'_>, zone: &TimeZone) -> Read<Window> {
    slot.section(|window| {
        let (cron, duration) = (window.slot("cron"), window.slot("duration"));
        let (from, until) = (window.slot("from"), window.slot("until"));
        let first_given = |slots: [&Slot<'_>; 2]| slots.into_iter().position(Slot::is_given);
        match (first_given([&cron, &duration]), first_given([&from, &until])) {
            (Some(of_cron), Some(of_dates)) => {
                let message = format!("`{}` mixes two forms of a window", slot.path());
                let fault = Fault::error("config::window_mixed", message).advise(FORMS);
                let fault = [&cron, &duration][of_cron].mark(fault, "opens again and again");
                let fault = [&from, &until][of_dates].mark(fault, "opens once");
                Err(slot.sink().refuse(fault))
            }
            (Some(_), None) => cron_window(&cron, &duration),
            (None, Some(_)) => dated(&from, &until, zone),
            (None, None) => {
                let message = format!("`{}` has neither `cron` nor `from`", slot.path());
                Err(slot.refuse(Fault::error("config::window_empty", message).advise(FORMS), ""))
            }
        }
    })
}

fn cron_window(cron: &Slot<'_>, duration: &Slot<'_>) -> Read<Window> {
    let hint =
        "write when it opens, such as `0 2 * * 6`: minute, hour, day of the month, month, day of the week";
    let expression = parsed(cron, CronExpression::parse, hint);
    let hint = "write how long it stays open, such as `90m`, `2h`, `1h30m` or `2d`";
    let duration = parsed(duration, WindowDuration::parse, hint);
    Ok(Window::cron(expression?, duration?))
}

fn dated(from: &Slot<'_>, until: &Slot<'_>, zone: &TimeZone) -> Read<Window> {
    let start = parsed(from, WindowMoment::parse, "write when it opens, such as `2026-12-20T18:00`");
    let end = parsed(until, WindowMoment::parse, "write when it closes, such as `2027-01-04T06:00`");
    Window::dated(start?, end?, zone).map_err(|error| {
        let fault = Fault::error("config::window_invalid", format!("`{}`: {error}", until.path()));
        let fault = until.mark(fault.advise(error.hint()), "ends here");
        until.sink().refuse(from.mark(fault, "starts here"))
    })
}

/// The text at `slot` as `parse` takes it; `hint` says what to write where there is none.
fn parsed<T>(
    slot: &Slot<'_>,
    parse: impl FnOnce(&str) -> Result<T, ParseWindowError>,
    hint: &str,
) -> Read<T> {
    let text = slot.text().required(slot, hint)?;
    parse(text.trim()).map_err(|error| refused(slot, text, &error))
}

fn refused(slot: &Slot<'_>, text: &str, error: &ParseWindowError) -> Told {
    let leading = text.len() - text.trim_start().len();
    let range = error.range().start + leading..error.range().end + leading;
    let hint = match error.fault() {
        WindowFault::NoTime if slot.is_before_a_comma() => "quote a window that has a comma in it".to_owned(),
        WindowFault::CronFields(..5) if slot.is_before_a_comma() => {
            "quote an expression that has a comma in it".to_owned()
        }
        _ => error.hint(),
    };
    let fault = Fault::error("config::window_invalid", format!("`{}`: {error}", slot.path()));
    slot.sink().refuse(fault.at(slot.span_within(range), "here").advise(hint))
}
