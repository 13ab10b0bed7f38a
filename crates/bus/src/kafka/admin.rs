//! Creating topics, and refusing those that are not what they should be.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::pin,
    sync::Arc,
    task::{self, Poll, Wake},
    thread::{self, Thread},
    time::{Duration, Instant},
};

use rdkafka::{
    admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication},
    config::FromClientConfigAndContext,
    consumer::Consumer,
    error::{KafkaError, RDKafkaErrorCode},
};

use super::{Shared, context::Context, error::bus_error, options::MAX_MESSAGE_BYTES, scan};
use crate::{BusError, Cleanup, Result, Topic, TopicSpec};

const MIN_SEGMENT_BYTES: u64 = 1024 * 1024;
const MAX_SEGMENT_BYTES: u64 = 1024 * 1024 * 1024;
/// The active segment is never compacted, and all of it is replayed when a worker starts.
const COMPACT_SEGMENT_BYTES: u64 = 64 * 1024 * 1024;

pub(super) fn ensure_topics(shared: &Shared, specs: &[TopicSpec]) -> Result<()> {
    let config = shared.options.client(&[]);
    let admin = AdminClient::from_config_and_context(&config, Context::of(&config))
        .map_err(|error| bus_error("making a client", &error, &Context::of(&config)))?;
    let existing = partitions(shared, &admin)?;
    let mut missing = Vec::new();
    for spec in specs {
        match existing.get(spec.topic.as_str()) {
            None => missing.push(spec),
            Some(partitions) => {
                check_partitions(spec, *partitions)?;
                check_cleanup(shared, &admin, spec)?;
            }
        }
    }
    create(shared, &admin, &missing)?;
    wait_for(shared, &admin, &missing)
}

/// All topics as they are, without the broker's own.
pub(super) fn topics(shared: &Shared) -> Result<Vec<TopicSpec>> {
    let config = shared.options.client(&[]);
    let admin = AdminClient::from_config_and_context(&config, Context::of(&config))
        .map_err(|error| bus_error("making a client", &error, &Context::of(&config)))?;
    let mut found = partitions(shared, &admin)?;
    found.retain(|name, _| !name.starts_with("__"));
    let mut specs = Vec::new();
    for (name, partitions) in found {
        let settings = topic_settings(shared, &admin, &name)?;
        let topic = Topic::new(&name);
        specs.push(TopicSpec { topic, partitions, cleanup: cleanup_of(&settings) });
    }
    Ok(specs)
}

/// What the settings of a topic say of old records; Kafka's -1 is no bound.
fn cleanup_of(settings: &BTreeMap<String, String>) -> Cleanup {
    let setting = |name: &str| settings.get(name).map(String::as_str).unwrap_or_default();
    if setting("cleanup.policy") == cleanup_policy(Cleanup::Compact) {
        return Cleanup::Compact;
    }
    let age = setting("retention.ms").parse().map_or(Duration::MAX, Duration::from_millis);
    Cleanup::Delete { age, bytes: setting("retention.bytes").parse().unwrap_or(u64::MAX) }
}

fn topic_settings(
    shared: &Shared,
    admin: &AdminClient<Context>,
    topic: &str,
) -> Result<BTreeMap<String, String>> {
    let doing = "reading a topic's settings";
    let context = admin.inner().context();
    let resource = ResourceSpecifier::Topic(topic);
    let asked = admin.describe_configs([&resource], &admin_options(shared));
    let answer = block_on(asked).map_err(|error| bus_error(doing, &error, context))?;
    let mut found = BTreeMap::new();
    for resource in answer {
        let resource =
            resource.map_err(|code| bus_error(doing, &KafkaError::AdminOp(code), context))?;
        let entries = resource.entries.into_iter();
        found.extend(entries.filter_map(|entry| Some((entry.name, entry.value?))));
    }
    Ok(found)
}

/// How long to wait before a consumer looks for the reason why no broker answers, and how long it may.
const LOOK: Duration = Duration::from_secs(5);

