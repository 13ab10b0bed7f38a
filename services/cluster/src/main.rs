//! The cluster stage as a service of its own.

fn main() -> std::process::ExitCode {
    dateline_runtime::serve_fold::<cluster::Clusters>()
}
