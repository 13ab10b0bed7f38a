//! The fetcher as a service of its own.

fn main() -> std::process::ExitCode {
    dateline_runtime::serve_source::<fetcher::Fetcher>()
}
