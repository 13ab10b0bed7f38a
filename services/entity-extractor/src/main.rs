//! The entity-extractor as a service of its own.

fn main() -> std::process::ExitCode {
    dateline_runtime::serve_stage::<entity_extractor::EntityExtractor>()
}
