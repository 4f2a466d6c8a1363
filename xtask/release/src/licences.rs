//! The licences of everything that is linked into the binary, in one text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use xtask::Failure;

use crate::crates::{Catalogue, Crate};
use crate::files;
use crate::targets::Libc;

/// How files begin that hold a licence, or what a licence wants to be passed on.
const NAMES: [&str; 6] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];

const HEAD: &str = "\
clusterrebootd is linked statically: these crates are part of the program, each under its licence. The texts follow,
each with the crates that bring it. Rust's standard library, which is part of it too, is under \"MIT OR Apache-2.0\".
";

/// musl wants its notice passed on.
const MUSL: &str = "\
So is the C library musl, under the MIT licence; its source is at https://musl.libc.org/.

  Copyright (c) 2005-2020 Rich Felker, et al.

  Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
  documentation files (the \"Software\"), to deal in the Software without restriction, including without limitation the
  rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
  persons to whom the Software is furnished to do so, subject to the following conditions:

  The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
  Software.

  THE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
  WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
  COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
  OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
";

/// The LGPL wants it said where the source is, and that one may link another version.
const GLIBC: &str = "\
So is the GNU C Library, under the GNU Lesser General Public License, version 2.1 or later
(https://www.gnu.org/licenses/old-licenses/lgpl-2.1.html). Its source is at https://ftp.gnu.org/gnu/glibc/, and, as it was
linked in, in the source package glibc of the distribution that the program was built on. Of the source of clusterrebootd,
`cargo xtask build` links the program anew with another version of it.
";

/// The C library, and every crate with its licence, and every text once.
pub(crate) fn text(libc: Libc, crates: &[Crate], catalogue: &Catalogue) -> Result<String, Failure> {
    let mut list = BTreeSet::new();
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for Crate { name, version, .. } in crates.iter().filter(|it| it.in_binary && it.published) {
        let known = catalogue.get(name, version)?;
        let theirs = of_crate(&known.dir)?;
        let elsewhere = match &known.repository {
            Some(place) if theirs.is_empty() => format!("; the text is not in the crate, but at {place}"),
            _ => String::new(),
        };
        list.insert(format!("  {name} {version}: {}{elsewhere}\n", known.licence));
        for text in theirs {
            texts.entry(text).or_default().insert(format!("{name} {version}"));
        }
    }
    let mut texts: Vec<_> = texts.into_iter().map(|(text, crates)| (crates, text)).collect();
    texts.sort();

    let libc = match libc {
        Libc::Musl => MUSL,
        Libc::Gnu => GLIBC,
    };
    let mut all = format!("{HEAD}\n{libc}\n");
    all.extend(list);
    for (crates, text) in texts {
        let crates = crates.into_iter().collect::<Vec<_>>().join(", ");
        write!(all, "\n{}\n{crates}\n\n{text}\n", "-".repeat(80)).expect("a String takes everything");
    }
    Ok(all)
}

/// The texts of a crate, with ends of lines and files made alike, so that those that differ in nothing else are one.
fn of_crate(dir: &Path) -> Result<Vec<String>, Failure> {
    let is_one = |path: &Path| {
        let name = files::name(path).to_uppercase();
        path.is_file() && NAMES.iter().any(|begin| name.starts_with(begin))
    };
    let mut texts = Vec::new();
    for path in files::list(dir)?.into_iter().filter(|path| is_one(path)) {
        let text = String::from_utf8_lossy(&files::read(&path)?).into_owned();
        let lines: Vec<_> = text.trim_start_matches('\u{feff}').lines().map(str::trim_end).collect();
        texts.push(lines.join("\n").trim_matches('\n').to_owned());
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::workspace;

    #[test]
    fn what_is_linked_in_is_told_with_its_text_and_what_only_built_is_not() {
        let workspace = workspace();
        let catalogue = Catalogue::of(&workspace, &workspace.root).expect("cargo tells");
        let one = |name: &str, in_binary, published| Crate {
            name: name.to_owned(),
            version: catalogue.version(name).to_owned(),
            in_binary,
            published,
            dependencies: Vec::new(),
        };
        let crates = [
            one("serde", true, true),
            one("serde_json", true, true),
            one("serde_derive", false, true),
            one("tonic-prost", true, true),
            one("clusterrebootd", true, false),
        ];
        let told = text(Libc::Musl, &crates, &catalogue).expect("there are licences");
        assert!(told.contains("Rich Felker") && !told.contains("GNU C Library"), "{told}");
        let with_glibc = text(Libc::Gnu, &crates, &catalogue).expect("there are licences");
        assert!(with_glibc.contains("https://ftp.gnu.org/gnu/glibc/"), "{with_glibc}");
        assert!(!with_glibc.contains("musl"), "{with_glibc}");
        let serde = catalogue.version("serde");
        let shared = format!("serde {serde}, serde_json {}", catalogue.version("serde_json"));
        assert!(told.contains(&format!("  serde {serde}: MIT OR Apache-2.0\n")), "{told}");
        assert!(told.lines().any(|line| line == shared), "a text is told once, for both: {told}");
        assert!(told.contains("the text is not in the crate, but at https://"), "{told}");
        assert!(told.contains("Permission is hereby granted, free of charge"), "{told}");
        assert!(!told.contains("serde_derive") && !told.contains("clusterrebootd 0"), "{told}");
    }

    #[test]
    fn ends_of_lines_and_blanks_make_no_other_text() {
        let dir = tempfile::tempdir().expect("a directory");
        for (name, text) in
            [("LICENSE-MIT", "a\nb\n"), ("COPYING", "\u{feff}a  \r\nb\r\n\r\n"), ("README", "no")]
        {
            files::write(&dir.path().join(name), text).expect("written");
        }
        assert_eq!(of_crate(dir.path()).expect("read"), ["a\nb", "a\nb"]);
    }
}
