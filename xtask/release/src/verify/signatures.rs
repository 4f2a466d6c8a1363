//! Whether everything is signed by the owner of a key.

use std::path::Path;

use xtask::Workspace;

use super::listing::Listing;
use super::report::Report;
use crate::sign;
use crate::sums::Sums;

pub(super) fn look(
    workspace: &Workspace,
    dir: &Path,
    listing: &Listing,
    key: Option<&Path>,
    report: &mut Report,
) {
    let sums = Sums::ALL.map(|sums| sums.file().to_owned());
    let signed = || listing.payload.iter().chain(&sums).filter(|name| dir.join(name).is_file());
    let of = |name: &String| format!("{name}{}", sign::SUFFIX);

    for signature in &listing.signatures {
        if !signed().any(|name| of(name) == *signature) {
            report.fault(signature, "what it signs is not there");
        }
    }
    let Some(key) = key else {
        report.remark(match listing.signatures.len() {
            0 => "nothing is signed".to_owned(),
            count => format!("no key was given, so {count} signatures were not looked at; give --key"),
        });
        return;
    };
    for name in signed() {
        if !listing.signatures.contains(&of(name)) {
            report.fault(name, "it is not signed");
        } else if let Err(failure) = sign::verify(workspace, key, dir, name).ask() {
            report.fault(
                &of(name),
                format!("{name} was not signed with this key, or was changed since: {failure}"),
            );
        }
    }
}
