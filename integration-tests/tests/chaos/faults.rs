//! The faults: each is brought about, holds for a moment, and is taken away again.

use std::{fs, path::Path, time::Duration};

use fastrand::Rng;
use integration_tests::{kafka::Broker, postgres::Postgres};
use tokio::time::sleep;

use crate::{
    house::House,
    proxy::{Proxy, Way},
    shim::Belief,
    wire::Wire,
};

/// A fault.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Fault {
    ServiceKilled,
    ServiceEnded,
    ServiceFrozen,
    FullDisk,
    ClockAhead,
    ClockBehind,
    BadSettings,
    Twin,
    BrokenRecord,
    HugeRecord,
    RottenStore,
    BrokerKilled,
    BrokerSlow,
    BrokerStalled,
    BrokerCut,
    DatabaseKilled,
    DatabaseSlow,
    DatabaseStalled,
    DatabaseRefuses,
}

use Fault::*;

/// What may happen on either bus.
const ANYWHERE: &[Fault] = &[
    ServiceKilled,
    ServiceEnded,
    ServiceFrozen,
    ClockAhead,
    ClockBehind,
    BadSettings,
    Twin,
    BrokenRecord,
    HugeRecord,
];

/// What may happen where the services keep files of their own.
const TO_FILES: &[Fault] = &[FullDisk, RottenStore];

/// What may happen where there are a broker and a database.
const TO_SERVERS: &[Fault] = &[
    BrokerKilled,
    BrokerSlow,
    BrokerStalled,
    BrokerCut,
    DatabaseKilled,
    DatabaseSlow,
    DatabaseStalled,
    DatabaseRefuses,
];

/// All that may happen to services that talk to servers, or keep files.
pub(crate) fn kinds(has_servers: bool) -> Vec<Fault> {
    [ANYWHERE, if has_servers { TO_SERVERS } else { TO_FILES }].concat()
}

/// A broker and a database, each behind a proxy.
pub(crate) struct Servers {
    pub(crate) broker: Broker,
    pub(crate) broker_proxy: Proxy,
    pub(crate) database: Postgres,
    pub(crate) database_proxy: Proxy,
}

/// Who can be hurt.
pub(crate) struct Chaos<'a> {
    pub(crate) house: &'a mut House,
    pub(crate) wire: &'a mut Wire,
    pub(crate) servers: Option<&'a Servers>,
    pub(crate) random: Rng,
    /// The longest that a fault holds.
    pub(crate) longest: Duration,
    pub(crate) number: usize,
}

