//! Storms in which a mutant's precaution is needed.

use std::time::Duration;

use crb_decide::Policy;
use crb_windows::Windows;
use jiff::tz::TimeZone;

use super::super::fault::Fault;
use super::super::mix::Mix;
use super::super::script::Hardship;
use super::Mutant;

impl Mutant {
    /// Makes of `mix` one in which what it leaves out is needed.
    pub(crate) fn focus(self, mix: &mut Mix) {
        // Whatever it is: much to do, and little that only holds everybody back.
        mix.need = Duration::from_secs(900);
        mix.spec.reboot_time = Duration::from_secs(20)..=Duration::from_secs(60);
        mix.spec.terms.cooldown = Duration::ZERO;
        mix.spec.plan.windows = Windows::new(vec![], vec![], TimeZone::UTC);
        mix.spec.plan.policy = Policy { max_unhealthy: u32::MAX, ..Policy::default() };
        mix.careless = false;
        match self {
            Self::NoOwnFence => {
                mix.be_late(300);
                mix.shutdown = 200;
            }
            Self::StaleView | Self::NoHealthFence => {
                mix.look_long();
                mix.favour(Hardship::Illness);
            }
            Self::NeitherGuardNorHealth => {
                mix.spec.terms.slots = 2;
                mix.look_long();
            }
            Self::NoSlotsFence => {
                mix.spec.terms.slots = 2;
                mix.look_long();
                mix.favour(Hardship::OtherSlots);
            }
            Self::NoPresenceCompare | Self::NoSettling => mix.be_late(300),
            Self::LookBeforeJoin => {
                mix.be_late(400);
                mix.latency = 3_000;
                mix.crash = 150;
            }
            Self::EndWithoutCompare => {
                mix.be_late(400);
                mix.rates.latest = 120;
                mix.crash = 200;
                mix.commands = vec![Fault::CommandNotStarted];
                mix.spoilt_runs = 1;
                mix.favour(Hardship::Command);
            }
            Self::UnlockWithoutCompare => {
                mix.pause = 400;
                mix.longest_pause = 60;
                mix.spec.shutdown_time = Duration::from_secs(60)..=Duration::from_secs(300);
                mix.favour(Hardship::Unlock);
            }
            Self::UnlockArmedAndUp => {
                mix.spec.shutdown_time = Duration::from_secs(60)..=Duration::from_secs(300);
                mix.favour(Hardship::Unlock);
            }
            Self::NoMarker => {
                mix.spec.plan.policy.max_unhealthy = 0;
                mix.be_careless();
                mix.crash = 200;
                mix.favour(Hardship::Unlock);
                mix.favour(Hardship::Command);
            }
            Self::ForgetWithoutGuard => {
                mix.look_long();
                mix.favour(Hardship::Forget);
                mix.favour(Hardship::NoReturn);
            }
            Self::LagBelieved => {
                mix.rates.stale = 300;
                mix.crash = 50;
                mix.favour(Hardship::BadLines);
            }
            Self::ClaimOfAnyMachine => {
                mix.twin = true;
                mix.favour(Hardship::Twin);
            }
            Self::LeasedClaim | Self::NoArm | Self::ReleaseInSameBoot | Self::ClaimsExpire => {}
        }
    }
}

impl Mix {
    /// Much arrives after its sender has given up.
    fn be_late(&mut self, rate: u32) {
        self.rates.late = rate;
        self.rates.latest = 60;
        self.favour(Hardship::BadLines);
    }

    /// Much happens between a view and the commit upon it.
    const fn look_long(&mut self) {
        self.latency = 2_000;
        self.pause = 200;
        self.longest_pause = 20;
    }

    /// This is suffered more often than all the rest.
    fn favour(&mut self, hardship: Hardship) {
        self.gap = self.gap.min(Duration::from_secs(120));
        let rest: u32 = self.weights.iter().map(|(_, weight)| weight).sum();
        self.weights.push((hardship, rest.max(1)));
    }
}
