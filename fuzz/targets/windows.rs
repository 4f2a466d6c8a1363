//! Text as maintenance windows.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| crb_fuzz::windows(text));
