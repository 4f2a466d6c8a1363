//! A pager: the one child that has the terminal, and is ended by whoever sits at it.

use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::error::StartError;

/// Shows `text` in the pager `argv`, and waits until the reader has left it. It stands in our own process group, so
/// that the terminal is its; variables are added to its environment. One that is left before it has read everything
/// is no error.
///
/// # Errors
/// It did not start, and nothing was shown.
pub async fn page(
    argv: &[String],
    env: impl IntoIterator<Item = (String, String)>,
    text: &str,
) -> Result<(), StartError> {
    let Some((program, arguments)) = argv.split_first() else { return Err(StartError::Empty) };
    #[allow(clippy::disallowed_methods, reason = "this file owns the one child that has the terminal")]
    let mut command = Command::new(program);
    command.args(arguments).envs(env).stdin(Stdio::piped());
    let mut child = command.spawn().map_err(|error| StartError::new(program, error))?;
    if let Some(mut stdin) = child.stdin.take() {
        // Whoever has read enough closes the pipe.
        stdin.write_all(text.as_bytes()).await.ok();
    }
    // That it has ended is all there is to know.
    child.wait().await.ok();
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn words(line: &[&str]) -> Vec<String> {
        line.iter().map(ToString::to_string).collect()
    }

    #[tokio::test]
    async fn a_pager_is_handed_the_text_and_its_variables() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shown");
        let pager = words(&["sh", "-c", r#"cat > "$SHOWN"; printf %s "$LESS" >> "$SHOWN""#]);
        let env = [("SHOWN", file.to_str().unwrap()), ("LESS", "FRX")];
        let env = env.map(|(name, value)| (name.to_owned(), value.to_owned()));
        page(&pager, env, "one\ntwo\n").await.unwrap();
        assert_eq!(fs::read_to_string(file).unwrap(), "one\ntwo\nFRX");
    }

    #[tokio::test]
    async fn a_pager_that_is_left_early_is_no_error_and_one_that_is_not_there_is() {
        page(&words(&["true"]), [], &"line\n".repeat(100_000)).await.unwrap();
        assert!(page(&words(&["no-such-pager"]), [], "").await.is_err());
        assert!(page(&[], [], "").await.is_err());
    }
}
