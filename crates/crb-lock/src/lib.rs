//! Who may reboot.
//!
//! A waiter owns a leased key in the lock's queue. Just before the reboot one fenced transaction proves that
//! nothing it decided upon has changed, and puts the same key again without a lease: the *claim*, which
//! outlives process, lease and kernel, and which only the node itself, back with a new boot id and healthy,
//! or an operator takes away.
//!
//! [`Coordinator`] has the steps, one file each: [join](Coordinator::join), [enqueue](Coordinator::enqueue),
//! [view](Coordinator::view), [commit](Coordinator::commit), [arm](Coordinator::arm),
//! [finish](Coordinator::finish); [`Operator`] has those of an operator, and an [`Onlooker`] looks at everyone. Should the store itself go backwards,
//! [`Coordinator::attend_to_store`] holds the fleet. Safety rests on transactions alone, never on leases, clocks or
//! watches.

mod aborted;
mod arm;
mod claim;
mod commit;
mod coordinator;
mod dates;
mod error;
mod finish;
mod fleet;
mod guard;
mod hold;
mod keys;
mod lease;
mod lineage;
mod memory;
mod operator;
mod presence;
mod queue;
mod records;
mod reply;
mod signs;
mod view;
mod witness;

pub use arm::Arming;
pub use claim::Claim;
pub use commit::Commitment;
pub use coordinator::{Attended, Coordinator, Identity, Terms};
pub use dates::Dates;
pub use error::LockError;
pub use finish::{Ending, Finish};
pub use fleet::{
    Counts, Disagreement, Fleet, FleetNode, LastReboot, NodeState, Onlooker, Order, Paused, Picture, Program,
    Side, Subject,
};
pub use guard::{Guard, GuardRecord, OutNode};
pub use hold::{HoldRecord, Look, Standing};
pub use keys::Keys;
pub use lease::Lease;
pub use memory::{Memory, OpenClaim, RamMemory, Regression, Remembered, StorePoint};
pub use operator::{
    Acceptance, Forgettable, History, HistoryEntry, Holds, Operator, OperatorError, PauseBefore, ShownClaim,
    Survey, Whereabouts,
};
pub use presence::Joined;
pub use queue::{Place, Queue, QueueKey};
pub use records::{CooldownRecord, HistoryRecord, PauseRecord, PlaceRecord};
pub use signs::{Signs, SignsWatch};
pub use view::View;
