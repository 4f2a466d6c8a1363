//! What is asked for on the command line.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;

use xtask::Failure;

/// Which scenarios, of which package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) all: bool,
    pub(crate) list: bool,
    pub(crate) help: bool,
    pub(crate) deb: Option<PathBuf>,
    /// How many times as long as usual is waited.
    pub(crate) patience: Option<NonZeroU32>,
    pub(crate) names: Vec<String>,
}

impl Options {
    /// Reads them.
    pub(crate) fn of(args: Vec<OsString>) -> Result<Self, Failure> {
        let mut options = Self::default();
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            match &*arg.to_string_lossy() {
                "--all" => options.all = true,
                "--list" => options.list = true,
                "--help" | "-h" => options.help = true,
                "--deb" => {
                    let file = args.next().ok_or_else(|| Failure::Usage("--deb wants a FILE".into()))?;
                    options.deb = Some(file.into());
                }
                "--patience" => {
                    let factor = args.next().and_then(|word| word.to_str()?.parse().ok());
                    let wanted = || Failure::Usage("--patience wants a whole number of 1 or more".into());
                    options.patience = Some(factor.ok_or_else(wanted)?);
                }
                flag if flag.starts_with('-') => {
                    return Err(Failure::Usage(format!("unknown option `{flag}`")));
                }
                name => options.names.push(name.to_owned()),
            }
        }
        Ok(options)
    }

    /// Whether a scenario of this name, which CI runs or does not, is meant.
    pub(crate) fn chooses(&self, name: &str, in_ci: bool) -> bool {
        if self.names.is_empty() {
            self.all || in_ci
        } else {
            self.names.iter().any(|part| name.contains(part))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(line: &str) -> Result<Options, String> {
        Options::of(line.split_whitespace().map(OsString::from).collect())
            .map_err(|failure| failure.to_string())
    }

    #[test]
    fn scenarios_are_chosen_by_name_or_all_or_those_of_ci() {
        let cases = [
            ("", [true, false]),
            ("--all", [true, true]),
            ("short", [true, false]),
            ("watch", [false, true]),
            ("--all watch", [false, true]),
            ("watch short", [true, true]),
        ];
        for (line, expected) in cases {
            let options = options(line).unwrap();
            let chosen = [options.chooses("short-lock", true), options.chooses("watchdog", false)];
            assert_eq!(chosen, expected, "{line}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        assert_eq!(options("--deb"), Err("--deb wants a FILE".into()));
        for line in ["--patience", "--patience 0", "--patience 1.5", "--patience --all"] {
            let refused = Err("--patience wants a whole number of 1 or more".into());
            assert_eq!(options(line), refused, "{line}");
        }
        assert_eq!(options("--patience 4").unwrap().patience, NonZeroU32::new(4));
        assert_eq!(options("--dep x"), Err("unknown option `--dep`".into()));
        assert_eq!(options("--deb x.deb").unwrap().deb, Some("x.deb".into()));
    }
}
