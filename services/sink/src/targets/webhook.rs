//! Webhook: each version of a story is sent to a receiver, signed as Standard Webhooks say, at least
//! once and with the same id each time. A folder holds how far the receiver has got.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    fs,
};

use anyhow::{Context, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use dateline_bus::{Place, Positions};
use dateline_record::{ContentHash, Record, Timestamp};
use dateline_runtime::{Fault, Landing, SinkRecord, Written, clock};
use futures_util::{StreamExt, stream};
use hmac::{Hmac, Mac};
use reqwest::header::CONTENT_TYPE;
use sha2::Sha256;

use crate::{
    Target, WebhookConfig,
    folder::Folder,
    http::{Failure, Http, send},
    json, log,
    model::{TABLES, Table},
    plan,
    unfit::{Limits, unfit},
};

/// What a secret begins with.
const SECRET: &str = "whsec_";

/// A receiver of POSTs.
pub(crate) struct Webhook {
    folder: Folder,
    http: Http,
    post: Post,
    in_flight: usize,
    /// What was taken of a unit whose other requests failed: it is not sent again with them.
    taken: RefCell<BTreeSet<(Place, u64)>>,
}

/// Where to and with what secret.
struct Post {
    url: reqwest::Url,
    secret: Vec<u8>,
}

impl Webhook {
    pub(crate) fn open(config: &WebhookConfig) -> anyhow::Result<Self> {
        let url = reqwest::Url::parse(&config.url)
            .with_context(|| "webhook.url: wants the address of the receiver, https://...")?;
        let secret = fs::read_to_string(&config.secret_file)
            .with_context(|| format!("webhook.secret_file: {:?}", config.secret_file))?;
        let secret = secret.trim();
        let secret = STANDARD
            .decode(secret.strip_prefix(SECRET).unwrap_or(secret))
            .context("webhook.secret_file: wants whsec_ and base64")?;
        ensure!(
            (24..=64).contains(&secret.len()),
            "webhook.secret_file: wants a secret of 24 to 64 bytes, has {}",
            secret.len()
        );
        Ok(Self {
            folder: Folder::open("webhook.path", &config.path)?,
            http: Http::new(config.request_timeout_ms)?,
            post: Post { url, secret },
            in_flight: config.in_flight.max(1),
            taken: RefCell::default(),
        })
    }
}

/// Names a message by what it says: it has the same id each time, and no other has it.
fn message_id(record: &SinkRecord) -> Result<String, Failure> {
    let (revision, json) = match &record.record {
        Landing::Events(result) => (result.story.revision, result.to_json()),
        Landing::Relations(record) => (record.revision, record.to_json()),
    };
    let json = json.map_err(|error| Failure::Fatal(error.to_string()))?;
    Ok(format!("{}-{revision}-{}", plan::story_id(record), ContentHash::of(&json)))
}

/// What a message says: the rows that the version has in each table.
fn body(record: &SinkRecord, now: Timestamp) -> Result<Vec<u8>, Failure> {
    let mut tables: BTreeMap<&str, (&Table, Vec<Vec<u8>>)> = BTreeMap::new();
    let mut failed = None;
    log::rows(record, now, |table, values| {
        let mut row = Vec::new();
        failed = json::row(&mut row, &table.log_columns(), &values).err().or(failed.take());
        tables.entry(table.name).or_insert((table, Vec::new())).1.push(row);
    });
    if let Some(error) = failed {
        return Err(error.into());
    }
    let kind = match &record.record {
        Landing::Events(_) => "story",
        Landing::Relations(_) => "relations",
    };
    let mut body = format!(
        "{{\"type\":\"{kind}.{}\",\"timestamp\":\"{now}\",\"data\":{{",
        plan::log(record, now).op
    )
    .into_bytes();
    let listed = TABLES.iter().filter_map(|table| tables.get(table.name));
    for (number, (table, rows)) in listed.enumerate() {
        let comma = if number > 0 { "," } else { "" };
        body.extend_from_slice(format!("{comma}\"{}\":[", table.name).as_bytes());
        body.extend_from_slice(&rows.join(&b','));
        body.push(b']');
    }
    body.extend_from_slice(b"}}");
    Ok(body)
}

impl Post {
    /// The signature of a message: over its id, the time and its bytes.
    fn signature(&self, id: &str, seconds: i64, body: &[u8]) -> Result<String, Failure> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret)
            .map_err(|error| Failure::Fatal(format!("webhook.secret_file: {error}")))?;
        mac.update(format!("{id}.{seconds}.").as_bytes());
        mac.update(body);
        Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }

    async fn send(&self, http: &Http, record: &SinkRecord) -> Result<(), Failure> {
        let now = clock::now();
        let (id, body) = (message_id(record)?, body(record, now)?);
        let seconds = now.as_millis().div_euclid(1_000);
        let request = http
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", self.signature(&id, seconds, &body)?)
            .body(body);
        send(request).await.map(|_| ())
    }
}

/// Sends records: those of one story one after the other, those of several at once.
async fn deliver(
    (http, post): (&Http, &Post),
    in_flight: usize,
    records: &[&SinkRecord],
    taken: &RefCell<BTreeSet<(Place, u64)>>,
) -> Result<u64, Failure> {
    let mut stories: BTreeMap<&str, Vec<&SinkRecord>> = BTreeMap::new();
    for record in records {
        stories.entry(plan::story_id(record)).or_default().push(record);
    }
    let has_failed = Cell::new(false);
    let story = async |records: Vec<&SinkRecord>| {
        for record in records {
            let key = (record.place.clone(), record.offset);
            if !taken.borrow().contains(&key) && !has_failed.get() {
                post.send(http, record).await.inspect_err(|_| has_failed.set(true))?;
                taken.borrow_mut().insert(key);
            }
        }
        Ok::<(), Failure>(())
    };
    let sent = stream::iter(stories.into_values()).map(story).buffer_unordered(in_flight);
    // After a failure none is begun, but what is under way is waited for: it need not come twice.
    let ended: Vec<Result<(), Failure>> = sent.collect().await;
    ended.into_iter().collect::<Result<(), Failure>>()?;
    taken.borrow_mut().clear();
    Ok(records.len() as u64)
}

impl Target for Webhook {
    fn position(&mut self, place: &Place) -> Result<Option<u64>, Fault> {
        // Whatever was under way is begun anew from where the folder stands.
        self.taken.borrow_mut().clear();
        let claimed = self.folder.claim(place).map_err(Failure::from)?;
        Ok(claimed)
    }

    fn unfit(&self, record: &Landing) -> Option<String> {
        unfit(record, &Limits::NONE)
    }

    fn write(&mut self, records: &[SinkRecord], next: &Positions) -> Result<Written, Fault> {
        let Self { folder, http, post, in_flight, taken } = self;
        let written = folder.commit(records, next, |_, _, records| {
            http.tokio.block_on(deliver((http, post), *in_flight, records, taken))
        });
        Ok(written?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_signed_as_the_standard_says() {
        // The example of the standard's own libraries.
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let post = Post { url: "http://127.0.0.1/".parse().unwrap(), secret };
        let signature = post.signature(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signature.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
