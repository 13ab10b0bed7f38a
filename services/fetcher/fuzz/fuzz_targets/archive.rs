//! Any bytes as a file of a folder: zip, tar, gzip, WARC, one within another, or a story. No panic,
//! and it ends.
#![no_main]

use std::io::{Seek, SeekFrom, Write};
use std::sync::{LazyLock, Mutex};

use fetcher::{Config, count_items};
use libfuzzer_sys::fuzz_target;
use tempfile::NamedTempFile;

static CONFIG: LazyLock<Config> = LazyLock::new(|| {
    let defaults: toml::Table = include_str!("../../../../config/dateline.toml").parse().unwrap();
    defaults["fetcher"].clone().try_into().unwrap()
});

static FILE: LazyLock<Mutex<NamedTempFile>> =
    LazyLock::new(|| Mutex::new(NamedTempFile::new().unwrap()));

fuzz_target!(|bytes: &[u8]| {
    let mut file = FILE.lock().unwrap();
    let as_file = file.as_file_mut();
    as_file.set_len(0).unwrap();
    as_file.seek(SeekFrom::Start(0)).unwrap();
    as_file.write_all(bytes).unwrap();
    count_items(file.path(), &CONFIG).unwrap();
});
