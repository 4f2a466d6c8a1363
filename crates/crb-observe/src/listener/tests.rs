use tokio::io::duplex;

use super::*;
use crate::METRICS;
use crate::event::Sink;
use crate::samples::{event, every_kind_and_a_block};

/// A listener with every kind of event counted, serving in the background.
async fn listening() -> SocketAddr {
    let metrics = Metrics::new("0.1.0", "c0ffee");
    for what in every_kind_and_a_block() {
        metrics.take(&event(what));
    }
    let listener = Listener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr();
    tokio::spawn(listener.serve(Arc::new(metrics)));
    address
}

/// Sends `request`, and reads until the other side closes.
async fn exchange(address: SocketAddr, request: &[u8]) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn a_scrape_shows_every_metric_of_the_table() {
    let address = listening().await;
    let answer =
        exchange(address, b"GET /metrics HTTP/1.1\r\nHost: node-a\r\nAccept: */*\r\n\r\n").await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert_eq!(
        head,
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close",
            body.len()
        )
    );
    for info in METRICS {
        assert!(body.contains(&format!("# TYPE {} {}\n", info.name, info.kind.as_str())), "{}", info.name);
    }
}

#[tokio::test]
async fn everything_but_get_metrics_is_refused() {
    let address = listening().await;
    let long = format!("GET /metrics HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(2 * REQUEST));
    let table: [(&[u8], &str); 14] = [
        (b"GET /metrics HTTP/1.1\r\n\r\n", "200 OK"),
        (b"GET /metrics?name=x HTTP/1.0\r\n\r\n", "200 OK"),
        (b"GET / HTTP/1.1\r\n\r\n", "404 Not Found"),
        (b"GET /metrics/ HTTP/1.1\r\n\r\n", "404 Not Found"),
        (b"POST /other HTTP/1.1\r\n\r\n", "404 Not Found"),
        (b"POST /metrics HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody", "405 Method Not Allowed\r\nAllow: GET"),
        (b"HEAD /metrics HTTP/1.1\r\n\r\n", "405 Method Not Allowed\r\nAllow: GET"),
        (b"get /metrics HTTP/1.1\r\n\r\n", "400 Bad Request"),
        (b"GET /metrics\r\n\r\n", "400 Bad Request"),
        (b"GET  /metrics HTTP/1.1\r\n\r\n", "400 Bad Request"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400 Bad Request"),
        (b"\x16\x03\x01\x02\x00\x01\xfc\xff\r\n\r\n", "400 Bad Request"),
        (b"\r\n\r\n", "400 Bad Request"),
        (long.as_bytes(), "431 Request Header Fields Too Large"),
    ];
    for (request, status) in table {
        let answer = exchange(address, request).await.unwrap();
        let request = String::from_utf8_lossy(request);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{request:?}: {answer:?}");
        assert!(answer.contains("\r\nConnection: close\r\n"), "{request:?}: {answer:?}");
    }
}

#[tokio::test]
async fn a_request_may_come_in_pieces() {
    let (mut client, mut server) = duplex(1024);
    let reading = tokio::spawn(async move { read_head(&mut server).await });
    for byte in b"GET /metrics HTTP/1.1\r\n\r\n" {
        client.write_all(&[*byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    let head = reading.await.unwrap().unwrap();
    assert_eq!(head.as_deref(), Some(&b"GET /metrics HTTP/1.1\r\n\r\n"[..]));
}

#[tokio::test]
async fn a_client_that_leaves_midway_gets_nothing() {
    let address = listening().await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /metr").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = vec![];
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(answer.is_empty(), "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_says_nothing_is_cut_off_at_the_deadline() {
    let address = listening().await;
    let start = tokio::time::Instant::now();
    let answer = exchange(address, b"GET /metrics HTTP/1.1\r\nX-Slow: ").await;
    // The clock leaps as soon as nothing is under way, so that what was sent may still be unread: a reset.
    assert!(matches!(answer.as_deref(), Ok("") | Err(_)), "{answer:?}");
    assert!(start.elapsed() >= DEADLINE, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn clients_beyond_the_limit_are_served_when_the_idle_ones_are_cut_off() {
    let address = listening().await;
    let mut idle = vec![];
    for _ in 0..2 * CONNECTIONS {
        idle.push(TcpStream::connect(address).await.unwrap());
    }
    let answer = exchange(address, b"GET /metrics HTTP/1.1\r\n\r\n").await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer:?}");
}

#[tokio::test]
async fn dropping_the_service_ends_its_connections() {
    let listener = Listener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr();
    let service = tokio::spawn(listener.serve(Arc::new(Metrics::new("", ""))));
    let mut stream = TcpStream::connect(address).await.unwrap();
    service.abort();
    assert!(service.await.unwrap_err().is_cancelled());
    let mut rest = vec![];
    assert!(matches!(stream.read_to_end(&mut rest).await, Ok(0) | Err(_)));
}

#[tokio::test]
async fn an_address_that_is_taken_or_nonsense_is_an_error() {
    let taken = Listener::bind("127.0.0.1:0").await.unwrap();
    for address in [taken.local_addr().to_string().as_str(), "127.0.0.1", "nonsense:port"] {
        assert!(Listener::bind(address).await.is_err(), "{address}");
    }
}
