//! Keeps a static program from the modules of the system's name service.
//!
//! Where glibc is part of the program itself, it still looks names up as `/etc/nsswitch.conf` says, and loads a module
//! for whatever is written there: `resolve`, `myhostname`, `ldap`. Such a module was built for the glibc of the system,
//! which it brings with it, and two of them in one process end in a crash. So the databases that anything here might ask
//! are told at start to use what is built in: files and, for hosts, DNS.

#![allow(unsafe_code, reason = "glibc can be told in no other way")]

use std::ffi::{CStr, c_char, c_int};
use std::io;

/// Which database is looked up where, in the words of nsswitch.conf(5).
const BUILT_IN: [(&CStr, &CStr); 6] = [
    (c"hosts", c"files dns"),
    (c"networks", c"files"),
    (c"services", c"files"),
    (c"protocols", c"files"),
    (c"passwd", c"files"),
    (c"group", c"files"),
];

/// The name service would load what may crash this program.
#[derive(Debug, thiserror::Error)]
#[error("cannot keep the name service from loading modules")]
pub(crate) struct Unconfined(#[from] io::Error);

unsafe extern "C" {
    // Of <nss.h>, for just this purpose. Once it was called, glibc heeds no change of nsswitch.conf either.
    fn __nss_configure_lookup(database: *const c_char, service_line: *const c_char) -> c_int;
}

/// To be called first of all, while the process has one thread and has looked up nothing.
pub(crate) fn confine() -> Result<(), Unconfined> {
    for (database, services) in BUILT_IN {
        // SAFETY: both are texts that end in a zero byte and live for as long as the program. glibc only reads them, and
        // nobody else is in its name service yet, there being no other thread.
        if unsafe { __nss_configure_lookup(database.as_ptr(), services.as_ptr()) } != 0 {
            return Err(io::Error::last_os_error().into());
        }
    }
    Ok(())
}
