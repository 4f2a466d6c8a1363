//! What the configuration of one machine says otherwise than the fleet's, from its last reload on.

use std::time::Duration;

use crb_lock::Terms;
use crb_orchestrate::Plan;
use crb_windows::{Window, Windows};
use jiff::tz::TimeZone;

/// How one machine's configuration differs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Altered {
    /// Whether it is a dry run.
    pub(crate) dry_run: bool,
    /// Whether its windows are shut, by day and by night.
    pub(crate) shut: bool,
    /// How often it looks, and publishes.
    pub(crate) interval: Option<Duration>,
    /// How many slots it knows of.
    pub(crate) slots: Option<u32>,
}

impl Altered {
    /// How the machine goes about it where the fleet goes by `plan`.
    pub(crate) fn plan(&self, plan: &Plan) -> Plan {
        let mut plan = plan.clone();
        plan.dry_run |= self.dry_run;
        plan.check_interval = self.interval.unwrap_or(plan.check_interval);
        plan.health_interval = self.interval.unwrap_or(plan.health_interval);
        if self.shut {
            let halves = ["* 00:00-12:00", "* 12:00-00:00"];
            let deny = halves.iter().filter_map(|half| Window::parse(half).ok()).collect();
            plan.windows = Windows::new(vec![], deny, TimeZone::UTC);
        }
        plan
    }

    /// The terms that it goes by where the fleet goes by `terms`.
    pub(crate) fn terms(&self, terms: &Terms) -> Terms {
        Terms { slots: self.slots.unwrap_or(terms.slots), ..terms.clone() }
    }

    /// Whether it forbids every run of the reboot command.
    #[cfg(feature = "storm")]
    pub(crate) const fn forbids_reboots(&self) -> bool {
        self.dry_run || self.shut
    }
}

#[cfg(test)]
mod tests {
    use crb_decide::WindowState;
    use jiff::Timestamp;

    use super::*;
    use crate::spec::FleetSpec;

    #[test]
    fn what_is_shut_is_shut_at_every_hour() {
        let shut = Altered { shut: true, ..Altered::default() }.plan(&FleetSpec::new(1).plan);
        for hour in 0..24 {
            let at = Timestamp::UNIX_EPOCH + Duration::from_secs(3_600 * hour);
            assert!(matches!(shut.windows.at(at), WindowState::Denied { .. }), "{hour}");
        }
    }
}
