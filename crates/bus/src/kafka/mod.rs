//! The bus on Apache Kafka: transactions by librdkafka, one blocking worker for each thread.

mod admin;
mod context;
mod error;
mod lag;
mod member;
mod offsets;
mod options;
mod reader;
mod scan;
mod state;
mod worker;
mod writer;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use rdkafka::{
    ClientConfig,
    client::Client,
    config::FromClientConfigAndContext,
    consumer::{BaseConsumer, Consumer},
    error::{KafkaError, RDKafkaErrorCode},
};

use self::{context::Context, error::bus_error, offsets::places};
use crate::{
    Bus, BusError, Go, PartitionLag, Place, Positions, Reader, Received, Result, Start, Topic,
    TopicSpec, Worker, WorkerOptions,
};

pub use options::KafkaOptions;

/// What all workers and readers of one bus share.
struct Shared {
    options: KafkaOptions,
    /// The number of partitions of the topics met so far; it never changes.
    partitions: Mutex<BTreeMap<Topic, u32>>,
}

impl Shared {
    fn partitions(&self, client: &Client<Context>, topic: &Topic) -> Result<u32> {
        let known = || self.partitions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(partitions) = known().get(topic) {
            return Ok(*partitions);
        }
        let partitions = self.ask_partitions(client, topic)?;
        known().insert(topic.clone(), partitions);
        Ok(partitions)
    }

    fn ask_partitions(&self, client: &Client<Context>, topic: &Topic) -> Result<u32> {
        let doing = format!("reading about topic {topic}");
        let fail = |code: RDKafkaErrorCode| {
            admin::no_topic(topic, code).unwrap_or_else(|| {
                bus_error(&doing, &KafkaError::MetadataFetch(code), client.context())
            })
        };
        let metadata = client
            .fetch_metadata(Some(topic.as_str()), self.options.request_timeout())
            .map_err(|error| bus_error(&doing, &error, client.context()))?;
        let Some(found) = metadata.topics().first() else {
            return Err(BusError::NoTopic(topic.clone()));
        };
        if let Some(error) = found.error() {
            return Err(fail(error.into()));
        }
        let partitions = found.partitions().len();
        if partitions == 0 {
            return Err(fail(RDKafkaErrorCode::UnknownTopicOrPartition));
        }
        Ok(u32::try_from(partitions).unwrap_or(u32::MAX))
    }
}

fn consumer(config: &ClientConfig) -> Result<BaseConsumer<Context>> {
    BaseConsumer::from_config_and_context(config, Context::of(config))
        .map_err(|error| bus_error("making a client", &error, &Context::of(config)))
}

/// Topics on Apache Kafka.
pub struct Kafka(Arc<Shared>);

impl Kafka {
    /// A bus on the brokers that `options` names. Connects to none yet.
    pub fn open(options: KafkaOptions) -> Result<Self> {
        options.check()?;
        Ok(Self(Arc::new(Shared { options, partitions: Mutex::default() })))
    }
}

impl Bus for Kafka {
    fn ensure_topics(&self, topics: &[TopicSpec]) -> Result<()> {
        admin::ensure_topics(&self.0, topics)
    }

    fn worker(&self, options: WorkerOptions) -> Result<Box<dyn Worker>> {
        let worker = worker::KafkaWorker::open(Arc::clone(&self.0), &options)?;
        Ok(Box::new(worker))
    }

    fn reader(&self, topic: &Topic, from: Start) -> Result<Box<dyn Reader>> {
        let reader = reader::KafkaReader::open(Arc::clone(&self.0), topic, from)?;
        Ok(Box::new(reader))
    }

    fn topics(&self) -> Result<Vec<TopicSpec>> {
        admin::topics(&self.0)
    }

    fn starts(&self, topic: &Topic, from: Start) -> Result<Positions> {
        let consumer = scan::client(&self.0, "read_committed")?;
        let partitions = self.0.partitions(consumer.client(), topic)?;
        let places: Vec<Place> = (0..partitions).map(|n| (topic.clone(), n)).collect();
        offsets::starts(&self.0, &consumer, &places, from)
    }

    fn scan(&self, from: &Positions, take: &mut dyn FnMut(Received) -> Go) -> Result<()> {
        let consumer = scan::client(&self.0, "read_committed")?;
        scan::scan(&self.0, &consumer, from, take)
    }

    fn lag(&self, group: &str, topics: &[Topic]) -> Result<Vec<PartitionLag>> {
        lag::lag(&self.0, group, topics)
    }
}
