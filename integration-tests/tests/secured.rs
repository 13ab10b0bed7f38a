//! The pipeline on an Apache Kafka that lets each service do only what the chart's `KafkaUser` allows:
//! stories arrive; a service with another's name is refused, a wrong password, too; no secret is told.
//! Built with `kafka-tls` by `SASL_SSL` and SCRAM-SHA-512, else by `SASL_PLAINTEXT` and PLAIN.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use integration_tests::{
    acl::{self, Rule},
    kafka::Broker,
    pipeline::{Running, binary, open},
};

const SERVICES: [&str; 5] = ["fetcher", "cleaner", "entity-extractor", "cluster", "sink"];
const STORIES: usize = 6;
const HAS_TLS: bool = cfg!(feature = "kafka-tls");
const PATIENCE: Duration = Duration::from_mins(1);

struct House {
    folder: PathBuf,
    broker: Broker,
}

/// Not to be seen anywhere; with a sign of its own so that nothing else contains it.
fn password(user: &str) -> String {
    format!("pw-{user}-4711")
}

fn user(service: &str) -> String {
    format!("dateline-{service}")
}

impl House {
    /// Settings by which a user does a service's work; the password stands in a file.
    fn settings(&self, name: &str, user: &str, password: &str) -> PathBuf {
        let path = |name: &str| self.folder.join(name).display().to_string();
        let secret = format!("{name}.secret");
        fs::write(self.folder.join(&secret), password).unwrap();
        let (protocol, mechanism, authority) = if HAS_TLS {
            let file = self.broker.certificate();
            let authority = format!(", \"ssl.ca.location\" = '{}'", file.display());
            ("SASL_SSL", "SCRAM-SHA-512", authority)
        } else {
            ("SASL_PLAINTEXT", "PLAIN", String::new())
        };
        let text = format!(
            "{}bus.kafka.bootstrap = \"{}\"\nbus.kafka.properties = {{ \"security.protocol\" = \
             \"{protocol}\", \"sasl.mechanism\" = \"{mechanism}\", \"sasl.username\" = \"{user}\"\
             {authority} }}\nbus.kafka.properties_from_files = {{ \"sasl.password\" = '{}' }}\n",
            self.common(),
            self.broker.secured().unwrap(),
            path(&secret),
        );
        let file = self.folder.join(format!("{name}.toml"));
        fs::write(&file, text).unwrap();
        file
    }

    fn common(&self) -> String {
        format!(
            "log.format = \"json\"\nadmin.listen = \"\"\nsink.sqlite.path = '{}'\n\
             bus.kind = \"kafka\"\n",
            self.folder.join("warehouse.sqlite3").display()
        )
    }

    /// Runs a command as the cluster's administrator, who makes topics and publishes the sources.
    fn administer(&self, arguments: &[&str]) {
        let file = self.folder.join("admin.toml");
        let bootstrap = &self.broker.bootstrap;
        let text = format!("{}bus.kafka.bootstrap = \"{bootstrap}\"\n", self.common());
        fs::write(&file, text).unwrap();
        let mut command = Command::new(binary("dateline").unwrap());
        let output = command.args(arguments).arg("--config").arg(file).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn start(&self, service: &str, settings: &Path, log: &str) -> Running {
        let log = fs::File::create(self.folder.join(log)).unwrap();
        let mut command = Command::new(binary(service).unwrap());
        command.arg("--config").arg(settings);
        Running::new(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap())
    }

    fn stories(&self) -> usize {
        let warehouse = open(&self.folder.join("warehouse.sqlite3"));
        let count = warehouse
            .and_then(|it| it.query_row("SELECT count(*) FROM stories", [], |row| row.get(0)));
        count.unwrap_or(0)
    }

    /// What a service says before it ends, which it must do by itself.
    fn refusal(&self, service: &str, settings: &Path, log: &str) -> String {
        let mut running = self.start(service, settings, log);
        let end = Instant::now() + PATIENCE;
        while !running.has_ended() {
            assert!(Instant::now() < end, "{log}: the service goes on: {}", self.log(log));
            thread::sleep(Duration::from_millis(100));
        }
        self.log(log)
    }

    fn log(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).unwrap()
    }
}

/// The rules of the chart as it is rendered.
fn rules() -> Vec<Rule> {
    let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/golden/full.yaml");
    let rules = acl::rules(&fs::read_to_string(chart).unwrap());
    let users: BTreeSet<&str> = rules.iter().map(|rule| rule.user.as_str()).collect();
    for service in SERVICES {
        assert!(users.contains(user(service).as_str()), "the chart has a user for {service}");
    }
    rules
}

fn house(folder: &Path) -> Option<House> {
    let users: Vec<String> = SERVICES
        .iter()
        .map(|service| format!("{}:{}", user(service), password(&user(service))))
        .collect();
    let what = "services with their own users on Kafka";
    let broker = Broker::start_for(&folder.join("kafka"), what, &users, HAS_TLS).unwrap()?;
    fs::create_dir_all(folder.join("in")).unwrap();
    fs::create_dir_all(folder.join("sources")).unwrap();
    let source =
        format!("kind = \"folder\"\npath = '{}'\nwatch = true\n", folder.join("in").display());
    fs::write(folder.join("sources/desk.toml"), source).unwrap();
    for number in 0..STORIES {
        let text = format!(
            "Ministers meet for round {number}\n\nPARIS, Oct 7 (Example Wire) - France and Germany \
             signed agreement number {number} on Tuesday.\n"
        );
        fs::write(folder.join(format!("in/{number}.txt")), text).unwrap();
    }
    Some(House { folder: folder.to_owned(), broker })
}

#[test]
fn each_service_may_do_its_own_work_and_no_other() {
    if !HAS_TLS {
        println!(
            "skipped: SASL_SSL: built without TLS to Kafka; sudo apt-get install -y libssl-dev"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let Some(house) = house(folder.path()) else { return };
    acl::allow(&house.broker.bootstrap, &rules()).unwrap();
    house.administer(&["topics", "--create"]);
    let sources = folder.path().join("sources").display().to_string();
    house.administer(&["sources", &sources]);
    let running: Vec<Running> = SERVICES
        .iter()
        .map(|service| {
            let user = user(service);
            let settings = house.settings(service, &user, &password(&user));
            house.start(service, &settings, &format!("{service}.log"))
        })
        .collect();
    let end = Instant::now() + PATIENCE;
    while house.stories() < STORIES {
        assert!(Instant::now() < end, "{} stories; {}", house.stories(), house.log("cleaner.log"));
        thread::sleep(Duration::from_millis(100));
    }
    let extractor = user("entity-extractor");
    let settings = house.settings("foreign", &extractor, &password(&extractor));
    let said = house.refusal("cleaner", &settings, "foreign.log");
    assert!(said.to_lowercase().contains("authoriz"), "{said}");
    assert!(
        said.contains("user dateline-entity-extractor, transactional id dateline-cleaner-"),
        "{said}"
    );
    let settings = house.settings("wrong", &user("cleaner"), "pw-wrong-4711");
    let said = house.refusal("cleaner", &settings, "wrong.log");
    assert!(said.to_lowercase().contains("authenticat"), "{said}");
    for service in running {
        assert!(service.stop(Duration::from_secs(20)).unwrap(), "it drains and exits with 0");
    }
    for entry in fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.extension().is_some_and(|it| it == "log") {
            let text = fs::read_to_string(&entry).unwrap();
            assert!(!text.contains("-4711"), "{} tells a password", entry.display());
        }
    }
}
