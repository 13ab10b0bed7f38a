//! Writes the JSON Schemas and the AsyncAPI document below the folder named as first argument.

use std::{env, fs, io, path::PathBuf};

use dateline_record::schema;

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::args_os().nth(1).unwrap_or_else(|| "schemas".into()));
    fs::create_dir_all(&folder)?;
    for topic in schema::topics() {
        write(folder.join(format!("{}.schema.json", topic.topic)), &topic.schema)?;
    }
    write(folder.join("asyncapi.json"), &schema::asyncapi(env!("CARGO_PKG_VERSION")))
}

fn write(path: PathBuf, value: &serde_json::Value) -> io::Result<()> {
    fs::write(path, format!("{value:#}\n"))
}
