//! The only reader of YAML: raw text in, checked [`Settings`] out, or every fault at once.
//!
//! [`load`] reads a file and the `config.d` beside it, [`parse`] texts. Either gives [`Loaded`] settings with their warnings, or
//! [`Faults`]: each [`Fault`] has a stable code, the places it speaks of, and a hint that says what to write
//! instead. [`render`] shows them with the lines of the file underlined.
//!
//! The way of a value: `yaml.rs` makes a `tree.rs` of each text, in which every value knows its place, and
//! `merge.rs` lays the trees over each other. The
//! files of `elements/`, one for each part of the configuration, take typed values out of it through
//! `read.rs` and check them. Whoever refuses a value tells the `sink.rs`, and gets in return the only thing
//! that may stand for a missing value; so no fault is lost, and none keeps another from being told.
//!
//! The environment and the clock are not read here: what is needed of them comes in with the [`LoadContext`].

mod elements;
mod events;
mod fault;
mod files;
mod inspect;
mod load;
mod merge;
mod read;
mod reload;
mod render;
mod scalar;
mod schema;
mod settings;
mod sink;
mod source;
mod suggest;
mod tree;
mod trust;
mod yaml;

pub use events::EVENTS;
pub use fault::{Fault, Faults, Severity};
pub use inspect::{EtcdFiles, FileFault, FileProblem, Inspect};
pub use load::{LoadContext, Loaded, load, load_inspecting, parse, parse_all};
pub use reload::{Effect, KEYS, Key, Reload};
pub use render::{Letters, render};
pub use schema::schema;
pub use settings::{
    AuthSettings, DetectorKind, DetectorSettings, EtcdSettings, EventHookSettings, HealthSettings,
    HookSettings, HooksSettings, LockSettings, LogFormat, LogLevel, LogSettings, MetricsSettings,
    RebootSettings, Settings, TlsSettings,
};
pub use source::Document;
pub use suggest::nearest_name;
