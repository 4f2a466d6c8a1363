//! Starts a child. The only place in the workspace that does; for a pager see `pager.rs`.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::process::Stdio;
use std::time::Duration;

use rustix::fs::{MemfdFlags, memfd_create};
use tokio::process::{Child, Command};
use tokio::time::sleep;

use crate::error::StartError;
use crate::group::Group;
use crate::job::{Job, OnDrop};
use crate::output::Tap;

/// How often, and how far apart, a start is tried while the program is open for writing: a script that was
/// just written is "text file busy" as long as a child forked meanwhile, by anybody, has not yet called exec.
const BUSY_TRIES: u32 = 20;
const BUSY_PAUSE: Duration = Duration::from_millis(10);

/// A child under way: its group, standard output and standard error.
pub(crate) type Started = (Group, Tap, Tap);

/// Starts `job`'s program in a process group of its own.
pub(crate) async fn spawn(job: &Job) -> Result<Started, StartError> {
    let Some((program, arguments)) = job.argv.split_first().filter(|(program, _)| !program.trim().is_empty())
    else {
        return Err(StartError::Empty);
    };
    #[allow(clippy::disallowed_methods, reason = "this file owns it")]
    let mut command = Command::new(program);
    command.args(arguments).envs(job.env.iter().map(|(name, value)| (name, value)));
    let stdin = reader(job.stdin.as_deref()).map_err(|error| StartError::new(program, error))?;
    command.stdin(stdin).process_group(0);

    let started = match job.on_drop {
        OnDrop::EndGroup => on_pipes(&mut command, job.on_drop).await,
        OnDrop::LeaveRunning => on_files(&mut command, job.on_drop).await,
    };
    started.map_err(|error| StartError::new(program, error))
}

/// Reads the child's output as it comes, for a child that does not outlive us.
async fn on_pipes(command: &mut Command, on_drop: OnDrop) -> io::Result<Started> {
    let mut child = patiently(command.stdout(Stdio::piped()).stderr(Stdio::piped())).await?;
    let (stdout, stderr) = (Tap::pipe(child.stdout.take()), Tap::pipe(child.stderr.take()));
    Ok((Group::new(child, on_drop), stdout, stderr))
}

/// Gives the child files in memory to write to. A pipe would die with us, and with it, by SIGPIPE, a child
/// that is to go on without us.
async fn on_files(command: &mut Command, on_drop: OnDrop) -> io::Result<Started> {
    let (stdout, stderr) = (memory_file("stdout"), memory_file("stderr"));
    command.stdout(writer(stdout.as_ref())?).stderr(writer(stderr.as_ref())?);
    let child = patiently(command).await?;
    Ok((Group::new(child, on_drop), Tap::file(stdout), Tap::file(stderr)))
}

/// Starts the child, and waits a little for a program that is still open for writing.
async fn patiently(command: &mut Command) -> io::Result<Child> {
    for _ in 1..BUSY_TRIES {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => sleep(BUSY_PAUSE).await,
            outcome => return outcome,
        }
    }
    command.spawn()
}

/// A file that only descriptors name. Where the system gives none the output is not kept: what such a child
/// has to do matters more than what it says.
fn memory_file(name: &str) -> Option<File> {
    memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::NOEXEC_SEAL)
        // Kernels before 6.3 do not know the seal.
        .or_else(|_| memfd_create(name, MemfdFlags::CLOEXEC))
        .ok()
        .map(File::from)
}

/// What the child reads: a file in memory, for a pipe would have to be filled while the child runs.
fn reader(text: Option<&[u8]>) -> io::Result<Stdio> {
    let Some(text) = text else { return Ok(Stdio::null()) };
    let mut file =
        memory_file("stdin").ok_or_else(|| io::Error::other("there is no memory for its input"))?;
    file.write_all(text)?;
    file.rewind()?;
    Ok(file.into())
}

fn writer(file: Option<&File>) -> io::Result<Stdio> {
    file.map_or_else(|| Ok(Stdio::null()), |file| file.try_clone().map(Stdio::from))
}
