//! Components that the tests start by the project's own scripts.

use std::{
    env, io,
    path::{Path, PathBuf},
    process::Command,
};

/// A script that starts a component below a folder, and the variables that it takes.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    /// Its name below `scripts/`.
    pub(crate) name: &'static str,
    /// The variable that holds the id of the process that the component must not outlive.
    pub(crate) owner: &'static str,
    /// Where the component keeps all that is its own.
    pub(crate) folder: PathBuf,
}

impl Script {
    /// Starts the component; gives the last line of what the script says. Where the component cannot be
    /// had, that is a failure in CI, and a word of what to install elsewhere.
    #[allow(clippy::print_stdout)] // the test run collects such lines
    pub(crate) fn start(
        &self,
        what: &str,
        variables: &[(&str, &str)],
    ) -> io::Result<Option<String>> {
        match self.run("start", variables) {
            Ok(line) => Ok(Some(line)),
            Err(error) if env::var("CI").as_deref() == Ok("true") => {
                Err(io::Error::other(format!("missing in CI: {error}")))
            }
            Err(error) => {
                println!("skipped: {what}: {error}");
                Ok(None)
            }
        }
    }

    /// Runs an action of the script on the folder; gives the last line of what it says.
    pub(crate) fn run(&self, action: &str, variables: &[(&str, &str)]) -> io::Result<String> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts").join(self.name);
        let mut command = Command::new(script);
        command.arg(action).arg(&self.folder).envs(variables.iter().copied());
        let output = command.env(self.owner, std::process::id().to_string()).output()?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if !output.status.success() {
            return Err(io::Error::other(text(&output.stderr)));
        }
        Ok(text(&output.stdout).lines().last().unwrap_or_default().to_owned())
    }
}
