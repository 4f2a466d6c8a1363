//! Which endpoint is talked to, when the next one gets its turn, and when a call ends.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use etcd_client::{Client, Error, GetOptions};
use tokio::time::{Instant, sleep, timeout_at};
use tonic::transport::Endpoint;

use super::convert;
use super::failure::{Call, Failure};
use super::keyring::{Keyring, Teller};
use super::link::{Link, Peer};
use super::members::Members;
use super::settings::{EtcdSettings, SettingsError};
use crate::{StoreError, operation};

/// etcd closes connections that ping more often than every 5 s.
const PING_INTERVAL: Duration = Duration::from_secs(10);
const PING_TIMEOUT: Duration = Duration::from_secs(3);

/// How long an endpoint that answered counts as live.
const LIVE_FOR: Duration = Duration::from_secs(1);

/// The pause after every endpoint has failed once more, so that a dead cluster is not asked without end.
const PAUSE: Duration = Duration::from_millis(100);

/// All endpoints, one of them live.
pub(super) struct Links {
    peers: Vec<Peer>,
    keyring: Arc<Keyring>,
    current: Mutex<Current>,
    call_timeout: Duration,
    attempt_timeout: Duration,
}

struct Current {
    index: usize,
    link: Arc<Link>,
}

impl Links {
    pub(super) fn try_new(settings: &EtcdSettings, teller: Teller) -> Result<Self, SettingsError> {
        let keyring = Arc::new(Keyring::try_new(settings, teller)?);
        let attempt_timeout = settings.attempt_timeout.min(settings.call_timeout / 3);
        let mut peers = Vec::with_capacity(settings.endpoints.len());
        for url in &settings.endpoints {
            let endpoint = prepare(url, &keyring)
                .map_err(|reason| SettingsError::Endpoint { endpoint: url.clone(), reason })?
                .connect_timeout(attempt_timeout);
            peers.push(Peer { url: url.clone(), endpoint, keyring: Arc::clone(&keyring) });
        }
        let index = settings.first.checked_rem(peers.len()).ok_or(SettingsError::NoEndpoints)?;
        let current = Mutex::new(Current { index, link: Arc::new(Link::new(peers[index].clone())) });
        Ok(Self { peers, keyring, current, call_timeout: settings.call_timeout, attempt_timeout })
    }

    /// All endpoints, for questions to each of them.
    pub(super) fn members(&self) -> Members {
        Members { peers: self.peers.clone(), call_timeout: self.call_timeout }
    }

    /// What connections are made with.
    pub(super) fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// The link that the next call goes to. One whose connection was lost gives way to the next, which reads its files
    /// anew.
    pub(super) fn current(&self) -> Arc<Link> {
        let link = Arc::clone(&self.lock().link);
        if !link.is_lost() {
            return link;
        }
        self.rotate(&link);
        Arc::clone(&self.lock().link)
    }

    /// Makes a call that may be made twice: on one endpoint after the other, until one answers.
    pub(super) async fn ask<T, F>(&self, call: Call, send: impl Fn(Client) -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, Error>>,
    {
        self.ask_which(call, send).await.map(|(_, answer)| answer)
    }

    /// The same, and tells which link answered.
    pub(super) async fn ask_which<T, F>(
        &self,
        call: Call,
        send: impl Fn(Client) -> F,
    ) -> Result<(Arc<Link>, T), StoreError>
    where
        F: Future<Output = Result<T, Error>>,
    {
        self.ask_until(Instant::now() + self.call_timeout, call, send).await
    }

    /// Makes a call that must not be applied twice: on one endpoint, of which it is known that it answers. It is sent
    /// again only where etcd has said that it did not apply it, since it did not know us any more.
    pub(super) async fn send_once<T, F>(
        &self,
        call: Call,
        send: impl Fn(Client) -> F,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let begin = Instant::now();
        loop {
            let link = self.live(begin + self.call_timeout.saturating_sub(self.attempt_timeout)).await?;
            match self.attempt(&link, begin + self.call_timeout, &call, &send).await {
                Ok(answer) => return Ok(answer),
                Err(Failure::Unknown(_)) if link.may_be_stale(begin) => self.renew(&link),
                Err(Failure::Refused(error) | Failure::Unknown(error)) => return Err(error),
                Err(Failure::Lost(detail)) => {
                    self.rotate(&link);
                    return Err(call.unanswered(link.url(), detail));
                }
            }
        }
    }

    /// A link that answered a moment ago: where need be, it is asked for a read that takes the cluster's agreement.
    async fn live(&self, deadline: Instant) -> Result<Arc<Link>, StoreError> {
        let link = self.current();
        if link.answered_within(LIVE_FOR) {
            return Ok(link);
        }
        let call = Call::reads(operation::RANGE);
        let probe = |client| async move {
            let options = GetOptions::new().with_count_only();
            match convert::kv_client(&client).get("\0", Some(options)).await {
                // Who may not read this key was still answered.
                Err(error) if matches!(Failure::of(&error, &call), Failure::Refused(_)) => Ok(()),
                answer => answer.map(drop),
            }
        };
        self.ask_until(deadline, call, probe).await.map(|(link, ())| link)
    }

    async fn ask_until<T, F>(
        &self,
        deadline: Instant,
        call: Call,
        send: impl Fn(Client) -> F,
    ) -> Result<(Arc<Link>, T), StoreError>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let begin = Instant::now();
        let mut seen: Vec<(String, String)> = Vec::new();
        for turn in 1.. {
            let link = self.current();
            match self.attempt(&link, deadline, &call, &send).await {
                Ok(answer) => return Ok((link, answer)),
                Err(Failure::Unknown(_)) if link.may_be_stale(begin) => {
                    self.renew(&link);
                    continue;
                }
                Err(Failure::Refused(error) | Failure::Unknown(error)) => return Err(error),
                Err(Failure::Lost(detail)) => {
                    self.rotate(&link);
                    // A last try that was broken off tells less than one before it that had its time.
                    if Instant::now() >= deadline && seen.iter().any(|(endpoint, _)| endpoint == link.url()) {
                        break;
                    }
                    seen.retain(|(endpoint, _)| endpoint != link.url());
                    seen.push((link.url().to_owned(), detail));
                }
            }
            let pause = if turn % self.peers.len() == 0 { PAUSE } else { Duration::ZERO };
            if Instant::now() + pause >= deadline {
                break;
            }
            sleep(pause).await;
        }
        Err(call.failed(&seen))
    }

