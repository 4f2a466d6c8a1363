//! One node: processes that end anywhere, boots that come to nothing, and the way to a release.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use crb_decide::{BootId, ClaimPhase, MachineId, NodeName, Resume, ScriptVerdict};
use crb_health::Statement;
use crb_lock::{Arming, Claim, Commitment, Coordinator, Ending, Identity, Keys, LockError, Terms};
use crb_store::Store;
use fastrand::Rng;
use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::observer::Observer;

/// The life of a node.
pub(crate) struct Life {
    name: String,
    keys: Keys,
    store: Arc<dyn Store>,
    observer: Observer,
    slots: u32,
    rng: Rng,
}

/// How a process ended that was not ended from outside.
#[derive(PartialEq)]
enum End {
    /// The reboot command has run.
    Commanded,
    /// The claim is released, in a new boot.
    Released,
}

fn seconds(rng: &mut Rng, below: u64) -> Duration {
    Duration::from_millis(rng.u64(0..below * 1_000))
}

fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

fn well() -> Statement {
    Statement::of_script(&ScriptVerdict::Healthy, "storm")
}

impl Life {
    pub(crate) fn new(
        name: String,
        keys: Keys,
        store: Arc<dyn Store>,
        observer: Observer,
        slots: u32,
        seed: u64,
    ) -> Self {
        Self { name, keys, store, observer, slots, rng: Rng::with_seed(!seed) }
    }

    /// Lives until the node has rebooted under a claim, and has released it.
    pub(crate) async fn until_rebooted(mut self) {
        let (mut boot, mut has_run) = (1, false);
        loop {
            let lock = Arc::new(self.coordinator(boot));
            let rng = Rng::with_seed(self.rng.u64(..));
            let mut process = Process { name: &self.name, lock, observer: &self.observer, rng };
            // Two of three processes end anywhere, as by a crash.
            let is_doomed = self.rng.u32(0..3) > 0;
            let lives_for =
                if is_doomed { seconds(&mut self.rng, 400) } else { Duration::from_secs(1_000_000) };
            match timeout(lives_for, process.run()).await {
                Ok(End::Released) => return,
                Ok(End::Commanded) => has_run = true,
                Err(_) => {}
            }
            // One command of three does nothing, and one boot of ten comes by another hand.
            let reboots = self.rng.u32(0..3) > 0 && has_run || self.rng.u32(0..10) == 0;
            sleep(seconds(&mut self.rng, 200)).await;
            if reboots {
                (boot, has_run) = (boot + 1, false);
            }
        }
    }

    fn coordinator(&self, boot: u32) -> Coordinator {
        let identity = Identity {
            node: NodeName::try_new(&self.name).unwrap(),
            machine_id: MachineId(self.name.clone()),
            boot_id: BootId(format!("boot {boot} of {}", self.name)),
            pid: boot,
            version: String::new(),
        };
        let terms = Terms {
            lock_ttl: Duration::from_secs(90),
            presence_ttl: Duration::from_secs(60),
            reboot_timeout: Duration::from_secs(600),
            cooldown: Duration::from_secs(30),
            history_keep: Some(Duration::from_secs(3_600)),
            go_interval: Duration::from_secs(15),
            slots: self.slots,
            policy_digest: String::new(),
        };
        Coordinator::new(Arc::clone(&self.store), self.keys.clone(), identity, terms)
    }
}

/// One process of the node.
struct Process<'a> {
    name: &'a str,
    lock: Arc<Coordinator>,
    observer: &'a Observer,
    rng: Rng,
}

impl Process<'_> {
    async fn run(&mut self) -> End {
        let lock = Arc::clone(&self.lock);
        tokio::select! {
            biased;
            never = keep_present(&lock) => match never {},
            end = self.passes() => end,
        }
    }

    async fn passes(&mut self) -> End {
        let mut recovered = None;
        loop {
            sleep(seconds(&mut self.rng, 2)).await;
            let Ok(joined) = self.lock.presence() else { continue };
            let passed = if recovered == Some(joined.lease.id()) {
                self.turn().await
            } else {
                let gone_on = self.recover().await;
                recovered = gone_on.is_ok().then(|| joined.lease.id());
                gone_on
            };
            match passed {
                Ok(Some(end)) => return end,
                Err(LockError::LateCommit) => recovered = None,
                Ok(None) | Err(_) => {}
            }
        }
    }

    /// Goes on with a claim of an earlier life, if there is one.
    async fn recover(&mut self) -> Result<Option<End>, LockError> {
        let Some(mut claim) = self.lock.find_claims().await?.pop() else { return Ok(None) };
        match self.lock.resume(&claim) {
            Resume::Verify => {
                let unproven = Statement::unhealthy("verifying", "not proven healthy yet");
                self.lock.mark(&mut claim, ClaimPhase::Verifying, &unproven, now()).await?;
                sleep(seconds(&mut self.rng, 60)).await;
                self.observer.is_proven_back(self.name);
                self.lock.finish(&claim, Ending::Released, "", &well(), now()).await?;
                Ok(Some(End::Released))
            }
            Resume::Abort => self.abort(&claim).await,
            Resume::ArmAgain | Resume::Hold => self.arm_and_run(claim, false).await,
        }
    }

    /// Queues, and goes all the way to the command.
    async fn turn(&mut self) -> Result<Option<End>, LockError> {
        let place = self.lock.enqueue(now()).await?;
        let (store, lease) = (self.lock.shared_store(), Arc::clone(&place.lease));
        let mut keeper = JoinSet::new();
        keeper.spawn(async move { lease.keep(&*store).await });
        loop {
            sleep(seconds(&mut self.rng, 3)).await;
            let view = match self.lock.view(Some(&place), now()).await {
                Ok(view) => view,
                Err(gone @ (LockError::PlaceGone | LockError::LateCommit)) => return Err(gone),
                // A place that is given up without being left stands in everyone's way.
                Err(_) => continue,
            };
            let facts = &view.facts;
            let is_within = facts.place.as_ref().is_some_and(|place| place.position < facts.slots);
            if !is_within || facts.out.len() >= facts.slots as usize || facts.cooldown.is_some() {
                if self.rng.u32(0..50) > 0 {
                    continue;
                }
                let Some(claim) = self.lock.leave(&place).await? else { return Ok(None) };
                return self.abort(&claim).await;
            }
            if let Ok(Commitment::Made(claim)) = self.lock.commit(&place, &view, now()).await {
                return self.arm_and_run(claim, true).await;
            }
        }
    }

    async fn arm_and_run(&mut self, mut claim: Claim, may_abort: bool) -> Result<Option<End>, LockError> {
        loop {
            if may_abort && self.rng.u32(0..10) == 0 {
                return self.abort(&claim).await;
            }
            match self.lock.arm(&mut claim).await? {
                Arming::Armed => {
                    self.observer.goes_down(self.name);
                    return Ok(Some(End::Commanded));
                }
                Arming::Again => sleep(Duration::from_millis(500)).await,
                Arming::Paused | Arming::Held | Arming::Gone => return Err(LockError::PlaceGone),
            }
        }
    }

    async fn abort(&self, claim: &Claim) -> Result<Option<End>, LockError> {
        self.lock.finish(claim, Ending::Aborted, "", &well(), now()).await?;
        Ok(None)
    }
}

async fn keep_present(lock: &Coordinator) -> Infallible {
    loop {
        match lock.join(true).await {
            Ok(joined) => drop(lock.keep_presence(&joined).await),
            Err(_) => sleep(Duration::from_secs(1)).await,
        }
    }
}
