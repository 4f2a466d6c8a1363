//! The configuration, loaded again.

use serde_json::{Map, Value};

use super::Said;
use crate::event::ConfigFault;
use crate::record::Fields;

/// So many faults stand in the line. All of them are told by `validate-config`.
const SHOWN: usize = 50;

pub(super) fn reloaded(changed: &[&'static str], needs_restart: &[&'static str]) -> Said {
    let fields = Fields::default()
        .with("result", "success")
        .with("changed", changed.to_vec())
        .with("needs_restart", needs_restart.to_vec());
    let taken = match changed {
        [] => "nothing changed".to_owned(),
        keys => format!("in force now: {}", keys.join(", ")),
    };
    match needs_restart {
        [] => Said::info(format!("the configuration was loaded again; {taken}"), fields),
        keys => Said::warn(
            format!(
                "the configuration was loaded again; {taken}; the old value stays until the daemon is restarted: {}",
                keys.join(", ")
            ),
            fields,
        ),
    }
}

pub(super) fn rejected(faults: &[ConfigFault]) -> Said {
    let first = faults.first().map_or_else(|| "for no reason".to_owned(), told);
    let more = match faults.len() {
        0 | 1 => String::new(),
        2 => ", and 1 more fault".to_owned(),
        count => format!(", and {} more faults", count - 1),
    };
    Said::error(
        format!("the configuration is refused, and all of the old one stays in force: {first}{more}"),
        Fields::default()
            .with("result", "error")
            .with("fault_count", faults.len())
            .with("faults", faults.iter().take(SHOWN).map(fault).collect::<Vec<_>>()),
    )
}

fn told(fault: &ConfigFault) -> String {
    let ConfigFault { place, code, message, hint } = fault;
    let place = place.as_ref().map_or_else(String::new, |(file, line, _)| format!("{file}:{line}: "));
    let hint = hint.as_ref().map_or_else(String::new, |hint| format!("; {hint}"));
    format!("{place}{message}{hint} ({code})")
}

fn fault(fault: &ConfigFault) -> Value {
    let ConfigFault { place, code, message, hint } = fault;
    let mut value = Map::new();
    if let Some((file, line, column)) = place {
        value.insert("file".to_owned(), file.as_str().into());
        value.insert("line".to_owned(), (*line).into());
        value.insert("column".to_owned(), (*column).into());
    }
    value.insert("code".to_owned(), code.as_str().into());
    value.insert("message".to_owned(), message.as_str().into());
    if let Some(hint) = hint {
        value.insert("hint".to_owned(), hint.as_str().into());
    }
    value.into()
}
