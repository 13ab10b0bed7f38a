//! Lets the controller learn of a broker's death before the broker is back.
//!
//! Apache Kafka 4 (to 4.4.0 at least) loses the markers that end a transaction when a broker
//! comes back before its death is known: it takes its partitions up as their leader of old, then
//! learns that they have none, and drops the markers that wait as if their topics were deleted
//! (KAFKA-20734). The transaction stays open in the partitions until the next one of its producer
//! ends it, too, be it with the other outcome; no client can prevent that.
//! A controller of its own would have noticed the death by the missing heartbeats; that of these
//! tests died with its broker, so it runs alone for a moment.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const PATIENCE: Duration = Duration::from_mins(1);
/// Well over `controller.quorum.append.linger.ms`, after which what is decided is written.
const WRITTEN: Duration = Duration::from_millis(300);

/// Runs the controller in a dead broker's folder until it has taken the leadership of all
/// partitions away.
pub(super) fn dead_broker(folder: &Path) {
    let settings = fs::read_to_string(folder.join("server.properties")).unwrap();
    fs::write(folder.join("controller.properties"), controller_alone(&settings)).unwrap();
    let logging = fs::read_to_string(folder.join("log4j2.xml")).unwrap();
    let logging = logging.replace("<Root level=\"WARN\">", "<Root level=\"INFO\">");
    fs::write(folder.join("controller.xml"), logging).unwrap();
    let log = folder.join("controller.log");
    let mut controller = Killed(start(folder, &log));
    let deadline = Instant::now() + PATIENCE;
    while !is_fenced(&fs::read_to_string(&log).unwrap()) {
        let text = "the controller did not notice the broker's death";
        assert!(
            controller.0.try_wait().unwrap().is_none(),
            "{text}: it ended; see {}",
            log.display()
        );
        assert!(Instant::now() < deadline, "{text} in time; see {}", log.display());
        thread::sleep(Duration::from_millis(50));
    }
    thread::sleep(WRITTEN);
}

/// Whether the fencing, which follows the replay of earlier ones, is decided.
fn is_fenced(log: &str) -> bool {
    log.split_once("Fencing broker").is_some_and(|(_, since)| since.contains("fenced=1"))
}

fn controller_alone(settings: &str) -> String {
    let lines = settings.lines().filter_map(|line| match line.split_once('=') {
        Some(("process.roles", _)) => Some("process.roles=controller".to_owned()),
        Some(("listeners", all)) => all.split_once(',').map(|(_, own)| format!("listeners={own}")),
        Some(("advertised.listeners", _)) => None,
        Some(("broker.session.timeout.ms", _)) => Some("broker.session.timeout.ms=1000".to_owned()),
        _ => Some(line.to_owned()),
    });
    lines.map(|line| line + "\n").collect()
}

fn start(folder: &Path, log: &Path) -> Child {
    let jars = env::var_os("DATELINE_KAFKA_HOME").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/kafka"),
        PathBuf::from,
    );
    let log = fs::File::create(log).unwrap();
    Command::new("java")
        .args(["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"])
        .arg(format!("-Dlog4j2.configurationFile={}", folder.join("controller.xml").display()))
        .args(["-cp", &format!("{}/libs/*", jars.display()), "kafka.Kafka"])
        .arg(folder.join("controller.properties"))
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// A process that ends with its owner.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
