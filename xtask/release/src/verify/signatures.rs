//! Whether everything is signed by the owner of a key.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use xtask::Workspace;

use super::listing::Listing;
use super::report::Report;
use crate::sums::Sums;
use crate::{files, sign};

/// cosign reads more than it writes: a line more, and a last digit whose idle bits are set. What it did not write is not let
/// pass, or a file of a release could be another one and still be called right.
fn canonical(signature: &Path) -> Result<(), String> {
    let text = files::read(signature).map_err(|failure| failure.to_string())?;
    let why = match STANDARD.decode(&text) {
        Ok(decoded) if decoded.is_empty() => "it is empty".into(),
        Ok(_) => return Ok(()),
        Err(error) => error.to_string(),
    };
    Err(format!("it is not base64 as cosign writes it, and nothing besides: {why}"))
}

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
        } else if let Err(fault) = canonical(&dir.join(of(name))) {
            report.fault(&of(name), fault);
        } else if let Err(failure) = sign::verify(workspace, key, dir, name).ask() {
            report.fault(
                &of(name),
                format!("{name} was not signed with this key, or was changed since: {failure}"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cosign_writes_is_a_signature() {
        let cases = [
            ("MEUCIQ==", true),
            ("MEUCIQDx", true),
            ("MEUCIR==", false),
            ("MEUCIQ==\n", false),
            ("MEUCIQ== ", false),
            ("MEUCIQ", false),
            ("MEUC\nIQ==", false),
            ("MEUCIQ==MEUCIQ==", false),
            ("MEU-IQ==", false),
            ("", false),
        ];
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("a.sig");
        for (text, is) in cases {
            files::write(&file, text).expect("a file");
            assert_eq!(canonical(&file).is_ok(), is, "{text:?}");
        }
    }
}
