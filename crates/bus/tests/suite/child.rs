//! Child processes: this test binary again, in a role, to be killed or frozen.

use std::{
    collections::BTreeMap,
    env,
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    time::Duration,
};

use bytes::Bytes;
use dateline_bus::{
    Batch, Bus, CommitError, Limit, Output, Record, StateChange, Topic, Unit, Worker, WorkerOptions,
};

use super::{Fixture, now_ms, options, text};

const MARK: &str = "child says ";

/// Who a child is and what it reads.
#[derive(Clone)]
pub(crate) struct Role {
    pub(crate) part: &'static str,
    pub(crate) group: String,
    pub(crate) instance: &'static str,
    pub(crate) input: Topic,
    pub(crate) output: Topic,
    pub(crate) state: Option<Topic>,
}

/// A running child. It is killed when it goes out of scope, so that a failed test leaves none.
pub(crate) struct Running {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Running {
    pub(crate) fn start(fixture: &dyn Fixture, role: &Role) -> Self {
        let state = role.state.as_ref().map_or("", Topic::as_str);
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "child_entry_point", "--ignored", "--nocapture"])
            .env("DATELINE_CHILD_ROLE", role.part)
            .env("DATELINE_CHILD_ADDRESS", fixture.address())
            .env("DATELINE_CHILD_GROUP", &role.group)
            .env("DATELINE_CHILD_INSTANCE", role.instance)
            .env("DATELINE_CHILD_INPUT", role.input.as_str())
            .env("DATELINE_CHILD_OUTPUT", role.output.as_str())
            .env("DATELINE_CHILD_STATE", state)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// As a power cut does.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// `STOP` or `CONT`.
    pub(crate) fn signal(&self, signal: &str) {
        let status = Command::new("kill")
            .args([&format!("-{signal}"), &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }

    /// Whether it has ended by itself, which no child should.
    pub(crate) fn ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    pub(crate) fn tell(&mut self, line: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        writeln!(stdin, "{line}").unwrap();
    }

    /// The next thing it says.
    pub(crate) fn hear(&mut self) -> String {
        for line in self.lines.by_ref() {
            if let Some((_, said)) = line.unwrap().split_once(MARK) {
                return said.to_owned();
            }
        }
        panic!("the child ended without saying anything");
    }
}

fn say(what: &str) {
    println!("{MARK}{what}");
}

/// The child's main.
pub(crate) fn run(open: &dyn Fn(&str) -> Box<dyn Bus>) {
    let get = |name: &str| env::var(format!("DATELINE_CHILD_{name}")).unwrap();
    let bus = open(&get("ADDRESS"));
    let input = Topic::new(&get("INPUT"));
    let output = Topic::new(&get("OUTPUT"));
    let state = get("STATE");
    let options = WorkerOptions {
        state: (!state.is_empty()).then(|| Topic::new(&state)),
        ..options(&get("GROUP"), &get("INSTANCE"), &[&input])
    };
    match get("ROLE").as_str() {
        "relay" => relay(bus.as_ref(), &options, &output),
        "freeze" => freeze(bus.as_ref(), options, &output),
        other => panic!("no role {other}"),
    }
}

/// Passes records on for ever, each with the count of its key so far, which is the state.
fn relay(bus: &dyn Bus, options: &WorkerOptions, output: &Topic) {
    loop {
        let Ok(mut worker) = bus.worker(options.clone()) else {
            std::thread::sleep(Duration::from_millis(50));
            continue;
        };
        while relay_unit(worker.as_mut(), output) {}
    }
}

/// Whether the worker can go on.
fn relay_unit(worker: &mut dyn Worker, output: &Topic) -> bool {
    let limit = Limit { records: 200, bytes: 1 << 20 };
    let Ok(batch) = worker.poll(limit, Duration::from_millis(100)) else {
        return false;
    };
    let Ok(unit) = counted(worker, &batch, output) else {
        return false;
    };
    !matches!(worker.commit(batch, unit), Err(CommitError::Fatal(_) | CommitError::TooLarge { .. }))
}

fn counted(worker: &mut dyn Worker, batch: &Batch, output: &Topic) -> dateline_bus::Result<Unit> {
    let mut counts: BTreeMap<Bytes, u64> = BTreeMap::new();
    let mut unit = Unit::default();
    for received in &batch.records {
        let key = received.record.key.clone().unwrap_or_default();
        let count = match counts.get(&key) {
            Some(count) => count + 1,
            None => match worker.state(received.partition, &key)? {
                Some(count) => text(Some(&count)).parse::<u64>().unwrap() + 1,
                None => 1,
            },
        };
        counts.insert(key.clone(), count);
        let value = format!("{} {count}", super::value(received));
        let record =
            Record { key: Some(key), value: Some(value.into()), ..received.record.clone() };
        let topic = output.clone();
        unit.outputs.push(Output { topic, record });
    }
    unit.state = counts
        .into_iter()
        .map(|(key, count)| StateChange {
            key,
            value: Some(count.to_string().into()),
            timestamp_ms: now_ms(),
        })
        .collect();
    Ok(unit)
}

/// Polls a batch, waits to be told, and commits it: in between it is frozen.
fn freeze(bus: &dyn Bus, options: WorkerOptions, output: &Topic) {
    let mut worker = bus.worker(options).unwrap();
    let batch = super::poll_some(worker.as_mut());
    say(&format!("polled {}", batch.records.len()));
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    let outputs = batch.records.iter().map(|received| received.record.clone());
    let unit = super::unit(output, outputs);
    match worker.commit(batch, unit) {
        Ok(()) => say("committed"),
        Err(CommitError::Fenced) => say("fenced"),
        Err(error) => say(&format!("failed: {error}")),
    }
}
