//! The stages that see all stories as a service of its own.

fn main() -> std::process::ExitCode {
    dateline_runtime::serve_folds::<cluster::Clusters, cluster::Profiles>()
}
