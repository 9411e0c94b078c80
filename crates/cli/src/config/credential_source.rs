//! Where a key is kept, when a configuration says so: a variable, a file, or a command that prints it.
//!
//! Libraries of key stores (`keyring`) know one store for each platform, while a command reaches every store. Those that run
//! commands with a time limit do not also limit how much is read, nor return while something that the command left behind
//! holds its pipes; here a key is at stake, and nothing that was printed may be shown.

use std::{
    env, fs,
    io::{self, Read},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use prospect_delete_core::{Credential, InvalidInput, one_line};

/// More is not a key.
const LONGEST_KEY: u64 = 8 * 1024;

/// The most that is shown of what a failed command said.
const LONGEST_COMPLAINT: u64 = 1024;

/// The time for a command. A person may have to unlock a store.
const TIME: Duration = Duration::from_secs(60);

/// How often a command is asked whether it has ended.
const PULSE: Duration = Duration::from_millis(10);

/// Where a key is kept.
///
/// What it holds is never shown before it has proved to be what it should be: a key may have been written
/// there by mistake.
#[derive(Debug)]
pub enum CredentialSource {
    /// A variable of the environment.
    Variable(String),
    /// A file with the key and nothing else.
    File(PathBuf),
    /// A program and its arguments, and the folder to run it in. It prints the key and nothing else.
    Command(Vec<String>, PathBuf),
}

impl CredentialSource {
    /// What kind of source it is.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Variable(_) => "variable",
            Self::File(_) => "file",
            Self::Command(..) => "command",
        }
    }

    /// Reads the key. `place` says in messages where the source is named.
    pub fn read(&self, place: &str) -> Result<Credential, InvalidInput> {
        let refuse = |why: String| InvalidInput::new(place, why);
        let key = match self {
            Self::Variable(name) => match env::var(name) {
                Ok(key) if !key.is_empty() => key,
                Err(env::VarError::NotUnicode(_)) => {
                    return Err(refuse(
                        "the variable named here is not text; put the key there as it was issued"
                            .to_owned(),
                    ));
                }
                _ => {
                    return Err(refuse(
                        "the variable named here is not set; put the key there, or name another source".to_owned(),
                    ));
                }
            },
            Self::File(path) => read_file(path).map_err(|error| {
                let folder = path.parent().unwrap_or(path).display();
                refuse(format!(
                    "the file named here cannot be read ({error}); it is looked for in {folder}, and holds the key alone"
                ))
            })?,
            Self::Command(command, folder) => {
                let output = run(command, folder, TIME).map_err(|why| {
                    refuse(format!("the command named here {why}; try it by itself"))
                })?;
                String::from_utf8(output).map_err(|_| {
                    refuse("the command named here prints no text; it has to print the key alone".to_owned())
                })?
            }
        };
        let key = if let Self::Variable(_) = self {
            &key
        } else {
            let line = key.strip_suffix('\n').unwrap_or(&key);
            line.strip_suffix('\r').unwrap_or(line)
        };
        Credential::new(key)
            .map_err(|error| refuse(format!("the {} named here: {error}", self.kind())))
    }
}

fn read_file(path: &Path) -> io::Result<String> {
    let mut key = String::new();
    fs::File::open(path)?
        .take(LONGEST_KEY + 1)
        .read_to_string(&mut key)?;
    if key.len() as u64 > LONGEST_KEY {
        return Err(io::Error::other("too long for a key"));
    }
    Ok(key)
}

/// Runs a command without a shell and gives what it prints, or says in words what went wrong. What it
/// prints is never part of that, what it complains of is.
fn run(command: &[String], folder: &Path, time: Duration) -> Result<Vec<u8>, String> {
    let (program, arguments) = command.split_first().ok_or("is empty")?;
    let program = Path::new(program);
    // The name of a program is looked up as usual, its path starts where all paths of the file do.
    let program = if program.components().count() > 1 {
        folder.join(program)
    } else {
        program.to_owned()
    };
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot be started ({error})"))?;
    let deadline = Instant::now() + time;
    let printed = listen(child.stdout.take(), LONGEST_KEY + 1);
    let complained = listen(child.stderr.take(), LONGEST_COMPLAINT);
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < deadline => thread::sleep(PULSE),
            ended => {
                // It may have ended by itself meanwhile, which is as well.
                let _ = child.kill();
                let _ = child.wait();
                return Err(match ended {
                    Err(error) => format!("cannot be waited for ({error})"),
                    Ok(_) => format!("did not end within {} s", time.as_secs()),
                });
            }
        }
    };
    // What it started may still hold the pipes when it is gone.
    let rest = || {
        deadline
            .saturating_duration_since(Instant::now())
            .max(Duration::from_secs(1))
    };
    if !status.success() {
        let complaint = complained.recv_timeout(rest()).unwrap_or_default();
        return Err(failed(status, &complaint));
    }
    let printed = printed
        .recv_timeout(rest())
        .map_err(|_| "ended, but left something behind that keeps its output open".to_owned())?;
    if printed.len() as u64 > LONGEST_KEY {
        return Err("prints too much for a key".to_owned());
    }
    Ok(printed)
}

fn failed(status: ExitStatus, complaint: &[u8]) -> String {
    let complaint = String::from_utf8_lossy(complaint);
    // Nothing of it may act on a terminal.
    let words = one_line(&complaint, usize::MAX);
    if words.is_empty() {
        format!("failed ({status}) without a word")
    } else {
        format!("failed ({status}): {words}")
    }
}

/// Reads at most so much from a pipe, on a thread of its own, and closes it.
fn listen(pipe: Option<impl Read + Send + 'static>, most: u64) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut heard = Vec::new();
        if let Some(pipe) = pipe {
            // What was heard before it broke is all that there is.
            let _ = pipe.take(most).read_to_end(&mut heard);
        }
        // Nobody listens any more where the command took too long.
        let _ = sender.send(heard);
    });
    receiver
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str, time: Duration) -> Result<String, String> {
        let command = ["sh", "-c", script].map(str::to_owned);
        run(&command, Path::new("/"), time).map(|output| String::from_utf8(output).expect("text"))
    }

    #[test]
    fn a_command_gives_what_it_prints_and_nothing_on_failure() {
        assert_eq!(sh("echo canary", TIME), Ok("canary\n".to_owned()));
        let error = sh(
            "echo canary; echo 'not in the\nstore\x1b[2J' >&2; exit 3",
            TIME,
        );
        let error = error.unwrap_err();
        assert!(error.contains("not in the store\u{fffd}[2J"), "{error}");
        assert!(error.contains("exit status: 3"), "{error}");
        assert!(!error.contains("canary"), "{error}");
        let missing = run(&["no-such-program".to_owned()], Path::new("/"), TIME).unwrap_err();
        assert!(missing.contains("cannot be started"), "{missing}");
    }

    #[test]
    fn a_command_without_end_is_ended() {
        let error = sh("exec sleep 600", Duration::ZERO).unwrap_err();
        assert!(error.contains("did not end"), "{error}");
        let error = sh("exec yes canary", TIME);
        assert!(error.is_err_and(|error| !error.contains("canary")));
        let error = sh("head -c 9000 /dev/zero | tr '\\0' k", TIME).unwrap_err();
        assert_eq!(error, "prints too much for a key");
    }
}
