//! Who answers for the packages, as `packaging/nfpm.yaml` has it.

use std::fs;
use std::path::Path;

use crate::failure::Failure;

const CONFIG: &str = "packaging/nfpm.yaml";

/// The maintainer, by name and address, of a checkout.
pub fn of(source: &Path) -> Result<String, Failure> {
    let path = source.join(CONFIG);
    let config = fs::read_to_string(&path).map_err(|source| Failure::File { path, source })?;
    let line = config.lines().find_map(|line| line.strip_prefix("maintainer: "));
    line.map(|name| name.trim().to_owned())
        .ok_or_else(|| Failure::Verdict(format!("{CONFIG}: a line `maintainer: ` is needed")))
}

/// What to say of an address that only shows where one belongs; nothing of one that somebody may read.
pub fn fault(maintainer: &str) -> Option<String> {
    let address = maintainer.rsplit_once('@').map_or("", |(_, domain)| domain.trim_end_matches('>'));
    let last = address.rsplit('.').next().unwrap_or_default();
    // Domains that are kept for this and belong to nobody.
    let nobody = ["example", "invalid", "test", "localhost", ""].contains(&last)
        || ["example.com", "example.net", "example.org"].iter().any(|domain| {
            address.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        });
    nobody.then(|| {
        format!(
            "{CONFIG}: `maintainer: {maintainer}` is an example that nobody reads, and every package names it; put who answers \
             for the packages"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_belongs_to_nobody_is_told() {
        let cases = [
            ("The maintainers <maintainers@clusterrebootd.example>", true),
            ("Ann <ann@example.org>", true),
            ("Ann <ann@mail.invalid>", true),
            ("Ann <ann>", true),
            ("Ann", true),
            ("Ann <ann@mail.example.com>", true),
            ("Ann <ann@an-example.net>", false),
            ("Ann <ann@debian.org>", false),
        ];
        for (maintainer, told) in cases {
            assert_eq!(fault(maintainer).is_some(), told, "{maintainer}");
        }
        let told = fault("Ann <ann@a.example>").expect("it is one");
        assert!(
            told.starts_with("packaging/nfpm.yaml: `maintainer: Ann <ann@a.example>` is an example"),
            "{told}"
        );
    }
}