/// An administrator's client is never told why a connection was refused, a consumer is: where no
/// broker answers, one asks for the reason.
fn unreached(shared: &Shared, error: &KafkaError, context: &Context) -> BusError {
    let doing = "listing topics";
    let Ok(consumer) = scan::client(shared, "read_committed") else {
        return bus_error(doing, error, context);
    };
    let end = Instant::now() + LOOK.min(shared.options.request_timeout());
    while consumer.context().trouble().is_none() && Instant::now() < end {
        // Whatever comes is told to the context, too.
        let _ = consumer.poll(Duration::from_millis(100));
    }
    bus_error(doing, error, consumer.context())
}

/// All topics with their numbers of partitions.
fn partitions(shared: &Shared, admin: &AdminClient<Context>) -> Result<BTreeMap<String, u32>> {
    let client = admin.inner();
    let end = Instant::now() + shared.options.request_timeout();
    let metadata = loop {
        let left = end.saturating_duration_since(Instant::now());
        let error = match client.fetch_metadata(None, left.min(LOOK)) {
            Ok(metadata) => break metadata,
            Err(error) => unreached(shared, &error, client.context()),
        };
        // What a person must mend is told at once.
        if matches!(error, BusError::Fatal(_)) || Instant::now() >= end {
            return Err(error);
        }
    };
    let count = |topic: &rdkafka::metadata::MetadataTopic| {
        u32::try_from(topic.partitions().len()).unwrap_or(u32::MAX)
    };
    let topics = metadata.topics().iter();
    Ok(topics.map(|topic| (topic.name().to_owned(), count(topic))).collect())
}

fn check_partitions(spec: &TopicSpec, partitions: u32) -> Result<()> {
    if spec.partitions == partitions {
        return Ok(());
    }
    Err(BusError::Fatal(format!(
        "topic {} has {partitions} partitions, not {}: keys would move; set the number that it \
         has, or drain and delete it",
        spec.topic, spec.partitions
    )))
}

/// A state topic that deletes by age would forget; its times and sizes are the operator's.
fn check_cleanup(shared: &Shared, admin: &AdminClient<Context>, spec: &TopicSpec) -> Result<()> {
    let settings = topic_settings(shared, admin, spec.topic.as_str())?;
    let Some(actual) = settings.get("cleanup.policy") else {
        return Ok(());
    };
    let wanted = cleanup_policy(spec.cleanup);
    if actual == wanted {
        return Ok(());
    }
    Err(BusError::Fatal(format!(
        "topic {} has cleanup.policy={actual}, not {wanted}: alter it with kafka-configs",
        spec.topic
    )))
}

fn create(shared: &Shared, admin: &AdminClient<Context>, specs: &[&TopicSpec]) -> Result<()> {
    if specs.is_empty() {
        return Ok(());
    }
    let settings: Vec<_> = specs.iter().map(|spec| settings(spec.cleanup)).collect();
    let topics: Vec<_> = specs
        .iter()
        .zip(&settings)
        .map(|(spec, settings)| new_topic(shared, spec, settings))
        .collect();
    let doing = "creating topics";
    let context = admin.inner().context();
    let results = block_on(admin.create_topics(&topics, &admin_options(shared)))
        .map_err(|error| bus_error(doing, &error, context))?;
    for result in results {
        match result {
            Ok(name) => tracing::info!(topic = name, "topic created"),
            // Another process was faster; `wait_for` checks what it made.
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((name, code)) => {
                let doing = format!("creating topic {name}");
                return Err(bus_error(&doing, &KafkaError::AdminOp(code), context));
            }
        }
    }
    Ok(())
}

/// Kafka answers before all brokers know a new topic.
fn wait_for(shared: &Shared, admin: &AdminClient<Context>, specs: &[&TopicSpec]) -> Result<()> {
    let deadline = Instant::now() + shared.options.request_timeout();
    for spec in specs {
        loop {
            match partitions(shared, admin)?.get(spec.topic.as_str()) {
                Some(0) | None if Instant::now() >= deadline => {
                    let topic = &spec.topic;
                    return Err(BusError::Unavailable(format!(
                        "kafka: topic {topic} was created but no broker tells of it"
                    )));
                }
                Some(0) | None => thread::sleep(Duration::from_millis(50)),
                Some(partitions) => break check_partitions(spec, *partitions)?,
            }
        }
    }
    Ok(())
}

