//! The services of a run as processes of their own, and who starts again what has ended.

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command, time::Duration};

use integration_tests::pipeline::{Running, Testbed, binary};

use crate::shim::{Belief, Shim};

/// How long a process may take to end when it is asked to, or when its settings are wrong: somewhat more
/// than `runtime.drain_deadline_ms`.
const END: Duration = Duration::from_secs(40);

/// Lines of each log that a run which fails shows.
const LINES: usize = 15;

/// The processes of one run.
pub(crate) struct House {
    pub(crate) testbed: Testbed,
    pub(crate) names: &'static [&'static str],
    shim: Shim,
    running: BTreeMap<&'static str, Running>,
    /// Second processes of the same instance.
    twins: BTreeMap<&'static str, Running>,
    /// How many processes ended by themselves and were started again.
    pub(crate) restarts: usize,
}

impl House {
    pub(crate) fn new(testbed: Testbed, names: &'static [&'static str], shim: Shim) -> Self {
        let mut house = Self {
            testbed,
            names,
            shim,
            running: BTreeMap::new(),
            twins: BTreeMap::new(),
            restarts: 0,
        };
        for name in names {
            house.start(name);
        }
        house
    }

    /// Tells the services on Kafka of the sources.
    pub(crate) fn tell_sources(testbed: &Testbed) {
        let told = Command::new(binary("dateline").unwrap())
            .arg("sources")
            .arg(testbed.sources())
            .arg("--config")
            .arg(testbed.settings())
            .output()
            .unwrap();
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    }

    fn process(&self, name: &str) -> Running {
        let sources = self.testbed.sources().display().to_string();
        let is_whole = name == "dateline";
        let arguments: &[&str] = if is_whole { &["run", "--sources", &sources] } else { &[] };
        let mut variables = self.shim.environment(name).to_vec();
        variables.push(("DATELINE_RUNTIME__INSTANCE", PathBuf::from(format!("{name}-0"))));
        self.testbed.start_in(name, arguments, &variables).unwrap()
    }

    pub(crate) fn start(&mut self, name: &'static str) {
        let process = self.process(name);
        self.running.insert(name, process);
    }

    /// Starts what has ended by itself, as a cluster does.
    pub(crate) fn tend(&mut self) {
        let ended =
            |(name, running): (&&'static str, &mut Running)| running.has_ended().then_some(*name);
        let ended: Vec<_> = self.running.iter_mut().filter_map(ended).collect();
        self.twins.retain(|_, twin| !twin.has_ended());
        for name in ended {
            if let Some(twin) = self.twins.remove(name) {
                self.running.insert(name, twin);
            } else {
                self.restarts += 1;
                self.start(name);
            }
        }
    }

    pub(crate) fn kill(&mut self, name: &'static str) {
        self.running.remove(name).unwrap().kill().unwrap();
    }

    pub(crate) fn kill_and_start(&mut self, name: &'static str) {
        self.kill(name);
        self.start(name);
    }

    /// Asks a process to end, and waits until it has. One that has only begun may not listen yet, so
    /// how it ends is no matter here.
    pub(crate) fn stop(&mut self, name: &'static str) {
        self.twins.remove(name);
        let mut running = self.running.remove(name).unwrap();
        running.signal("TERM").unwrap();
        assert!(running.ended_well(END).unwrap().is_some(), "{name} ends when it is asked to");
    }

    pub(crate) fn stop_and_start(&mut self, name: &'static str) {
        self.stop(name);
        self.start(name);
    }

    pub(crate) fn signal(&self, name: &str, signal: &str) {
        self.running[name].signal(signal).unwrap();
    }

    pub(crate) fn believe(&self, names: &[&str], belief: Belief) {
        for name in names {
            self.shim.believe(name, belief);
        }
    }

    /// A second process of the same name and instance: whichever begins later takes the place of the
    /// other, which ends with its next unit of work.
    pub(crate) fn twin(&mut self, name: &'static str) {
        let second = self.process(name);
        if let Some(third) = self.twins.insert(name, second) {
            third.kill().unwrap();
        }
    }

    /// Starts a process with a setting that does not exist: it must end and name it.
    pub(crate) fn start_with_bad_settings(&mut self, name: &'static str) {
        self.kill(name);
        let path = self.testbed.settings();
        let good = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{good}\nmin_host_intervall_ms = 1\n")).unwrap();
        let has_ended = self.ends_badly(name);
        fs::write(&path, good).unwrap();
        assert!(has_ended, "{name} ends when a setting is wrong");
        assert!(self.log_has(name, "min_host_intervall_ms"), "{name} names the wrong setting");
        self.start(name);
    }

    /// Whether words stand in the log of a process.
    pub(crate) fn log_has(&self, name: &str, words: &str) -> bool {
        fs::read_to_string(self.testbed.log(name)).unwrap_or_default().contains(words)
    }

    /// Whether a process that nobody watches over ends with an error.
    pub(crate) fn ends_badly(&self, name: &str) -> bool {
        self.process(name).ended_well(END).unwrap() == Some(false)
    }

    /// Ends all processes, which are at rest.
    pub(crate) fn stop_all(&mut self) {
        for twin in std::mem::take(&mut self.twins).into_values() {
            twin.kill().unwrap();
        }
        for (name, running) in std::mem::take(&mut self.running) {
            assert!(running.stop(END).unwrap(), "{name} drains and exits with 0");
        }
    }
}

impl Drop for House {
    /// Where a run fails, the last lines of each log tell more than the assertion.
    fn drop(&mut self) {
        for name in self.names.iter().filter(|_| std::thread::panicking()) {
            let log = fs::read_to_string(self.testbed.log(name)).unwrap_or_default();
            let lines: Vec<&str> = log.lines().filter(|line| !line.contains("INFO")).collect();
            println!("== {name}\n{}", lines[lines.len().saturating_sub(LINES)..].join("\n"));
        }
    }
}
