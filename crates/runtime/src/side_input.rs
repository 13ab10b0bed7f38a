//! A compacted topic that a stage reads as a whole beside its input, once for all its workers.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use dateline_bus::{Bus, Limit, Reader, Received, Start, Topic};

use crate::{Stage, drive::TurnError};

/// How often it is looked at.
const INTERVAL: Duration = Duration::from_millis(500);

/// How long the first look waits for a record: a broker's first answer takes its time.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// The side topic of a stage.
pub(crate) struct SideInput {
    topic: Topic,
    place: Mutex<Option<Place>>,
}

/// How far it was read.
struct Place {
    reader: Box<dyn Reader>,
    looked: Instant,
}

impl SideInput {
    pub(crate) fn new(topic: &str) -> Self {
        Self { topic: Topic::new(topic), place: Mutex::default() }
    }

    /// Tells the stage what is new. The first worker to call reads all that is there while the
    /// others wait for it.
    pub(crate) fn read<S: Stage>(&self, bus: &dyn Bus, stage: &S) -> Result<(), TurnError> {
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        if place.as_ref().is_some_and(|place| place.looked.elapsed() < INTERVAL) {
            return Ok(());
        }
        let (mut reader, wait) = match place.take() {
            Some(known) => (known.reader, Duration::ZERO),
            None => (bus.reader(&self.topic, Start::Earliest)?, FIRST_WAIT),
        };
        loop {
            let records = reader.next(Limit::default(), wait)?;
            if records.is_empty() {
                break;
            }
            for received in &records {
                hear(stage, received);
            }
        }
        *place = Some(Place { reader, looked: Instant::now() });
        Ok(())
    }
}

fn hear<S: Stage>(stage: &S, received: &Received) {
    let Some(key) = &received.record.key else { return };
    let key = String::from_utf8_lossy(key);
    if let Err(error) = stage.hear(&key, received.record.value.as_deref()) {
        let topic = &received.topic;
        tracing::error!(service = S::NAME, %topic, %key, %error, "side input unreadable");
    }
}
