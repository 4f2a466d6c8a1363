//! The operator's reboot command.

use std::time::Duration;

use async_trait::async_trait;
use crb_decide::CommandEnd;
use crb_orchestrate::RebootCommand;
use crb_process::{End, Job, OnDrop, expand};

use crate::system::variable;

/// Runs the configured command. Once begun, nothing that happens to this daemon ends it.
pub(crate) struct SystemReboot {
    argv: Vec<String>,
    environment: Vec<(String, String)>,
    timeout: Duration,
}

impl SystemReboot {
    /// The command `words`, whose variables are taken from `environment` and then from the daemon's own.
    pub(crate) fn new(words: &[String], environment: Vec<(String, String)>, timeout: Duration) -> Self {
        let lookup = |name: &str| {
            let given = environment.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
            given.or_else(|| variable(name))
        };
        let argv = words.iter().map(|word| expand(word, lookup)).collect();
        Self { argv, environment, timeout }
    }
}

#[async_trait]
impl RebootCommand for SystemReboot {
    fn argv(&self) -> Vec<String> {
        self.argv.clone()
    }

    async fn run(&self) -> Result<(), CommandEnd> {
        let job = Job::new(self.argv.iter().cloned(), self.timeout)
            .env(self.environment.iter().cloned())
            .on_drop(OnDrop::LeaveRunning);
        match job.run().await {
            Ok(finished) if finished.end == End::Exited(0) => Ok(()),
            Ok(finished) => {
                let told = finished.stderr.text.trim();
                let separator = if told.is_empty() { "" } else { ": " };
                Err(CommandEnd::Failed(format!("{}{separator}{told}", finished.end)))
            }
            Err(error) if error.is_refusal() => Err(CommandEnd::NotStarted(error.to_line())),
            // A machine short of memory may have started it and then failed to watch it.
            Err(error) => Err(CommandEnd::Failed(error.to_line())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(words: &[&str]) -> SystemReboot {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let environment = vec![("RC_NODE_NAME".to_owned(), "node-a".to_owned())];
        SystemReboot::new(&words, environment, Duration::from_secs(10))
    }

    #[test]
    fn variables_come_from_the_script_environment_first() {
        assert_eq!(
            command(&["reboot", "$RC_NODE_NAME", "${NO_SUCH_THING}."]).argv(),
            ["reboot", "node-a", "."]
        );
    }

    #[tokio::test]
    async fn a_command_ends_well_fails_or_is_not_started() {
        assert_eq!(command(&["true"]).run().await, Ok(()));
        assert!(matches!(command(&["false"]).run().await, Err(CommandEnd::Failed(_))));
        assert!(matches!(command(&["/no/such/thing"]).run().await, Err(CommandEnd::NotStarted(_))));
    }
}
