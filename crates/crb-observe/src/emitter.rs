//! Stamps what happens with node and time, and hands it on.

use std::fmt;
use std::sync::Arc;

use crb_decide::NodeName;
use jiff::Timestamp;

use crate::event::{Event, Sink, What};

/// Where the wall time comes from.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What every part of a node tells its events to. Cheap to clone; all clones share one sink.
#[derive(Clone)]
pub struct Emitter {
    node: NodeName,
    clock: Clock,
    sink: Arc<dyn Sink>,
}

impl Emitter {
    /// An emitter for `node` that stamps by `clock` and hands on to `sink`.
    pub fn new(node: NodeName, clock: Clock, sink: Arc<dyn Sink>) -> Self {
        Self { node, clock, sink }
    }

    /// The node it speaks for.
    pub const fn node(&self) -> &NodeName {
        &self.node
    }

    /// Tells that `what` happened, here and now.
    pub fn emit(&self, what: What) {
        self.sink.take(&Event { at: (self.clock)(), node: self.node.clone(), what });
    }
}

impl fmt::Debug for Emitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emitter").field("node", &self.node).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Recorder;

    #[test]
    fn stamps_node_and_time_and_tells_every_sink_through_every_clone() {
        let node = NodeName::try_new("node-a").unwrap();
        let first = Arc::new(Recorder::default());
        let second = Arc::new(Recorder::default());
        let clock: Clock = Arc::new(|| Timestamp::UNIX_EPOCH + Duration::from_secs(7));
        let sink = crate::Fanout(vec![Arc::clone(&first) as Arc<dyn Sink>, Arc::clone(&second) as _]);
        let emitter = Emitter::new(node.clone(), clock, Arc::new(sink));

        emitter.clone().emit(What::CooldownCleared);

        let at = Timestamp::from_second(7).unwrap();
        let expected = vec![Event { at, node, what: What::CooldownCleared }];
        assert_eq!(first.events(), expected);
        assert_eq!(second.events(), expected);
    }
}
