//! `log`: what is logged, and how.

use crate::{
    read::{Optional, Section},
    settings::{LogFormat, LogLevel, LogSettings},
    sink::Read,
};

const LEVELS: [(&str, LogLevel); 4] = [
    ("debug", LogLevel::Debug),
    ("info", LogLevel::Info),
    ("warn", LogLevel::Warn),
    ("error", LogLevel::Error),
];
const FORMATS: [(&str, LogFormat); 2] = [("json", LogFormat::Json), ("text", LogFormat::Text)];

pub(super) fn read(root: &Section<'_>) -> Read<LogSettings> {
    root.slot("log").section(|log| {
        let level = log.slot("level").one_of(&LEVELS).default_to(LogLevel::default());
        let format = log.slot("format").one_of(&FORMATS).default_to(LogFormat::default());
        Ok(LogSettings { level: level?, format: format? })
    })
}
