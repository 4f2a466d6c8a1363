//! Under a name service that would load a module: one that ends whatever program loads it.
//!
//! A program on musl, which knows no modules, passes as well. That the trap is one is shown by a program on glibc that
//! does not keep from it.

use std::path::Path;

use xtask::{Failure, Step};

use crate::build::Binary;
use crate::files;

/// A name that stands in the file of hosts alone.
const NAME: &str = "tried.example";

/// The exit code of a program that the trap ended.
const SPRUNG: i32 = 99;

/// No module of a name service, but loaded as one. It ends the program before anything is asked of it.
const TRAP: &str =
    "#include <unistd.h>\n__attribute__((constructor)) static void spring(void) { _exit(SPRUNG); }\n";

const LOOKUP: &str = "#include <netdb.h>\n#include <stddef.h>\n\
                      int main(void) { struct addrinfo *found; return getaddrinfo(\"tried.example\", NULL, NULL, &found) != 0; }\n";

/// Runs the rest of the words with `nsswitch.conf` and `hosts` of the directory `$1` in the place of the system's.
const WITHIN: &str = r#"mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf
mount --bind "$1/hosts" /etc/hosts
shift
exec "$@""#;

pub(super) fn try_out(binary: &Binary, folder: &Path) -> Result<(), Failure> {
    files::write(
        &folder.join("nsswitch.conf"),
        "hosts: trap files dns\npasswd: trap files\ngroup: trap files\n",
    )?;
    files::write(&folder.join("hosts"), format!("127.0.0.1 {NAME}\n"))?;
    files::write(&folder.join("trap.c"), TRAP)?;
    files::write(&folder.join("lookup.c"), LOOKUP)?;
    Step::of("cc -shared -fPIC")
        .args([format!("-DSPRUNG={SPRUNG}")])
        .args(["-o", "libnss_trap.so.2", "trap.c"])
        .dir(folder)
        .ask()?;
    Step::of("cc -static -o lookup lookup.c").dir(folder).ask()?;

    let step = within(folder, &folder.join("lookup"));
    let (status, said) = step.answer()?;
    if status.code() != Some(SPRUNG) {
        return Err(Failure::Verdict(format!(
            "the trap in the name service does not spring, and shows nothing: `{step}` ended with {status}, and not \
             with code {SPRUNG}, and said:\n{said}"
        )));
    }
    let step = within(folder, &binary.path).args(["demo", "--nodes", "2", "--etcd"]);
    let step = step.args([format!("http://{NAME}:9")]);
    let (status, said) = step.answer()?;
    // Nobody listens there, but to be refused it has to have found the address.
    if status.code() != Some(1) || !said.contains("Connection refused") {
        return Err(Failure::Verdict(format!(
            "a name was not found under a name service with modules: `{step}` ended with {status} and said:\n{said}"
        )));
    }
    println!("{}: finds a name and loads no module of the name service", binary.arch.name());
    Ok(())
}

fn within(folder: &Path, program: &Path) -> Step {
    crate::build::unshare("sh -euc")
        .args([WITHIN, "within"])
        .args([folder, program])
        .env("LD_LIBRARY_PATH", folder)
}
