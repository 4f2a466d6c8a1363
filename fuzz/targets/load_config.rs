//! Bytes as a configuration with files of `config.d`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| crb_fuzz::load_config(bytes));
