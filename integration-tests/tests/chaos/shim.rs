//! The preloaded library that fills a process's disk and moves its clock: built by the C compiler that
//! Rust links with, one file of control for each process.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/chaos/shim.c");

/// What a process believes of its disk and of the time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Belief {
    pub(crate) disk_is_full: bool,
    pub(crate) clock_shift_s: i64,
}

/// The library, and the folder of the files that steer it.
#[derive(Debug)]
pub(crate) struct Shim {
    library: PathBuf,
    folder: PathBuf,
}

impl Shim {
    pub(crate) fn build(folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        let library = folder.join("shim.so");
        let built = Command::new("cc")
            .args(["-O1", "-Wall", "-Werror", "-fPIC", "-shared", "-o"])
            .arg(&library)
            .args([SOURCE, "-ldl", "-lpthread"])
            .output()
            .unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        Self { library, folder: folder.to_owned() }
    }

    /// The environment of a process that is to be steered by this name.
    pub(crate) fn environment(&self, name: &str) -> [(&'static str, PathBuf); 2] {
        if !self.control(name).exists() {
            self.believe(name, Belief::default());
        }
        [("LD_PRELOAD", self.library.clone()), ("FAULT_CONTROL", self.control(name))]
    }

    /// Makes a process believe something; it holds for one that starts later under the name, too.
    pub(crate) fn believe(&self, name: &str, belief: Belief) {
        let numbers = [i64::from(belief.disk_is_full), belief.clock_shift_s];
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_ne_bytes()).collect();
        // Written over in place: the process has the file mapped.
        let mut options = fs::OpenOptions::new();
        let mut file =
            options.create(true).truncate(false).write(true).open(self.control(name)).unwrap();
        file.write_all(&bytes).unwrap();
    }

    fn control(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.control"))
    }
}
