//! The completions, as the shells themselves take them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::{PROGRAM, run, text};

/// What a shell needs, in a file.
fn completions(shell: &str, name: &str) -> (TempDir, PathBuf) {
    let ran = run(Command::new(PROGRAM)
        .args(["completions", shell])
        .env("CLUSTERREBOOTD_CONFIG", "/elsewhere.yaml"));
    assert!(ran.status.success() && ran.stderr.is_empty(), "{}", text(&ran.stderr));
    let script = text(&ran.stdout);
    assert!(!script.contains("/elsewhere.yaml"), "{shell}: it knows where it was made");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, script).unwrap();
    (folder, path)
}

/// What a shell says, of which nothing may be a complaint.
fn says(shell: &str, arguments: &[&str], script: &str) -> Vec<String> {
    let mut command = Command::new(shell);
    let ran = run(command
        .args(arguments)
        .arg("-c")
        .arg(script)
        .env("TERM", "dumb")
        .env_remove("CLUSTERREBOOTD_CONFIG"));
    assert_eq!(text(&ran.stderr), "", "{shell}");
    assert!(ran.status.success(), "{shell}: {}", text(&ran.stdout));
    text(&ran.stdout).split_whitespace().map(str::to_owned).collect()
}

/// What was typed, the last word in the making, and one of what may stand there.
const TYPED: [(&[&str], &str); 4] = [
    (&["clusterrebootd", "accept"], "accept-store"),
    (&["clusterrebootd", "status", "--skip"], "--skip-lock"),
    (&["clusterrebootd", "status", "--output", ""], "json"),
    (&["clusterrebootd", "fleet", "--sort", ""], "last-reboot"),
];

#[test]
fn bash_completes() {
    let (_folder, path) = completions("bash", "clusterrebootd");
    // Fish is told of no words that stand without an option.
    for (words, expected) in TYPED.into_iter().chain([(&["clusterrebootd", "completions", ""][..], "zsh")]) {
        let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
        let (last, before) = (words[words.len() - 1], words[words.len() - 2]);
        let script = format!(
            "source '{}'; COMP_WORDS=({}); COMP_CWORD={}; _clusterrebootd clusterrebootd '{last}' '{before}'; echo \"${{COMPREPLY[@]}}\"",
            path.display(),
            quoted.join(" "),
            words.len() - 1,
        );
        let offered = says("bash", &["--noprofile", "--norc"], &script);
        assert!(offered.iter().any(|word| word == expected), "{words:?}: {offered:?}");
    }
}

#[test]
fn fish_completes() {
    let (_folder, path) = completions("fish", "clusterrebootd.fish");
    for (words, expected) in TYPED {
        let script = format!("source '{}'; complete --do-complete '{}'", path.display(), words.join(" "));
        let offered = says("fish", &["--no-config"], &script);
        assert!(offered.iter().any(|word| word == expected), "{words:?}: {offered:?}");
    }
}

/// Zsh completes at a terminal alone; that it takes the script, and has it for our command, can be asked without one.
#[test]
fn zsh_loads_it_for_our_command() {
    let (folder, _) = completions("zsh", "_clusterrebootd");
    let script = format!(
        "fpath=('{}' $fpath); autoload -Uz compinit; compinit -u -D; autoload +X _clusterrebootd && print ${{_comps[clusterrebootd]}}; \
         functions _clusterrebootd_commands >/dev/null || functions _clusterrebootd | grep -o accept-store | head -n 1",
        folder.path().display()
    );
    let offered = says("zsh", &["-f"], &script);
    assert_eq!(offered, ["_clusterrebootd", "accept-store"]);
}
