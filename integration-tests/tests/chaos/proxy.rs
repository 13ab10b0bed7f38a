//! A proxy on loopback that can be slow, stand still, cut its connections and refuse new ones.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

/// What the way through the proxy is like.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Way {
    Free,
    /// Each piece of bytes is held up for so long.
    Slow(Duration),
    /// Nothing passes, and nobody is told.
    Stalled,
    /// Connections are cut, new ones are closed at once.
    Refused,
}

/// A proxy; it ends when dropped.
#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    server: watch::Sender<Option<SocketAddr>>,
    way: watch::Sender<Way>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Listens on a free port; where to, may be told later.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (server, to) = watch::channel(None);
        let (way, ways) = watch::channel(Way::Free);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if let (Some(server), false) = (*to.borrow(), *ways.borrow() == Way::Refused) {
                    tokio::spawn(join(client, server, ways.clone()));
                }
            }
        });
        Self { address, server, way, task }
    }

    pub(crate) fn lead_to(&self, server: SocketAddr) {
        self.server.send_replace(Some(server));
    }

    pub(crate) fn set(&self, way: Way) {
        self.way.send_replace(way);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn join(client: TcpStream, server: SocketAddr, ways: watch::Receiver<Way>) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let mut cut = ways.clone();
    // The end of one direction ends the other, as a cut wire does.
    tokio::select! {
        () = pass(from_client, to_server, ways.clone()) => {}
        () = pass(from_server, to_client, ways) => {}
        _ = cut.wait_for(|way| *way == Way::Refused) => {}
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut ways: watch::Receiver<Way>) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length) = from.read(&mut buffer).await {
        if length == 0 {
            return;
        }
        let Ok(way) = ways.wait_for(|way| *way != Way::Stalled).await.map(|way| *way) else {
            return;
        };
        if let Way::Slow(pause) = way {
            tokio::time::sleep(pause).await;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
