//! Serves gzip pages of 50,000 bytes for `scripts/bench fetch`: prints its address, ends with its
//! standard input.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// Different pages, so that no cache helps.
const PAGES: usize = 200;

/// Bytes of a page before it is packed.
const PAGE_BYTES: usize = 50_000;

fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", listener.local_addr()?)?;
    out.flush()?;
    let pages: Vec<Vec<u8>> = (0..PAGES).map(answer).collect::<std::io::Result<_>>()?;
    let pages = Arc::new(pages);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let pages = Arc::clone(&pages);
            // A client that closes ends its thread.
            std::thread::spawn(move || drop(serve(stream, &pages)));
        }
    });
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// The whole answer for one page: words in an order that packs like prose.
fn answer(number: usize) -> std::io::Result<Vec<u8>> {
    const WORDS: [&str; 16] = [
        "minister", "border", "agreed", "talks", "the", "on", "Tuesday", "and", "of", "a", "said",
        "forces", "trade", "city", "after", "people",
    ];
    let mut page = String::from("<html><head><title>Page</title></head><body><p>");
    let mut state = number as u64 + 1;
    while page.len() < PAGE_BYTES - 20 {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        page.push_str(WORDS[(state >> 60) as usize]);
        page.push(if state & 0xff00_0000 == 0 { '\n' } else { ' ' });
    }
    page.push_str("</p></body></html>");
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(page.as_bytes())?;
    let body = packer.finish()?;
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Encoding: gzip\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    Ok([head.as_bytes(), &body].concat())
}

fn serve(mut stream: TcpStream, pages: &[Vec<u8>]) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 8192];
    let mut head = Vec::new();
    let mut number = 0;
    loop {
        let length = stream.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        head.extend_from_slice(&buffer[..length]);
        if !head.ends_with(b"\r\n\r\n") {
            continue;
        }
        if head.starts_with(b"GET /robots.txt") {
            stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")?;
        } else {
            number += 1;
            stream.write_all(&pages[number % pages.len()])?;
        }
        head.clear();
    }
}
