//! A network in which anything may be lost, or come late: long after its sender has given up, or ended.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crb_store::Store;
use crb_store::faults::{Call, Decider, Fate, Faulty};
use fastrand::Rng;

/// When the sender of a call gives up.
const DEADLINE: Duration = Duration::from_secs(5);

/// One node's way to the store.
pub(crate) struct Weather(Mutex<Rng>);

impl Weather {
    /// `store`, as it is seen through this weather.
    pub(crate) fn before(store: Arc<dyn Store>, seed: u64) -> Arc<dyn Store> {
        let weather = Arc::new(Self(Mutex::new(Rng::with_seed(seed))));
        Arc::new(Faulty::new(store, weather, DEADLINE))
    }
}

impl Decider for Weather {
    fn fate(&self, call: Call<'_>) -> Fate {
        if call == Call::Watch {
            return Fate::Answered;
        }
        let mut rng = self.0.lock().unwrap();
        let (there, back) = (delay(&mut rng), delay(&mut rng));
        match (there, back) {
            (None, _) => Fate::Lost,
            (Some(there), None) => Fate::Unheard(there),
            (Some(there), Some(back)) => Fate::Travels { there, back },
        }
    }
}

/// Mostly a moment; at times longer than a sender waits; rarely for good.
fn delay(rng: &mut Rng) -> Option<Duration> {
    let milliseconds = match rng.u32(0..100) {
        0..80 => rng.u64(1..50),
        80..92 => rng.u64(50..5_000),
        92..99 => rng.u64(5_000..120_000),
        _ => return None,
    };
    Some(Duration::from_millis(milliseconds))
}