    async fn attempt<T, F>(
        &self,
        link: &Link,
        deadline: Instant,
        call: &Call,
        send: impl FnOnce(Client) -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let begin = Instant::now();
        let end = deadline.min(begin + self.attempt_timeout);
        let Ok(answer) = timeout_at(end, async { send(link.client().await?).await }).await else {
            let waited = (end - begin).as_secs_f32();
            return Err(Failure::Lost(format!("no answer within {waited:.1} s")));
        };
        let failure = match answer {
            Ok(answer) => {
                link.note_answer();
                return Ok(answer);
            }
            Err(error) => match Failure::of(&error, call) {
                Failure::Lost(detail) => return Err(Failure::Lost(link.explain(&error, detail))),
                refused => refused,
            },
        };
        link.note_answer();
        Err(failure)
    }

    /// Gives up `failed`, unless another call has done so already. Its watches end.
    fn rotate(&self, failed: &Arc<Link>) {
        let mut current = self.lock();
        if Arc::ptr_eq(&current.link, failed) {
            current.index = (current.index + 1) % self.peers.len();
            current.link = Arc::new(Link::new(self.peers[current.index].clone()));
        }
    }

    /// Connects anew to the same endpoint, with the password that its file holds now.
    fn renew(&self, stale: &Arc<Link>) {
        let mut current = self.lock();
        if Arc::ptr_eq(&current.link, stale) {
            current.link = Arc::new(Link::new(self.peers[current.index].clone()));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The endpoint of a URL, or what is wrong with the URL.
fn prepare(url: &str, keyring: &Keyring) -> Result<Endpoint, String> {
    let endpoint = Endpoint::from_shared(url.to_owned()).map_err(|_| "is not a URL".to_owned())?;
    if endpoint.uri().host().is_none_or(str::is_empty) {
        return Err("names no host".to_owned());
    }
    // Pings are for streams: without one, etcd takes them for abuse.
    let endpoint = endpoint
        .http2_keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT)
        .keep_alive_while_idle(false);
    match (endpoint.uri().scheme_str(), keyring.has_tls()) {
        (Some("http"), false) => Ok(endpoint),
        (Some("https"), true) => match keyring.secure(endpoint.clone()) {
            Ok(_) => Ok(endpoint),
            Err(error) => Err(format!("cannot be secured with TLS: {error}")),
        },
        (Some("http"), true) => Err("must begin with https://, since TLS is set up".to_owned()),
        (Some("https"), false) => Err("needs TLS, which is not set up".to_owned()),
        _ => Err("must begin with http:// or https://".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_an_endpoint_said_is_not_that_a_try_was_broken_off() {
        // It takes connections, and never says a word.
        let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", mute.local_addr().unwrap());
        let links = Links::try_new(&EtcdSettings::new([url.clone()]), Arc::new(|_| {})).unwrap();
        let asked = links
            .ask(Call::reads(operation::RANGE), |client| async move {
                convert::kv_client(&client).get("key", None).await
            })
            .await;
        let detail = format!("{url}: no answer within 1.5 s");
        assert_eq!(asked.unwrap_err(), StoreError::Unreachable { detail });
    }
}
