//! One process: its stages, its admin port, its signals, and how it ends.

use std::{
    process::ExitCode,
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context, anyhow};
use dateline_bus::{Start, Topic, WorkerOptions};
use dateline_record::{
    CleanState, FetchState, Record, SourceId, SourceSpec, StoryEvents, StoryRelations,
};
use tokio::runtime::Runtime;

use crate::{
    Fold, Sink, Source, Stage,
    admin::{self, Admin},
    bus::{self, BusConfig, BusKind},
    config::{AdminConfig, LogConfig, RuntimeConfig, Settings},
    drive::{Turn, drive},
    engine::Engine,
    fold_loop::FoldLoop,
    logging::LogLevel,
    push::{self, PushConfig},
    side_input::SideInput,
    sink_loop::SinkLoop,
    source_loop::SourceLoop,
    spans::Spans,
    stage_loop::StageLoop,
};

/// The configuration cannot be used.
pub const EXIT_CONFIG: u8 = 64;

/// Units in flight did not finish within the drain deadline.
const EXIT_DRAIN: u8 = 70;

/// The name of the one worker of a stage that remembers, whatever the process is called: a second
/// process takes its place.
const SOLE_INSTANCE: &str = "sole";

/// How often the lag of each group is measured.
const LAG_INTERVAL: Duration = Duration::from_secs(5);

/// How long the collector may take for the last spans.
const SPANS_FLUSH: Duration = Duration::from_secs(2);

/// One process with the stages that were added to it.
pub struct Process {
    engine: Arc<Engine>,
    settings: Settings,
    tokio: Runtime,
    threads: Vec<Loop>,
    groups: Vec<(&'static str, Topic)>,
}

/// A running loop.
struct Loop {
    name: String,
    thread: JoinHandle<anyhow::Result<()>>,
}

impl Process {
    /// Opens the bus. Nothing runs yet.
    pub fn new(settings: Settings) -> anyhow::Result<Self> {
        Self::for_source(settings, None)
    }

    /// The same, with the fetcher held to one source.
    pub fn for_source(settings: Settings, only: Option<SourceId>) -> anyhow::Result<Self> {
        Self::open(settings, only, std::env::vars())
    }

