//! What package managers say, read for complaints.

/// Words of a line that complains.
const COMPLAINTS: [&str; 10] =
    ["error", "warning", "fail", "cannot", "can't", "unable", "not found", "no such", "invalid", "denied"];

/// Lines that complain of the test's own doing, by their beginnings.
const HARMLESS: [&str; 1] = [
    // Debian's rpm, which is not the manager of the system that it runs on.
    "rpm: RPM should not be used directly install RPM packages, use Alien instead!",
];

/// The lines of an output that tell of something that went wrong, or nearly.
pub(super) fn complaints(said: &str) -> Vec<&str> {
    said.lines()
        .filter(|line| {
            let lower = line.to_lowercase();
            ["E: ", "W: ", "N: "].iter().any(|sign| line.starts_with(sign))
                || COMPLAINTS.iter().any(|word| lower.contains(word))
        })
        .filter(|line| !HARMLESS.iter().any(|known| line.starts_with(known)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_well_complains_of_nothing() {
        let said = "Selecting previously unselected package clusterrebootd.\n\
                    (Reading database ... 3922 files and directories currently installed.)\n\
                    Unpacking clusterrebootd (0.1.0-1) ...\nSetting up clusterrebootd (0.1.0-1) ...";
        assert_eq!(complaints(said), Vec::<&str>::new());
    }

    #[test]
    fn every_line_that_complains_is_told() {
        for line in [
            "E: Can not write log (Is /dev/pts mounted?)",
            "W: Some index files failed to download.",
            "N: Download is performed unsandboxed as root",
            "dpkg: warning: while removing clusterrebootd, directory '/etc/clusterrebootd' not empty so not removed",
            "/var/lib/dpkg/info/clusterrebootd.postinst: 12: systemctl: not found",
            "Failed to open /dev/tty: No such device",
        ] {
            assert_eq!(complaints(&format!("Setting up ...\n{line}\ndone")), [line]);
        }
    }
}
