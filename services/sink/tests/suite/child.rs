//! A writer in a process of its own: this test binary again, to be killed or outrun.

use std::{
    env,
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
    thread,
    time::Duration,
};

use dateline_bus::Positions;
use dateline_runtime::{Fault, Sink, SinkRecord, Written};

use super::{
    stream::{place, record, scatter},
    target::{Target, open},
};

const MARK: &str = "writer: ";

/// The exit code of a writer that was fenced.
pub(crate) const FENCED: i32 = 3;

/// A running writer; it is killed when it goes out of scope, so that a failed test leaves none.
pub(crate) struct Writer {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Writer {
    pub(crate) fn start(target: &Target) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "writer_entry_point", "--ignored", "--nocapture"])
            .env("DATELINE_TEST_WRITER", target.words())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Waits until it says something.
    pub(crate) fn hears(&mut self) -> Option<String> {
        let mut said = self.lines.by_ref().map_while(Result::ok);
        said.find_map(|line| line.strip_prefix(MARK).map(str::to_owned))
    }

    /// As a power cut does.
    pub(crate) fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// How it ended.
    pub(crate) fn ended(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the process does: write on from the target's position, until it is fenced or killed.
pub(crate) fn run(words: &str) -> i32 {
    let target = Target::read(words);
    let mut sink = open(&target);
    let mut at = loop {
        match sink.position(&place()) {
            Ok(at) => break at.unwrap_or(0),
            Err(fault) => wait(fault),
        }
    };
    loop {
        println!("{MARK}{at}");
        let next = at + 1 + scatter(at) % 40;
        let records: Vec<SinkRecord> = (at..next).map(record).collect();
        let to = Positions::from([(place(), next)]);
        loop {
            match sink.write(&records, &to) {
                Ok(Written::Rows(_)) => break,
                Ok(Written::Fenced(_)) => return FENCED,
                Err(fault) => wait(fault),
            }
        }
        at = next;
        // A sink reads its topic in between, and others come to the lock.
        thread::sleep(Duration::from_millis(1));
    }
}

/// The runtime tries again after a pause; here it is a short one.
fn wait(fault: Fault) {
    match fault {
        Fault::Retry { .. } => thread::sleep(Duration::from_millis(10)),
        other => panic!("{other:?}"),
    }
}
