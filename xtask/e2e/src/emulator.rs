//! One QEMU process: how it is started, and that it never outlives us.
#![allow(clippy::disallowed_methods, reason = "this file alone starts emulators")]

use std::fs;
use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::log::until;
use crate::patience::EMULATOR;
use crate::trouble::{Outcome, Trouble};

/// What the kernel is told: where its root is, and to do without what takes an emulated machine seconds.
const KERNEL: &str = "root=/dev/nvme0n1 rw rootfstype=ext4 console=ttyS0 quiet panic=-1 net.ifnames=0 audit=0 \
                      mitigations=off nokaslr lsm= cryptomgr.notests no_timer_check tsc=reliable random.trust_cpu=on \
                      nosoftlockup systemd.default_timeout_start_sec=600 i8042.noaux i8042.nokbd systemd.show_status=1 systemd.log_color=0";

/// What a machine is made of.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// The name of its host.
    pub(crate) name: String,
    /// Its machine id, 32 hexadecimal digits.
    pub(crate) machine_id: String,
    pub(crate) kernel: PathBuf,
    pub(crate) disk: PathBuf,
    /// Whether what it writes is forgotten when it is switched off.
    pub(crate) forgets: bool,
    /// A file that it sees as its second disk, of whole sectors.
    pub(crate) parcel: Option<PathBuf>,
    /// Where the emulator keeps what is forgotten.
    pub(crate) scratch: PathBuf,
}

/// A running emulator with its three lines to us. Dropping it switches the machine off.
#[derive(Debug)]
pub(crate) struct Emulator(Child);

/// The lines of a machine to us.
pub(crate) struct Lines {
    pub(crate) console: ChildStdout,
    pub(crate) qmp: TcpStream,
    pub(crate) agent: TcpStream,
}

impl Emulator {
    /// Switches the machine on.
    pub(crate) fn start(plan: &Plan) -> Outcome<(Self, Lines)> {
        let (qmp, agent) = (listener()?, listener()?);
        let what = format!("the emulator of {}", plan.name);
        let complaints = plan.scratch.join(format!("{}-qemu.log", plan.name));
        let log = fs::File::create(&complaints).map_err(Trouble::file(&complaints))?;
        let child = command(plan, port(&qmp)?, port(&agent)?)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(Trouble::at(&what))?;
        let mut emulator = Self(child);
        let told = |trouble| match trouble {
            Trouble::InVain { .. } => Trouble::Emulator {
                node: plan.name.clone(),
                command: "start".into(),
                why: fs::read_to_string(&complaints).unwrap_or_default(),
            },
            other => other,
        };
        let qmp = emulator.accept(&qmp).map_err(told)?;
        let agent = emulator.accept(&agent).map_err(told)?;
        let Some(console) = emulator.0.stdout.take() else {
            return Err(Trouble::Unmet(format!("{what} has no console")));
        };
        Ok((emulator, Lines { console, qmp, agent }))
    }

    /// Whether the process has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(Some(_)))
    }

    fn accept(&mut self, listener: &TcpListener) -> Outcome<TcpStream> {
        listener.set_nonblocking(true).map_err(Trouble::at("a listener"))?;
        let stream = until("the emulator calls back", EMULATOR, || match listener.accept() {
            Ok((stream, _)) => Ok(Some(stream)),
            Err(error) if error.kind() == ErrorKind::WouldBlock && !self.has_ended() => Ok(None),
            Err(_) => Err(Trouble::InVain { what: "the emulator calls back".into(), limit: EMULATOR }),
        })?;
        stream.set_nonblocking(false).map_err(Trouble::at("a line to the emulator"))?;
        Ok(stream)
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn listener() -> Outcome<TcpListener> {
    TcpListener::bind("127.0.0.1:0").map_err(Trouble::at("a free loopback port"))
}

fn port(listener: &TcpListener) -> Outcome<u16> {
    Ok(listener.local_addr().map_err(Trouble::at("a listener"))?.port())
}

/// The kernel kills the emulator when the thread that started it ends, however that comes: hence `setpriv`.
fn command(plan: &Plan, qmp: u16, agent: u16) -> Command {
    let Plan { name, machine_id, kernel, disk, forgets, parcel, scratch } = plan;
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--", "qemu-system-x86_64", "-name", name]);
    command.args(["-accel", "tcg,thread=multi,tb-size=128", "-cpu", "qemu64", "-smp", "1", "-m", "256"]);
    command.args(["-machine", "pc,vmport=off", "-nodefaults", "-no-user-config", "-display", "none"]);
    command.arg("-kernel").arg(kernel).arg("-append");
    command.arg(format!("{KERNEL} systemd.hostname={name} systemd.machine_id={machine_id}"));
    let snapshot = if *forgets { "on" } else { "off" };
    command.arg("-drive");
    command.arg(format!("file={},if=none,id=disk,format=raw,snapshot={snapshot}", disk.display()));
    command.args(["-device", "nvme,drive=disk,serial=disk"]);
    if let Some(parcel) = parcel {
        command.arg("-drive");
        command.arg(format!("file={},if=none,id=parcel,format=raw,readonly=on", parcel.display()));
        command.args(["-device", "nvme,drive=parcel,serial=parcel"]);
    }
    command.args(["-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile="]);
    command.args(["-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"]);
    command.args(["-device", "virtio-serial-pci", "-chardev"]);
    command.arg(format!("socket,id=agent,host=127.0.0.1,port={agent}"));
    command.args(["-device", "virtserialport,chardev=agent,name=agent"]);
    command.args(["-qmp", &format!("tcp:127.0.0.1:{qmp}")]);
    command.env("TMPDIR", scratch);
    command
}
