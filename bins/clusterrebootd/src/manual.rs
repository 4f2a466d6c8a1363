//! The manual: what `man` prints, made of the very definitions that the program goes by.

mod commands;
mod configuration;
mod roff;

pub(crate) use commands::commands;
pub(crate) use configuration::configuration;
