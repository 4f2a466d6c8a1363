//! What the fuzzer's targets do, which is what `crates/crb-config/tests/fuzz` does with the seeds: the same files.

#[path = "../../crates/crb-config/tests/fuzz/config.rs"]
mod config;
#[path = "../../crates/crb-config/tests/fuzz/windows.rs"]
mod windows;
#[path = "../../crates/crb-config/tests/fuzz/written.rs"]
mod written;

/// Takes bytes as the files of a configuration, and panics when something does not hold that must.
pub fn load_config(bytes: &[u8]) {
    config::answer(bytes);
}

/// Takes lines as maintenance windows, and panics when something does not hold that must.
pub fn windows(text: &str) {
    windows::answer(text);
}
