//! The feed of a watch: what changes, and whether etcd can be heard.

use std::sync::Arc;
use std::time::Duration;

use crb_lock::{Onlooker, Picture};
use crb_observe::Clock;
use crb_store::{Revision, StoreError, WatchBatch};
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, sleep};

/// How long after a loss etcd is asked again, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A watch that lived so long has shown that etcd is well again.
const STEADY: Duration = Duration::from_secs(10);

/// What is new.
#[derive(Debug)]
pub(super) enum News {
    /// Something has changed.
    Changed(WatchBatch),
    /// Everything was read anew.
    Anew(Box<Picture>),
    /// Etcd is not heard.
    Lost(StoreError),
}

/// Tells `news` of everything after the revision `from`, until nobody listens any more. Whoever does not keep up is
/// waited for.
pub(super) async fn feed(onlooker: Arc<Onlooker>, mut from: Revision, clock: Clock, news: Sender<News>) {
    let mut pause = FIRST_PAUSE;
    loop {
        let began = Instant::now();
        let Err(lost) = follow(&onlooker, from, &news).await else { return };
        if began.elapsed() >= STEADY {
            pause = FIRST_PAUSE;
        }
        if news.send(News::Lost(lost)).await.is_err() {
            return;
        }
        loop {
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            match onlooker.look(clock()).await {
                Ok(picture) => {
                    from = picture.revision();
                    if news.send(News::Anew(Box::new(picture))).await.is_err() {
                        return;
                    }
                    break;
                }
                Err(error) => {
                    if news.send(News::Lost(error)).await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}

/// Passes on what one watch tells, until it breaks; well, when nobody listens any more.
async fn follow(onlooker: &Onlooker, from: Revision, news: &Sender<News>) -> Result<(), StoreError> {
    let mut watch = onlooker.follow(from).await?;
    loop {
        let batch = watch.next().await?;
        if news.send(News::Changed(batch)).await.is_err() {
            return Ok(());
        }
    }
}
