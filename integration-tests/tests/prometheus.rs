//! A real Prometheus scrapes a running process, evaluates the alerts, and finds nothing to complain of.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::{
    env, fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use dateline_runtime::metrics::DECLARED;
use integration_tests::pipeline::{Running, binary};
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(40);

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// The body of an answer; none where nobody answers yet.
fn get(address: &str, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
}

fn is_there() -> bool {
    if Command::new("prometheus").arg("--version").output().is_ok() {
        return true;
    }
    assert_ne!(env::var("CI").as_deref(), Ok("true"), "prometheus is missing in CI");
    println!("skipped: a scrape by Prometheus: sudo apt-get install -y prometheus");
    false
}

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}: not in time");
        thread::sleep(Duration::from_millis(200));
    }
}

/// `dateline run` on a folder with a good story and a bad one.
fn pipeline(folder: &Path, admin: &str) -> Running {
    let (input, sources) = (folder.join("in"), folder.join("sources"));
    fs::create_dir_all(&input).unwrap();
    fs::create_dir_all(&sources).unwrap();
    let story = "Japan sanctions Russia\n\nTOKYO, Oct 7 (Example Wire) - Japan imposed sanctions on \
                 Russia on Tuesday.\n";
    fs::write(input.join("good.txt"), story).unwrap();
    let deep = format!("<html><body>{}", "<div>".repeat(400));
    fs::write(input.join("deep.html"), deep).unwrap();
    let path = toml::Value::String(input.display().to_string());
    let source = format!("kind = \"folder\"\npath = {path}\nwatch = true\n");
    fs::write(sources.join("desk.toml"), source).unwrap();
    let child = Command::new(binary("dateline").unwrap())
        .args(["run", "--sources"])
        .arg(&sources)
        .arg("--data-dir")
        .arg(folder.join("data"))
        .env("DATELINE_ADMIN__LISTEN", admin)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    Running::new(child)
}

fn prometheus(folder: &Path, own: &str, target: &str) -> Running {
    let alerts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/chart/files/alerts.yaml");
    let alerts = alerts.canonicalize().unwrap();
    let config = format!(
        "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\n\
         rule_files: ['{}']\n\
         scrape_configs:\n  - job_name: dateline\n    static_configs: [{{targets: ['{target}']}}]\n",
        alerts.display()
    );
    let file = folder.join("prometheus.yaml");
    fs::write(&file, config).unwrap();
    let child = Command::new("prometheus")
        .arg(format!("--config.file={}", file.display()))
        .arg(format!("--storage.tsdb.path={}", folder.join("tsdb").display()))
        .arg(format!("--web.listen-address={own}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    Running::new(child)
}

fn json(address: &str, path: &str) -> Option<Value> {
    serde_json::from_str(&get(address, path)?).ok()
}

/// The value of the one series that a query gives.
fn value(address: &str, query: &str) -> Option<f64> {
    let found = json(address, &format!("/api/v1/query?query={query}"))?;
    found["data"]["result"][0]["value"][1].as_str()?.parse().ok()
}

#[test]
fn prometheus_scrapes_what_is_declared_and_evaluates_the_alerts() {
    if !is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (admin, own) = (free_address(), free_address());
    let _pipeline = pipeline(folder.path(), &admin);
    let _prometheus = prometheus(folder.path(), &own, &admin);
    wait_for("a story in the warehouse", || {
        let text = get(&admin, "/metrics")?;
        text.contains("stage=\"sink\",outcome=\"ok\"").then_some(())
    });
    let sum = |query: &str| value(&own, query).filter(|value| *value >= 1.0);
    wait_for("the scrape", || sum("up{job=\"dateline\"}"));
    wait_for("the story", || sum("sum(dateline_records_total{stage=\"sink\",outcome=\"ok\"})"));
    wait_for("the dead letter", || {
        sum("sum(dateline_dead_letters_total{stage=\"cleaner\",code=\"too_deep\"})")
    });
    wait_for("the build", || sum("dateline_build_info"));
    wait_for("the age", || sum("sum(dateline_record_age_seconds_count{stage=\"sink\"})"));
    wait_for("the lag", || value(&own, "max(dateline_consumer_lag_records)"));
    let rules = wait_for("the alerts", || {
        let rules = json(&own, "/api/v1/rules")?;
        let all = rules["data"]["groups"][0]["rules"].as_array()?.clone();
        all.iter().all(|rule| rule["health"] == "ok").then_some(all)
    });
    assert!(rules.len() >= 10, "{rules:?}");
    let known = json(&own, "/api/v1/metadata?limit=1000").unwrap();
    for name in known["data"].as_object().unwrap().keys() {
        let is_declared = |name: &str| DECLARED.iter().any(|metric| metric.name.starts_with(name));
        assert!(!name.starts_with("dateline_") || is_declared(name), "{name} is not declared");
    }
    check_with_promtool(&get(&admin, "/metrics").unwrap());
}

/// Prometheus' own judgement on names, helps and types.
fn check_with_promtool(text: &str) {
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success() && said.trim().is_empty(), "{said}\n{text}");
}