    /// The same, with other variables of the environment: where spans go.
    pub fn with_environment(
        settings: Settings,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> anyhow::Result<Self> {
        Self::open(settings, None, environment)
    }

    fn open(
        settings: Settings,
        only: Option<SourceId>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> anyhow::Result<Self> {
        let config: RuntimeConfig = settings.section("runtime")?;
        let bus_config: BusConfig = settings.section("bus")?;
        let mut engine = Engine::new(bus::open(&bus_config)?, config)?;
        engine.only_source = only;
        engine.log_one_in = settings.section::<LogConfig>("log")?.sample_one_in.max(1);
        let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let system = match bus_config.kind {
            BusKind::Kafka => "kafka",
            BusKind::Embedded => "dateline",
        };
        engine.spans = Spans::new(environment, system, tokio.handle())?;
        let engine = Arc::new(engine);
        Ok(Self { engine, settings, tokio, threads: Vec::new(), groups: Vec::new() })
    }

    /// What the loops share.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Adds a stage.
    pub fn stage<S: Stage>(&mut self) -> anyhow::Result<()> {
        let config = self.settings.section(S::NAME)?;
        let stage = Arc::new(S::new(config).with_context(|| format!("[{}]", S::NAME))?);
        self.groups.push((S::NAME, Topic::new(S::In::TOPIC)));
        let side_input = stage.side_topic().map(|topic| Arc::new(SideInput::new(topic)));
        for number in 0..self.engine.config.workers.max(1) {
            let (engine, side_input) = (Arc::clone(&self.engine), side_input.clone());
            let turn = StageLoop::new(engine, Arc::clone(&stage), side_input);
            let mut options = self.options(S::NAME, number, S::In::TOPIC);
            options.state = stage.memory().map(|_| Topic::new(CleanState::TOPIC));
            self.spawn(number, options, turn)?;
        }
        Ok(())
    }

    /// Adds a stage that remembers. It has one worker, here or elsewhere: the last to come.
    pub fn fold<F: Fold>(&mut self) -> anyhow::Result<()> {
        let config = self.settings.section(F::NAME)?;
        let fold = F::new(config).with_context(|| format!("[{}]", F::NAME))?;
        self.groups.push((F::NAME, Topic::new(F::In::TOPIC)));
        let turn = FoldLoop::new(Arc::clone(&self.engine), fold);
        let mut options = self.options(F::NAME, 0, F::In::TOPIC);
        SOLE_INSTANCE.clone_into(&mut options.instance);
        options.state = Some(Topic::new(F::Memory::TOPIC));
        self.spawn(0, options, turn)
    }

    /// Adds a source.
    pub fn source<S: Source>(&mut self) -> anyhow::Result<()> {
        let config = self.settings.section(S::NAME)?;
        let source = Arc::new(S::new(config).with_context(|| format!("[{}]", S::NAME))?);
        self.groups.push((S::NAME, Topic::new(SourceSpec::TOPIC)));
        self.open_push_port(Arc::clone(&source))?;
        for number in 0..self.engine.config.workers.max(1) {
            let tokio = self.tokio.handle().clone();
            let turn = SourceLoop::new(Arc::clone(&self.engine), Arc::clone(&source), tokio);
            let mut options = self.options(S::NAME, number, SourceSpec::TOPIC);
            options.state = Some(Topic::new(FetchState::TOPIC));
            self.spawn(number, options, turn)?;
        }
        Ok(())
    }

    fn open_push_port<S: Source>(&self, source: Arc<S>) -> anyhow::Result<()> {
        let config: PushConfig = self.settings.section("push")?;
        if config.listen.is_empty() {
            return Ok(());
        }
        let listener = self.tokio.block_on(push::bind(&config.listen))?;
        let inbox = Arc::clone(&self.engine.inbox);
        let stop = self.engine.stop.clone().cancelled_owned();
        self.tokio.spawn(async move {
            if let Err(error) = push::serve(listener, source, inbox, config, stop).await {
                tracing::error!(error = format!("{error:#}"), "push port failed");
            }
        });
        Ok(())
    }

    /// Adds a sink: a service for each of its targets. Each has one worker: a target takes one
    /// writer.
    pub fn sink<S: Sink>(&mut self) -> anyhow::Result<()> {
        let config = self.settings.section(S::NAME)?;
        let open = |(name, config)| {
            let sink = S::new(config).with_context(|| format!("[{}]", S::NAME))?;
            anyhow::Ok((name, sink))
        };
        // All are opened before the first one runs.
        let sinks: Vec<_> = S::services(config).into_iter().map(open).collect::<Result<_, _>>()?;
        let topics = [StoryEvents::TOPIC, StoryRelations::TOPIC];
        for (name, sink) in sinks {
            self.groups.extend(topics.map(|topic| (name, Topic::new(topic))));
            let turn = SinkLoop::new(Arc::clone(&self.engine), name, sink);
            let mut options = self.options(name, 0, StoryEvents::TOPIC);
            options.inputs = topics.map(Topic::new).into();
            self.spawn(0, options, turn)?;
        }
        Ok(())
    }

    fn options(&self, stage: &str, number: u32, input: &str) -> WorkerOptions {
        WorkerOptions {
            group: format!("dateline-{stage}"),
            instance: format!("{}-{number}", instance(&self.engine.config)),
            inputs: vec![Topic::new(input)],
            state: None,
            start: Start::Earliest,
        }
    }

    fn spawn(
        &mut self,
        number: u32,
        options: WorkerOptions,
        mut turn: impl Turn + Send + 'static,
    ) -> anyhow::Result<()> {
        let name = format!("{}-{number}", turn.stage());
        self.engine.health.expect(&name);
        let engine = Arc::clone(&self.engine);
        let thread_name = name.clone();
        let body = move || {
            let result = drive(&engine, &thread_name, &options, &mut turn);
            if let Err(error) = &result {
                tracing::error!(service = turn.stage(), error = format!("{error:#}"), "stopping");
                engine.stop.cancel();
            }
            result
        };
        let thread = thread::Builder::new().name(name.clone()).spawn(body)?;
        self.threads.push(Loop { name, thread });
        Ok(())
    }

    /// How far the stages of this process are behind, all together, checked in the order in
    /// which a story meets them, so that 0 means that nothing is on its way.
    pub fn behind(&self) -> anyhow::Result<u64> {
        let mut behind = 0;
        for (stage, topic) in &self.groups {
            let group = format!("dateline-{stage}");
            for lag in self.engine.bus.lag(&group, std::slice::from_ref(topic))? {
                behind += lag.behind;
            }
        }
        Ok(behind)
    }

    /// Runs until a signal comes, a stage fails, or `done` says that the work is done; then
    /// drains. `done` is asked every 50 ms.
    pub fn run(
        self,
        log_level: LogLevel,
        mut done: impl FnMut(&Self) -> anyhow::Result<bool>,
    ) -> anyhow::Result<ExitCode> {
        let limiter = log_level.limiter();
        self.open_admin_port(log_level).inspect_err(|_| self.engine.stop.cancel())?;
        self.tokio.spawn(stop_on_signal(self.engine.stop.clone()));
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            instance = instance(&self.engine.config),
            config_hash = self.settings.hash(),
            "started"
        );
        let (mut reported, mut is_ready) = (Instant::now(), false);
        self.measure_lag()?;
        while !self.engine.stop.is_cancelled() {
            thread::sleep(Duration::from_millis(50));
            if done(&self)? {
                self.engine.stop.cancel();
            }
            if !is_ready && self.engine.health.waiting().is_none() {
                is_ready = true;
                tracing::info!("ready");
            }
            if reported.elapsed() >= LAG_INTERVAL {
                limiter.report(Instant::now(), false);
                reported = Instant::now();
            }
        }
        let exit = self.drain();
        limiter.report(Instant::now(), true);
        exit
    }

    fn open_admin_port(&self, log_level: LogLevel) -> anyhow::Result<()> {
        let config: AdminConfig = self.settings.section("admin")?;
        if config.listen.is_empty() {
            return Ok(());
        }
        let listener = self.tokio.block_on(admin::bind(&config.listen))?;
        let port = Admin {
            health: Arc::clone(&self.engine.health),
            metrics: Arc::clone(&self.engine.metrics),
            log_level,
        };
        let stop = self.engine.stop.clone().cancelled_owned();
        self.tokio.spawn(async move {
            if let Err(error) = admin::serve(listener, port, stop).await {
                tracing::error!(error = format!("{error:#}"), "admin port failed");
            }
        });
        Ok(())
    }

    /// Measures the lag now and then, on a thread of its own: a broker that answers slowly must not
    /// hold the end of the process back.
    fn measure_lag(&self) -> anyhow::Result<()> {
        let (engine, groups) = (Arc::clone(&self.engine), self.groups.clone());
        thread::Builder::new().name("lag".to_owned()).spawn(move || {
            while !engine.pause(LAG_INTERVAL) {
                for (stage, topic) in &groups {
                    measure_group(&engine, stage, topic);
                }
            }
        })?;
        Ok(())
    }

    fn drain(self) -> anyhow::Result<ExitCode> {
        tracing::info!("shutting down");
        let start = Instant::now();
        let deadline = Duration::from_millis(self.engine.config.drain_deadline_ms);
        let mut failed = None;
        for Loop { name, thread } in self.threads {
            while !thread.is_finished() {
                if start.elapsed() > deadline {
                    tracing::error!(worker = name, "drain timed out");
                    return Ok(ExitCode::from(EXIT_DRAIN));
                }
                thread::sleep(Duration::from_millis(5));
            }
            let ended = thread.join().map_err(|_| anyhow!("the thread panicked"));
            if let Err(error) = ended.and_then(|result| result) {
                failed = Some(error.context(name));
            }
        }
        self.engine.spans.flush(self.tokio.handle(), SPANS_FLUSH);
        // A request that is on its way is given up: it only repeats a GET.
        self.tokio.shutdown_background();
        let elapsed_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(elapsed_ms, "drained");
        failed.map_or(Ok(ExitCode::SUCCESS), Err)
    }
}

fn measure_group(engine: &Engine, stage: &'static str, topic: &Topic) {
    match engine.bus.lag(&format!("dateline-{stage}"), std::slice::from_ref(topic)) {
        Ok(lags) => lags.iter().for_each(|lag| {
            engine.metrics.lag(stage, topic.as_str(), lag.partition, lag.behind);
        }),
        Err(error) => tracing::debug!(service = stage, %error, "lag not measured"),
    }
}

/// The name of this process within its groups.
pub(crate) fn instance(config: &RuntimeConfig) -> String {
    if !config.instance.is_empty() {
        return config.instance.clone();
    }
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim();
    if host.is_empty() { "dateline".to_owned() } else { host.to_owned() }
}

/// SIGTERM or SIGINT drains; the second one ends the process at once.
async fn stop_on_signal(stop: tokio_util::sync::CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};

    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("signals cannot be caught");
        return;
    };
    for count in 0.. {
        tokio::select! {
            // Kubernetes asks a pod to end.
            _ = terminate.recv() => {}
            // Ctrl-C on a terminal.
            _ = interrupt.recv() => {}
        }
        if count > 0 {
            tracing::warn!("second signal, ending at once");
            std::process::exit(i32::from(EXIT_DRAIN));
        }
        stop.cancel();
    }
}
