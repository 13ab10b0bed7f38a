//! A way to the database that can lose the answer to a commit.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

/// What the client sends to end a transaction.
const COMMIT: &[u8] = b"COMMIT\0";

/// A proxy on loopback; its threads end with the connections.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// Whether the answer to the next commit is to be lost.
    armed: AtomicBool,
    lost: AtomicUsize,
}

impl Proxy {
    pub(crate) fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // A server that is down refuses: so does the proxy.
                if let Ok(server) = TcpStream::connect(server) {
                    join(&client, &server, &own);
                }
            }
        });
        Self { address, shared }
    }

    /// The next commit is done, but nobody hears of it.
    pub(crate) fn lose_next_answer(&self) {
        self.shared.armed.store(true, Ordering::SeqCst);
    }

    /// How many answers were lost.
    pub(crate) fn lost(&self) -> usize {
        self.shared.lost.load(Ordering::SeqCst)
    }
}

fn join(client: &TcpStream, server: &TcpStream, shared: &Arc<Shared>) {
    let is_cut = Arc::new(AtomicBool::new(false));
    let ends = || (client.try_clone().unwrap(), server.try_clone().unwrap());
    let (up, down) = (ends(), ends());
    let (cut, own) = (Arc::clone(&is_cut), Arc::clone(shared));
    thread::spawn(move || {
        let mut seen = Vec::new();
        pass(up.0, up.1, |bytes| {
            // The words may come in two pieces.
            seen.extend_from_slice(bytes);
            let is_commit = seen.windows(COMMIT.len()).any(|words| words == COMMIT);
            if is_commit && own.armed.swap(false, Ordering::SeqCst) {
                cut.store(true, Ordering::SeqCst);
                own.lost.fetch_add(1, Ordering::SeqCst);
            }
            seen.drain(..seen.len().saturating_sub(COMMIT.len() - 1));
            true
        });
    });
    thread::spawn(move || pass(down.1, down.0, |_| !is_cut.load(Ordering::SeqCst)));
}

/// Hands bytes on until an end closes, or `look` says that these must not go on.
fn pass(mut from: TcpStream, mut to: TcpStream, mut look: impl FnMut(&[u8]) -> bool) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if !look(&bytes[..count]) || to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
