//! The service manager as the daemon's watchdog: `WatchdogSec=` of the unit, as sd_watchdog_enabled(3) has it.

use std::sync::Arc;
use std::time::Duration;

use crb_orchestrate::Watchdog;

use super::ServiceManager;

/// After how many microseconds of silence it acts.
const PATIENCE: &str = "WATCHDOG_USEC";

/// Whom it watches.
const WATCHED: &str = "WATCHDOG_PID";

/// A service manager that starts the daemon anew when it hears nothing of it.
pub(crate) struct ServiceWatchdog {
    manager: Arc<ServiceManager>,
    patience: Duration,
}

impl ServiceWatchdog {
    /// The watchdog that the environment tells of; `None`: there is none, or it watches another process.
    ///
    /// # Errors
    /// What the environment says is not to be understood.
    pub(crate) fn of(
        manager: &Arc<ServiceManager>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, String> {
        let number = |name: &str| match variable(name).filter(|value| !value.is_empty()) {
            None => Ok(None),
            Some(value) => match value.parse::<u64>() {
                Ok(number) if number > 0 => Ok(Some(number)),
                _ => Err(format!("{name}={value} is not a number above 0: there is no watchdog")),
            },
        };
        let (patience, watched) = (number(PATIENCE)?, number(WATCHED)?);
        let is_watched = watched.is_none_or(|id| id == u64::from(std::process::id()));
        Ok(patience
            .filter(|_| is_watched)
            .map(|usec| Self { manager: Arc::clone(manager), patience: Duration::from_micros(usec) }))
    }
}

impl Watchdog for ServiceWatchdog {
    fn patience(&self) -> Duration {
        self.patience
    }

    fn tell_alive(&self) -> Result<(), String> {
        self.manager.alive().map_err(|error| format!("the service manager was not told: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The two variables, and after how many seconds the watchdog acts.
    type Case<'a> = (Option<&'a str>, Option<&'a str>, Result<Option<u64>, &'a str>);

    #[test]
    fn it_watches_whom_the_environment_names() {
        let (own, other) = (std::process::id().to_string(), (std::process::id() + 1).to_string());
        let (own, other) = (own.as_str(), other.as_str());
        let cases: [Case; 9] = [
            (None, None, Ok(None)),
            (Some(""), None, Ok(None)),
            (Some("300000000"), None, Ok(Some(300))),
            (Some("300000000"), Some(own), Ok(Some(300))),
            (Some("300000000"), Some(other), Ok(None)),
            (None, Some(own), Ok(None)),
            (Some("0"), None, Err("WATCHDOG_USEC=0 is not a number above 0: there is no watchdog")),
            (Some("5min"), None, Err("WATCHDOG_USEC=5min is not a number above 0: there is no watchdog")),
            (Some("1"), Some("me"), Err("WATCHDOG_PID=me is not a number above 0: there is no watchdog")),
        ];
        for (patience, watched, expected) in cases {
            let variable = |name: &str| if name == PATIENCE { patience } else { watched };
            let found = ServiceWatchdog::of(&Arc::new(ServiceManager::none()), |name| {
                variable(name).map(str::to_owned)
            });
            let found = found.map(|found| found.map(|found| found.patience().as_secs()));
            assert_eq!(found, expected.map_err(str::to_owned), "{patience:?} {watched:?}");
        }
    }
}
