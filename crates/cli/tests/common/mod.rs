//! A sandbox, a folder, and the program run against them.

#![allow(dead_code, reason = "each test file uses its part")]

pub mod answering;

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use prospect_delete_core::PROVIDERS;
use prospect_delete_sandbox::{Sandbox, Seed};
use serde_json::Value;
use tempfile::TempDir;

/// Where runs are planned and applied.
pub struct Desk {
    pub sandbox: Sandbox,
    folder: TempDir,
}

/// How a command ended.
pub struct Run {
    pub status: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Run {
    /// The one JSON object on standard output.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    pub fn expect(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "{self}");
        self
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "status {:?}\n{}\n{}", self.status, self.out, self.err)
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code(),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        }
    }
}

impl Desk {
    pub async fn new(seed: Seed) -> Self {
        Self {
            sandbox: Sandbox::builder()
                .seed(seed)
                .start()
                .await
                .expect("it listens"),
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file and gives its name.
    pub fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), text).expect("it can be written");
        name.to_owned()
    }

    /// The names of the files in the folder.
    pub fn files(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(self.folder.path())
            .expect("the folder")
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .into_string()
                    .expect("text")
            })
            .collect();
        names.sort();
        names
    }

    /// The program in the folder, with the sandbox's keys and addresses and no other environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.other(env!("CARGO_BIN_EXE_prospect-delete"));
        command.args(arguments);
        command
    }

    /// A shell that finds the program, in the folder and with the same environment.
    pub fn shell(&self) -> Command {
        let program = Path::new(env!("CARGO_BIN_EXE_prospect-delete"));
        let folder = program.parent().expect("a folder").display();
        let mut command = self.other("/bin/sh");
        command.env("PATH", format!("{folder}:/usr/local/bin:/usr/bin:/bin"));
        command
    }

    fn other(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            // The configuration of whoever runs the tests is not theirs.
            .env("XDG_CONFIG_HOME", self.folder.path());
        for provider in PROVIDERS {
            let key = self.sandbox.credentials().named(provider.name);
            command
                .env(provider.credential_variable, key.expect("a key"))
                .env(provider.base_url_variable, self.sandbox.base_url());
        }
        command
    }

    /// Runs a command without holding up the sandbox.
    pub async fn run_command(mut command: Command) -> Run {
        tokio::task::spawn_blocking(move || command.output().expect("the program runs"))
            .await
            .expect("no panic")
            .into()
    }

    /// Runs a line as a shell reads it, with the environment of [`command`](Self::command).
    pub async fn paste(&self, line: &str) -> Run {
        let program = self.command(&[]);
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", line])
            .env_clear()
            .envs(
                program
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        Self::run_command(shell).await
    }

    pub async fn run(&self, arguments: &[&str]) -> Run {
        Self::run_command(self.command(arguments)).await
    }

    /// Plans and gives the digest.
    pub async fn plan(&self, arguments: &[&str]) -> String {
        let all = [&["plan", "--output", "json", "--out", "run.db"], arguments].concat();
        let plan = self.run(&all).await.expect(0).json();
        plan["digest"].as_str().expect("a digest").to_owned()
    }

    /// Applies without a limit to the rate.
    pub async fn apply(&self, digest: &str, more: &[&str]) -> Run {
        self.run(&[&apply(digest)[..], more].concat()).await
    }
}

/// Arguments that apply `run.db` without a limit to the rate.
pub fn apply(digest: &str) -> Vec<&str> {
    vec![
        "apply",
        "run.db",
        "--output",
        "json",
        "--confirm",
        digest,
        "--rate",
        "nlpearl=unlimited",
        "--rate",
        "extrovert=unlimited",
        "--rate",
        "unleashx=unlimited",
        "--max-wait",
        "1",
    ]
}
