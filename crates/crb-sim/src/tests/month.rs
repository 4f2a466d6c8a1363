//! Nothing of ours grows without end: after a month the store is as small as it was at its beginning.

use std::collections::BTreeMap;

use crb_decide::NodeName;
use crb_lock::Operator;
use crb_observe::Clock;
use jiff::SignedDuration;

use super::*;

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// How much stands in the store: by range how many keys, and bytes in all. And how many leases there are.
#[derive(Debug, PartialEq, Eq)]
struct Stock {
    keys: BTreeMap<&'static str, usize>,
    bytes: usize,
    leases: usize,
}

impl Lab {
    fn stock(&self) -> Stock {
        let ranges = [
            ("queue", self.keys.queue()),
            ("health", self.keys.health_records()),
            ("presence", self.keys.alive_records()),
            ("holds", self.keys.holds()),
            ("history", self.keys.history_records()),
        ];
        let pairs = self.store.pairs();
        let mut keys = BTreeMap::new();
        for pair in pairs.values() {
            let range = ranges.iter().find(|(_, range)| range.contains(&pair.key));
            *keys.entry(range.map_or("single", |(name, _)| name)).or_default() += 1;
        }
        let bytes = pairs.values().map(|pair| pair.key.len() + pair.value.len()).sum();
        Stock { keys, bytes, leases: self.store.leases() }
    }

    /// A week in which everything happens that leaves something in the store, and a roll-out.
    async fn week(&self, operator: &Operator, now: &Clock) {
        for _ in 0..2 {
            self.machine(3).set_healthy(false);
            pass(minutes(30)).await;
            self.machine(3).set_healthy(true);
            pass(minutes(30)).await;
        }
        operator.pause("an incident", None, now()).await.unwrap();
        pass(minutes(60)).await;
        operator.resume().await.unwrap();
        let end = now() + SignedDuration::from_mins(30);
        operator.pause("another one", Some(end), now()).await.unwrap();
        self.roll().await;
        // One goes for good, is struck off, and comes back under the same name.
        self.machine(4).crash_daemon();
        pass(minutes(60)).await;
        let gone: NodeName = self.machine(4).name().clone();
        operator.forget(&gone, "decommissioned", now()).await.unwrap();
        self.machine(4).start_daemon();
        // A claim that comes to nothing.
        self.machine(5).set_command(crate::Command::CannotStart);
        self.machine(5).set_needs_reboot(true);
        pass(minutes(30)).await;
        self.machine(5).set_needs_reboot(false);
        self.machine(5).set_command(crate::Command::Works);
    }

    /// Every machine but the first reboots.
    async fn roll(&self) {
        let machines = &self.fleet.machines()[1..];
        for machine in machines {
            machine.set_needs_reboot(true);
        }
        while machines.iter().any(|machine| machine.needs_reboot()) {
            pass(minutes(10)).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_month_of_roll_outs_and_incidents_leaves_the_store_as_it_was() {
    let mut spec = FleetSpec::new(8);
    // Heartbeats and passes leave nothing behind, and a month has many.
    spec.plan.check_interval = minutes(20);
    spec.plan.health_interval = minutes(20);
    spec.plan.backoff_max = minutes(20);
    spec.terms.presence_ttl = minutes(45);
    spec.terms.cooldown = minutes(5);
    spec.terms.history_keep = Some(10 * DAY);
    let lab = Lab::new(spec);
    // The first one never goes, or the fleet would be done.
    lab.brake(&[0], true);
    lab.needy(&[0]);
    let store: Arc<dyn Store> = Arc::new(lab.store.clone());
    let operator = Operator::new(store, lab.keys.clone(), "operator", Some(10 * DAY));
    let (mut stocks, now) = (vec![], virtual_clock(Timestamp::UNIX_EPOCH));
    let script = async {
        let began = tokio::time::Instant::now();
        for week in 1..=7 {
            lab.week(&operator, &now).await;
            tokio::time::sleep_until(began + 7 * DAY * week).await;
            stocks.push(lab.stock());
            lab.events.drain();
        }
    };
    lab.run(script).await.unwrap();

    // By the third week the history has its length: what is added is what ends.
    let (first, last) = (&stocks[2], &stocks[6]);
    assert_eq!(first.keys, last.keys);
    assert_eq!(first.leases, last.leases, "no lease is left behind");
    assert!(first.bytes.abs_diff(last.bytes) < 100, "but for the digits of counters: {stocks:#?}");
    assert_eq!(first.keys.get("queue"), None);
    assert_eq!((first.keys["health"], first.keys["presence"]), (8, 8));
    assert_eq!(first.keys["single"], 1, "the guard alone");
    // A lease for each presence and each entry of the history.
    assert_eq!(first.leases, 8 + first.keys["history"]);
}
