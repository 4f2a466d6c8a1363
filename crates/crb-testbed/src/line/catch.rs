//! What is lain in wait for, and what is done with it when it comes.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crate::daemon::PATIENCE;
use crate::poll_until;

/// How a request is known: by what stands in it, and what does not.
#[derive(Debug, Clone, Default)]
pub struct Signature {
    has: Vec<String>,
    has_not: Vec<String>,
}

impl Signature {
    /// A request in which all of these stand.
    pub fn with<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self { has: texts.into_iter().map(Into::into).collect(), has_not: vec![] }
    }

    /// And none of these.
    #[must_use]
    pub fn without<T: Into<String>>(mut self, texts: impl IntoIterator<Item = T>) -> Self {
        self.has_not.extend(texts.into_iter().map(Into::into));
        self
    }

    pub(super) fn is_in(&self, message: &[u8]) -> bool {
        let stands = |text: &String| message.windows(text.len()).any(|window| window == text.as_bytes());
        self.has.iter().all(stands) && !self.has_not.iter().any(stands)
    }
}

/// Which of the two is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moment {
    /// The request, before etcd has it.
    Request,
    /// The answer, when etcd has done what was asked.
    Answer,
}

/// What becomes of what was held.
#[derive(Debug)]
pub(super) enum Fate {
    Pass,
    /// Passed on, and it is told whether the answer has come.
    Deliver(SyncSender<bool>),
    Lose,
}

/// The one in wait, on the line's side.
#[derive(Debug)]
pub(super) struct Trap {
    pub(super) signature: Signature,
    pub(super) moment: Moment,
    caught: SyncSender<Held>,
}

impl Trap {
    pub(super) fn new(signature: Signature, moment: Moment) -> (Self, Catch) {
        let (caught, receiver) = sync_channel(1);
        (Self { signature, moment, caught }, Catch(receiver))
    }

    /// Hands over what was caught and waits for its fate. Nobody there: it is lost.
    pub(super) fn spring(self) -> Fate {
        let (fate, told) = sync_channel(1);
        if self.caught.send(Held { fate, moment: self.moment }).is_err() {
            return Fate::Lose;
        }
        told.recv().unwrap_or(Fate::Lose)
    }
}

/// Somebody who waits for a request. Dropping it lets everything pass again that has not come yet.
#[derive(Debug)]
pub struct Catch(Receiver<Held>);

impl Catch {
    /// What was caught, if anything was.
    pub fn held(&self) -> Option<Held> {
        self.0.try_recv().ok()
    }

    /// Waits until something is caught, and panics with `what` it was to be when it does not come.
    pub fn wait(&self, what: &str) -> Held {
        let held = poll_until(PATIENCE, || self.held());
        held.unwrap_or_else(|| panic!("waited in vain to catch {what}"))
    }
}

/// A request, or an answer, that goes no further until its fate is told. Its connection waits with it. Dropping
/// it loses it.
#[derive(Debug)]
#[must_use]
pub struct Held {
    fate: SyncSender<Fate>,
    moment: Moment,
}

impl Held {
    /// Lets it go on as if nothing had been.
    pub fn pass(self) {
        self.decide(Fate::Pass);
    }

    /// Passes a request on, and keeps the connection until etcd has answered it, whether or not the daemon is still
    /// there to hear that.
    pub fn send(self) -> Sent {
        assert_eq!(self.moment, Moment::Request, "an answer is only passed");
        let (answered, heard) = sync_channel(1);
        self.decide(Fate::Deliver(answered));
        Sent(heard)
    }

    /// The same, and waits for the answer.
    pub fn deliver(self) {
        self.send().wait();
    }

    /// It never arrives, and nothing ever does again on its connection.
    pub fn lose(self) {
        self.decide(Fate::Lose);
    }

    fn decide(self, fate: Fate) {
        // The line may have been dropped: then nothing arrives any more.
        self.fate.send(fate).ok();
    }
}

/// A request that was passed on.
#[derive(Debug)]
#[must_use]
pub struct Sent(Receiver<bool>);

impl Sent {
    /// Waits until etcd has answered.
    pub fn wait(self) {
        let heard = poll_until(PATIENCE, || self.0.try_recv().ok());
        assert_eq!(heard, Some(true), "etcd has not answered what was delivered");
    }
}
