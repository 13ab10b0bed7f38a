//! Connections to PostgreSQL: encrypted where the server or the settings want it, with tables and
//! statements ready.

use std::{
    collections::VecDeque,
    fs,
    future::poll_fn,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio::task::JoinHandle;
use tokio_postgres::{AsyncMessage, Client, Config, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Failure, copy::Copies, schema};
use crate::PostgresConfig;

/// The name under which an operator finds the sink among the connections.
const APPLICATION: &str = "dateline-sink";

/// How connections are made.
pub(super) struct Connector {
    config: Config,
    tls: MakeRustlsConnect,
    schema: String,
    /// After this a session that stands in a transaction and says nothing is ended by the server,
    /// so that a sink that froze does not hold its locks for ever.
    idle_ms: u64,
}

/// Messages of the server that are kept until somebody asks.
const MOST_NOTICES: usize = 16;

/// What the server said beside its answers, the details of the last messages.
#[derive(Clone, Debug, Default)]
pub(super) struct Notices(Arc<Mutex<VecDeque<String>>>);

impl Notices {
    fn put(&self, detail: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push_back(detail.to_owned());
        if all.len() > MOST_NOTICES {
            all.pop_front();
        }
    }

    /// Takes them, the oldest first.
    pub(super) fn take(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect()
    }
}

/// A connection that is only read from.
pub(super) struct Reading {
    pub(super) client: Client,
    connection: JoinHandle<()>,
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

/// A connection with what was prepared on it.
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) copies: Copies,
    pub(super) notices: Notices,
    connection: JoinHandle<()>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

impl Connector {
    pub(super) fn new(settings: &PostgresConfig) -> anyhow::Result<Self> {
        let mut config = Config::from_str(&settings.url)
            .context("postgres.url: wants \"host=... user=... dbname=...\" or postgresql://...")?;
        anyhow::ensure!(
            !config.get_hosts().is_empty() || !config.get_hostaddrs().is_empty(),
            "postgres.url: names no host; wants \"host=... user=... dbname=...\" or postgresql://..."
        );
        if !settings.password_file.is_empty() {
            let path = &settings.password_file;
            let password = fs::read_to_string(path)
                .with_context(|| format!("postgres.password_file: {path}"))?;
            config.password(password.trim_end());
        }
        if config.get_application_name().is_none() {
            config.application_name(APPLICATION);
        }
        let tls = MakeRustlsConnect::new(tls(settings, config.get_ssl_mode())?);
        let (schema, idle_ms) = (settings.schema.clone(), settings.request_timeout_ms);
        schema::check_name(&schema)?;
        Ok(Self { config, tls, schema, idle_ms })
    }

    /// Opens a connection, and makes the tables where they are missing.
    pub(super) async fn connect(&self) -> Result<Session, Failure> {
        let (mut client, connection, notices) = self.open().await?;
        schema::prepare(&mut client, &self.schema).await?;
        client
            .batch_execute(&format!(
                "SET search_path TO {}; SET TIME ZONE 'UTC'; SET client_min_messages TO warning; \
                 SET idle_in_transaction_session_timeout TO {}",
                self.schema, self.idle_ms
            ))
            .await?;
        let copies = Copies::prepare(&client).await?;
        Ok(Session { client, copies, notices, connection })
    }

    /// Opens a connection that may change nothing; the tables are taken as they are.
    ///
    /// Its questions want a page of few rows and have an index each. Statistics cannot say so: none are kept of
    /// words, and a share of a million rows is a guess. So the plans that read a whole table to be fast on
    /// average are left out, and what pays only for seconds of work (a compiler, helpers) with them; and a page
    /// out of order costs no more than the next one, so that an index is read where it says what is asked for.
    pub(super) async fn connect_for_reading(&self) -> Result<Reading, Failure> {
        let (client, connection, _) = self.open().await?;
        client
            .batch_execute(&format!(
                "SET search_path TO {}; SET TIME ZONE 'UTC'; SET default_transaction_read_only TO on; \
                 SET statement_timeout TO {}; SET enable_seqscan TO off; SET enable_hashjoin TO off; \
                 SET enable_mergejoin TO off; SET enable_sort TO off; SET jit TO off; \
                 SET max_parallel_workers_per_gather TO 0; SET random_page_cost TO 1",
                self.schema, self.idle_ms
            ))
            .await?;
        Ok(Reading { client, connection })
    }

    async fn open(&self) -> Result<(Client, JoinHandle<()>, Notices), Failure> {
        let (client, mut connection) = self.config.connect(self.tls.clone()).await?;
        let notices = Notices::default();
        let own = notices.clone();
        let connection = tokio::spawn(async move {
            // Its error reaches the caller by the client that it ends.
            while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
                if let AsyncMessage::Notice(notice) = message {
                    notice.detail().into_iter().for_each(|detail| own.put(detail));
                }
            }
        });
        Ok((client, connection, notices))
    }
}

/// The server's certificate is always verified, by the system's authorities or by those named.
fn tls(settings: &PostgresConfig, mode: SslMode) -> anyhow::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    if settings.ca_file.is_empty() {
        let found = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(found.certs);
        anyhow::ensure!(
            mode != SslMode::Require || !roots.is_empty(),
            "postgres.ca_file: this system has no authorities of its own; name a file with yours"
        );
    } else {
        let path = &settings.ca_file;
        let certificates = CertificateDer::pem_file_iter(path)
            .with_context(|| format!("postgres.ca_file: {path}"))?;
        for certificate in certificates {
            let certificate =
                certificate.with_context(|| format!("postgres.ca_file: {path}: no PEM"))?;
            roots.add(certificate).with_context(|| format!("postgres.ca_file: {path}"))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