fn admin_options(shared: &Shared) -> AdminOptions {
    let timeout = Some(shared.options.request_timeout());
    AdminOptions::new().request_timeout(timeout).operation_timeout(timeout)
}

fn new_topic<'a>(
    shared: &Shared,
    spec: &'a TopicSpec,
    settings: &'a [(&'static str, String)],
) -> NewTopic<'a> {
    let copies = shared.options.replication_factor.map_or(-1, i32::from);
    let partitions = i32::try_from(spec.partitions).unwrap_or(i32::MAX);
    let topic = NewTopic::new(spec.topic.as_str(), partitions, TopicReplication::Fixed(copies));
    settings.iter().fold(topic, |topic, (name, value)| topic.set(name, value))
}

fn cleanup_policy(cleanup: Cleanup) -> &'static str {
    match cleanup {
        Cleanup::Delete { .. } => "delete",
        Cleanup::Compact => "compact",
    }
}

fn settings(cleanup: Cleanup) -> Vec<(&'static str, String)> {
    let mut settings = vec![
        ("cleanup.policy", cleanup_policy(cleanup).to_owned()),
        ("max.message.bytes", MAX_MESSAGE_BYTES.to_string()),
        ("message.timestamp.type", "CreateTime".to_owned()),
        // The embedded bus takes every time, so Kafka must, too.
        ("message.timestamp.after.max.ms", i64::MAX.to_string()),
        ("message.timestamp.before.max.ms", i64::MAX.to_string()),
    ];
    match cleanup {
        Cleanup::Delete { age, bytes } => {
            let bytes = bytes.min(i64::MAX.unsigned_abs());
            let age_ms = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
            // Kafka removes whole segments: four of them keep it near the wanted size.
            let segment = (bytes / 4).clamp(MIN_SEGMENT_BYTES, MAX_SEGMENT_BYTES);
            settings.push(("retention.ms", age_ms.to_string()));
            settings.push(("retention.bytes", bytes.to_string()));
            settings.push(("segment.bytes", segment.to_string()));
        }
        Cleanup::Compact => settings.push(("segment.bytes", COMPACT_SEGMENT_BYTES.to_string())),
    }
    settings
}

pub(super) fn no_topic(topic: &Topic, code: RDKafkaErrorCode) -> Option<BusError> {
    let unknown = matches!(
        code,
        RDKafkaErrorCode::UnknownTopicOrPartition
            | RDKafkaErrorCode::UnknownTopic
            | RDKafkaErrorCode::UnknownPartition
    );
    unknown.then(|| BusError::NoTopic(topic.clone()))
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a future of the admin client, which a thread of librdkafka completes.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut context = task::Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_keep_what_the_topic_promises() {
        let check = |cleanup: Cleanup, name: &str, expected: Option<&str>| {
            let settings = settings(cleanup);
            let found = settings.iter().find(|setting| setting.0 == name);
            assert_eq!(found.map(|setting| setting.1.as_str()), expected, "{name}");
        };
        let age = Duration::from_hours(24);
        let small = Cleanup::Delete { age, bytes: 1_000 };
        check(small, "cleanup.policy", Some("delete"));
        check(small, "retention.ms", Some("86400000"));
        check(small, "retention.bytes", Some("1000"));
        check(small, "segment.bytes", Some("1048576"));
        let bytes = 80 * 1024 * 1024;
        check(Cleanup::Delete { age, bytes }, "segment.bytes", Some("20971520"));
        let endless = Cleanup::Delete { age: Duration::MAX, bytes: u64::MAX };
        check(endless, "retention.ms", Some("9223372036854775807"));
        check(endless, "retention.bytes", Some("9223372036854775807"));
        check(Cleanup::Compact, "cleanup.policy", Some("compact"));
        check(Cleanup::Compact, "retention.ms", None);
    }
}
