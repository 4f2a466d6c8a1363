//! Answers `GET /metrics` over HTTP/1.1, and nothing else.
//!
//! A connection carries one request and ends. Whatever a client does, it costs a bounded request, a bounded
//! time, and one of a bounded number of connections.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::metrics::Metrics;

/// How much of a request is read: no scraper needs more.
const REQUEST: usize = 8 * 1024;

/// How much more is taken and thrown away after the answer.
const REST: u64 = 64 * 1024;

/// How long a connection lives, from accept to end.
const DEADLINE: Duration = Duration::from_secs(5);

/// How many connections live at once; further ones wait in the kernel's queue.
const CONNECTIONS: usize = 32;

/// How long to wait when no connection can be accepted, such as for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(500);

/// A socket that listens for scrapers.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Listens on `address`, a `host:port`; port 0 takes a free one.
    ///
    /// # Errors
    /// What the operating system says when the address cannot be resolved or listened on.
    pub async fn bind(address: &str) -> io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        let address = socket.local_addr()?;
        Ok(Self { socket, address })
    }

    /// The address really listened on.
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Answers scrapers for as long as it is polled; dropping it ends every connection.
    pub async fn serve(self, metrics: Arc<Metrics>) -> Infallible {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.socket.accept(), if connections.len() < CONNECTIONS => match accepted {
                    Ok((stream, _)) => {
                        let metrics = Arc::clone(&metrics);
                        connections.spawn(async move {
                            // A client that is slow, rude or gone is not worth a word.
                            let _ = timeout(DEADLINE, attend(stream, &metrics)).await;
                        });
                    }
                    Err(_) => sleep(PAUSE).await,
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }
}

async fn attend(mut stream: TcpStream, metrics: &Metrics) -> io::Result<()> {
    let answer = match read_head(&mut stream).await? {
        Some(head) => answer(&head, || metrics.render()),
        None => Answer::empty("431 Request Header Fields Too Large"),
    };
    stream.write_all(answer.to_string().as_bytes()).await?;
    stream.shutdown().await?;
    // Closing with unread bytes would reset the connection, and with it an answer that is still under way.
    tokio::io::copy(&mut stream.take(REST), &mut tokio::io::sink()).await?;
    Ok(())
}

/// Reads up to the empty line that ends a request's head; `None` when there is none within bounds.
async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
    const END: &[u8] = b"\r\n\r\n";
    let mut head = Vec::with_capacity(1024);
    let mut stream = stream.take(REQUEST as u64);
    loop {
        if stream.read_buf(&mut head).await? == 0 {
            let is_full = head.len() >= REQUEST;
            return if is_full { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
        if head.windows(END.len()).any(|window| window == END) {
            return Ok(Some(head));
        }
    }
}

fn answer(head: &[u8], render: impl FnOnce() -> String) -> Answer {
    let Some((method, target)) = request(head) else { return Answer::empty("400 Bad Request") };
    let path = target.split_once('?').map_or(target, |(path, _)| path);
    match (method, path) {
        ("GET", "/metrics") => {
            Answer { status: "200 OK", header: "Content-Type: text/plain; version=0.0.4\r\n", body: render() }
        }
        (_, "/metrics") => Answer { header: "Allow: GET\r\n", ..Answer::empty("405 Method Not Allowed") },
        _ => Answer::empty("404 Not Found"),
    }
}

/// Method and target of a request line, if it is one.
fn request(head: &[u8]) -> Option<(&str, &str)> {
    let line = head.split(|byte| *byte == b'\r').next()?;
    let mut words = str::from_utf8(line).ok()?.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let is_request = words.next().is_none()
        && !method.is_empty()
        && method.bytes().all(|byte| byte.is_ascii_uppercase())
        && target.starts_with('/')
        && matches!(version, "HTTP/1.1" | "HTTP/1.0");
    is_request.then_some((method, target))
}

struct Answer {
    status: &'static str,
    header: &'static str,
    body: String,
}

impl Answer {
    const fn empty(status: &'static str) -> Self {
        Self { status, header: "", body: String::new() }
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { status, header, body } = self;
        let length = body.len();
        write!(f, "HTTP/1.1 {status}\r\n{header}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}")
    }
}

#[cfg(test)]
mod tests;