impl Chaos<'_> {
    /// Brings a fault about, and takes it away.
    pub(crate) async fn strike(&mut self, fault: Fault) {
        self.number += 1;
        let names = self.house.names;
        let victim = names[self.random.usize(..names.len())];
        match fault {
            ServiceKilled => self.house.kill_and_start(victim),
            ServiceEnded => self.house.stop_and_start(victim),
            ServiceFrozen => {
                self.house.signal(victim, "STOP");
                self.hold().await;
                self.house.signal(victim, "CONT");
            }
            FullDisk => self.believe(names, Belief { disk_is_full: true, clock_shift_s: 0 }).await,
            ClockAhead => self.shift(victim, 7_200).await,
            ClockBehind => self.shift(victim, -7_200).await,
            BadSettings => self.house.start_with_bad_settings(victim),
            Twin => self.house.twin(victim),
            BrokenRecord => {
                let name = format!("broken-{}.jsonl", self.number);
                self.wire.file(&name, "{\"id\": \"cut\", \"text\": \"The minis\n");
            }
            HugeRecord => {
                let name = format!("huge-{}.jsonl", self.number);
                let text = "France and Germany signed an agreement. ".repeat(300_000);
                self.wire.file(&name, &format!("{{\"id\": \"{name}\", \"text\": \"{text}\"}}\n"));
            }
            RottenStore => self.rot(),
            _ => self.strike_server(fault).await,
        }
    }

    async fn hold(&mut self) {
        let most = u64::try_from(self.longest.as_millis()).unwrap();
        sleep(Duration::from_millis(self.random.u64(200..most.max(201)))).await;
    }

    async fn shift(&mut self, victim: &'static str, clock_shift_s: i64) {
        self.believe(&[victim], Belief { disk_is_full: false, clock_shift_s }).await;
    }

    async fn believe(&mut self, names: &[&'static str], belief: Belief) {
        self.house.believe(names, belief);
        self.hold().await;
        self.house.believe(names, Belief::default());
    }

    async fn strike_server(&mut self, fault: Fault) {
        let servers = self.servers.expect("a fault of a server needs one");
        let slow = Way::Slow(Duration::from_millis(self.random.u64(20..200)));
        match fault {
            BrokerKilled => {
                servers.broker.kill().unwrap();
                // A broker alone that is back before its controller noticed loses markers of
                // transactions (KAFKA-20734): its session is 3 s long.
                sleep(Duration::from_secs(4)).await;
                servers.broker.restart().unwrap();
            }
            DatabaseKilled => {
                servers.database.kill().unwrap();
                self.hold().await;
                servers.database.restart().unwrap();
            }
            BrokerSlow => self.way(&servers.broker_proxy, slow).await,
            BrokerStalled => self.way(&servers.broker_proxy, Way::Stalled).await,
            BrokerCut => self.way(&servers.broker_proxy, Way::Refused).await,
            DatabaseSlow => self.way(&servers.database_proxy, slow).await,
            DatabaseStalled => self.way(&servers.database_proxy, Way::Stalled).await,
            DatabaseRefuses => self.way(&servers.database_proxy, Way::Refused).await,
            other => panic!("{other:?} is no fault of a server"),
        }
    }

    async fn way(&mut self, proxy: &Proxy, way: Way) {
        proxy.set(way);
        self.hold().await;
        proxy.set(Way::Free);
    }

    /// Pages of the embedded store rot while nobody looks: the process must end and say so; then the
    /// backup, store and warehouse of one moment, is put back.
    fn rot(&mut self) {
        const NAME: &str = "dateline";
        self.house.stop(NAME);
        let data = self.house.testbed.data();
        let warehouse = self.house.testbed.warehouse();
        let backup = data.with_extension("backup");
        copy_folder(&data, &backup);
        // What was not ended in time has left a journal beside its file, which belongs to it.
        let files =
            ["sqlite3", "sqlite3-wal", "sqlite3-shm"].map(|kind| warehouse.with_extension(kind));
        let kept = files.clone().map(|file| fs::read(file).ok());
        scribble(&store(&data), &mut self.random);
        assert!(self.house.ends_badly(NAME), "a process on a rotten store ends");
        assert!(
            self.house.log_has(NAME, "malformed") || self.house.log_has(NAME, "corrupt"),
            "it says that the store is rotten"
        );
        fs::remove_dir_all(&data).unwrap();
        fs::rename(&backup, &data).unwrap();
        for (file, bytes) in files.iter().zip(kept) {
            // It is there or not.
            let _ = fs::remove_file(file);
            if let Some(bytes) = bytes {
                fs::write(file, bytes).unwrap();
            }
        }
        self.house.start(NAME);
    }
}

/// The largest file of a folder.
fn store(folder: &Path) -> std::path::PathBuf {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let size = |path: &std::path::PathBuf| fs::metadata(path).unwrap().len();
    files.filter(|path| path.is_file()).max_by_key(size).unwrap()
}

/// Writes noise over a part of each page but the first.
fn scribble(file: &Path, random: &mut Rng) {
    const PAGE: usize = 4_096;
    let mut bytes = fs::read(file).unwrap();
    for page in bytes.chunks_mut(PAGE).skip(1) {
        random.fill(&mut page[..64]);
    }
    fs::write(file, bytes).unwrap();
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &to);
        } else {
            fs::copy(&path, to).unwrap();
        }
    }
}
