//! What the packages are called that hold a tool.

use super::Tool;
use crate::system::Manager;

/// The packages that hold a tool; cargo's own tools are built instead, and others have ways of their own.
pub(super) const fn packages(tool: Tool, manager: Manager) -> &'static str {
    match (tool, manager) {
        (
            Tool::Nextest
            | Tool::Auditable
            | Tool::Deny
            | Tool::Zizmor
            | Tool::Nfpm
            | Tool::Syft
            | Tool::Cosign,
            _,
        ) => "",
        (Tool::Pip, Manager::Pacman) => "python-pip",
        (Tool::Pip, _) => "python3-pip",
        (Tool::Protoc, Manager::Apt) => "protobuf-compiler libprotobuf-dev",
        (Tool::Protoc, Manager::Dnf) => "protobuf-compiler protobuf-devel",
        (Tool::Protoc, Manager::Zypper) => "protobuf-devel",
        (Tool::Protoc, Manager::Pacman) => "protobuf",
        (Tool::Etcd, Manager::Apt) => "etcd-server",
        (Tool::Etcdctl, Manager::Apt) => "etcd-client",
        (Tool::Etcd | Tool::Etcdctl, _) => "etcd",
        (Tool::Promtool, Manager::Dnf) => "golang-github-prometheus",
        (Tool::Promtool, Manager::Zypper) => "golang-github-prometheus-prometheus",
        (Tool::Promtool, Manager::Apt | Manager::Pacman) => "prometheus",
        (Tool::Ip, Manager::Dnf) => "iproute",
        (Tool::Ip, _) => "iproute2",
        (Tool::Shellcheck, Manager::Dnf | Manager::Zypper) => "ShellCheck",
        (Tool::Shellcheck, Manager::Apt | Manager::Pacman) => "shellcheck",
        (Tool::SystemdAnalyze, _) => "systemd",
        (Tool::Groff, Manager::Apt | Manager::Dnf) => "groff-base",
        (Tool::Jq | Tool::Curl | Tool::Socat | Tool::Tmux | Tool::Groff | Tool::Zsh | Tool::Fish, _) => {
            tool.program()
        }
        (Tool::Rpm, Manager::Pacman) => "rpm-tools",
        (Tool::Rpm, _) => "rpm",
        (Tool::Dpkg, _) => "dpkg",
        (Tool::Dnf, _) => "dnf",
        (Tool::Lintian, _) => "lintian",
        (Tool::Rpmlint, _) => "rpmlint",
        (Tool::Valgrind, _) => "valgrind",
        (Tool::MuslGcc, Manager::Apt) => "musl-tools",
        (Tool::MuslGcc, Manager::Dnf | Manager::Zypper) => "musl-gcc",
        (Tool::MuslGcc, Manager::Pacman) => "musl",
        (Tool::ForeignGcc, manager) => foreign_gcc(manager),
        (Tool::ForeignQemu, manager) => foreign_qemu(manager),
        // Its own recommendations on Debian: the keys that Debian signs with, which its kin lack, and `newuidmap`, without
        // which nobody but root can use it.
        (Tool::Mmdebstrap, Manager::Apt) => "mmdebstrap debian-archive-keyring uidmap",
        (Tool::Mmdebstrap, _) => "mmdebstrap",
        (Tool::Qemu, Manager::Apt | Manager::Pacman) => "qemu-system-x86",
        (Tool::Qemu, Manager::Dnf) => "qemu-system-x86-core",
        (Tool::Qemu, Manager::Zypper) => "qemu-x86",
        (Tool::Mke2fs, _) => "e2fsprogs",
    }
}

const fn foreign_gcc(manager: Manager) -> &'static str {
    match (manager, cfg!(target_arch = "aarch64")) {
        (Manager::Apt, false) => "gcc-aarch64-linux-gnu libc6-dev-arm64-cross",
        (Manager::Apt, true) => "gcc-x86-64-linux-gnu libc6-dev-amd64-cross",
        (Manager::Dnf, false) => "gcc-aarch64-linux-gnu",
        (Manager::Dnf, true) => "gcc-x86_64-linux-gnu",
        (Manager::Zypper, false) => "cross-aarch64-gcc14",
        (Manager::Zypper, true) => "cross-x86_64-gcc14",
        (Manager::Pacman, false) => "aarch64-linux-gnu-gcc",
        (Manager::Pacman, true) => "x86_64-linux-gnu-gcc",
    }
}

const fn foreign_qemu(manager: Manager) -> &'static str {
    match (manager, cfg!(target_arch = "aarch64")) {
        (Manager::Dnf, false) => "qemu-user-static-aarch64",
        (Manager::Dnf, true) => "qemu-user-static-x86",
        (Manager::Zypper, _) => "qemu-linux-user",
        (Manager::Apt | Manager::Pacman, _) => "qemu-user-static",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// What the image holds beside our tools: cosign, so that it need not be got; compilers, of which the Rust that is there decides;
    /// and what a person wants.
    const BESIDE: [&str; 6] =
        ["cosign", "gcc-aarch64-linux-gnu", "less", "libc6-dev-arm64-cross", "musl-tools", "sudo"];

    #[test]
    fn the_development_container_holds_every_tool_and_nothing_that_nobody_asked_for() {
        let image = include_str!("../../../.devcontainer/Dockerfile");
        let (_, rest) = image.split_once("--no-install-recommends").expect("it installs packages");
        let (list, _) = rest.split_once("&&").expect("and does more");
        let held: Vec<_> = list.split_whitespace().filter(|word| *word != "\\").collect();
        let of_tools = Tool::ALL.into_iter().flat_map(|tool| packages(tool, Manager::Apt).split(' '));
        let wanted: BTreeSet<_> = of_tools.filter(|name| !name.is_empty()).chain(BESIDE).collect();
        assert_eq!(held, wanted.into_iter().collect::<Vec<_>>(), "each once, and sorted");
    }
}
