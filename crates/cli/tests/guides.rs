//! What the README and the guides show of the program, run as it stands there.
//!
//! Each block of `console` is a piece of a terminal: commands behind `$ `, and below each what it prints. All
//! blocks of a page run in one shell, in an empty folder, against a sandbox with the example data. Digests,
//! ids, times, addresses and people differ from run to run and are not compared; a digest in a command stands for the
//! last one that was printed. `UPDATE=1` writes anew what the program prints.

#![cfg(unix)]

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path, process::Stdio, sync::LazyLock};

use prospect_delete_sandbox::Seed;
use regex::Regex;

mod common;

use common::Desk;

/// Ends what a command printed.
const END: &str = "\u{1}end";

static DIGEST: LazyLock<Regex> = LazyLock::new(|| regex(r"\b[0-9a-f]{64}\b"));
static DIFFERENT: LazyLock<[(Regex, &str); 5]> = LazyLock::new(|| {
    [
        (regex(r"\b[0-9a-f]{64}\b"), "DIGEST"),
        (
            regex(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"),
            "ID",
        ),
        (
            regex(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?( ?UTC|Z)?"),
            "TIME",
        ),
        (regex(r"127\.0\.0\.1:\d+"), "ADDRESS"),
        (regex(r"\bby [^\s@]+@[\w.-]+"), "OPERATOR"),
    ]
});

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern")
}

/// A page in parts: text that is for people, and commands with what they print.
enum Part {
    Text(String),
    Command { typed: String, printed: String },
}

fn parts(page: &str) -> Vec<Part> {
    let mut parts = vec![Part::Text(String::new())];
    let mut inside = false;
    for line in page.split_inclusive('\n') {
        let fence = line.trim_end();
        if inside && fence != "```" {
            if let Some(typed) = line.strip_prefix("$ ") {
                parts.push(Part::Command {
                    typed: typed.to_owned(),
                    printed: String::new(),
                });
                continue;
            }
            match (parts.last_mut(), line.strip_prefix("> ")) {
                (Some(Part::Command { typed, printed }), Some(more)) if printed.is_empty() => {
                    typed.push_str(more);
                }
                (Some(Part::Command { printed, .. }), _) => printed.push_str(line),
                _ => panic!("output without a command: {line}"),
            }
            continue;
        }
        inside = fence == "```console";
        match parts.last_mut() {
            Some(Part::Text(text)) => text.push_str(line),
            _ => parts.push(Part::Text(line.to_owned())),
        }
    }
    parts
}

fn page(parts: &[Part]) -> String {
    let mut page = String::new();
    for part in parts {
        match part {
            Part::Text(text) => page.push_str(text),
            Part::Command { typed, printed } => {
                let mut prompt = "$ ";
                for line in typed.split_inclusive('\n') {
                    let _ = write!(page, "{prompt}{line}");
                    prompt = "> ";
                }
                page.push_str(printed);
            }
        }
    }
    page
}

fn comparable(printed: &str) -> String {
    DIFFERENT
        .iter()
        .fold(printed.to_owned(), |text, (pattern, name)| {
            pattern.replace_all(&text, *name).into_owned()
        })
}

/// Runs the commands in one shell, and gives what each printed.
async fn run(desk: &Desk, commands: &[String]) -> Vec<String> {
    let mut shell = tokio::process::Command::from(desk.shell())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut input = shell.stdin.take().expect("a pipe");
    let mut output = tokio::io::BufReader::new(shell.stdout.take().expect("a pipe"));
    let mut printed = Vec::new();
    let mut digest = String::new();
    for command in commands {
        use tokio::io::{AsyncBufReadExt, AsyncWriteExt};
        let command = DIGEST.replace_all(command, &*digest);
        // In the shell itself, so that variables stay; without its input, which holds the commands to come.
        let typed = format!("{{\n{command}}} </dev/null 2>&1\nprintf '\\n{END}\\n'\n");
        input.write_all(typed.as_bytes()).await.expect("it reads");
        let mut text = String::new();
        loop {
            let mut line = String::new();
            let read = output.read_line(&mut line).await.expect("text");
            assert!(read > 0, "the shell ended within: {command}\n{text}");
            if line.trim_end() == END {
                break;
            }
            text.push_str(&line);
        }
        text.pop();
        if let Some(found) = DIGEST.find_iter(&text).last() {
            found.as_str().clone_into(&mut digest);
        }
        printed.push(text);
    }
    printed
}

/// What the page shows in the place of what differs from run to run.
#[derive(Default)]
struct Shown(BTreeMap<String, String>);

impl Shown {
    fn learn(&mut self, now: &str, shown: &str) {
        for (pattern, _) in DIFFERENT.iter() {
            let found = |text| {
                pattern
                    .find_iter(text)
                    .map(|found| found.as_str().to_owned())
            };
            self.0.extend(found(now).zip(found(shown)));
        }
    }

    /// The same text as the page would show it.
    fn in_place(&self, now: String) -> String {
        let known = self.0.iter();
        known.fold(now, |text, (now, shown)| text.replace(now, shown))
    }
}

/// A reader types what stands above.
fn same_digests(parts: &mut [Part]) {
    let mut digest = None;
    for part in parts {
        let Part::Command { typed, printed } = part else {
            continue;
        };
        if let Some(digest) = &digest {
            *typed = DIGEST.replace_all(typed, digest).into_owned();
        }
        if let Some(found) = DIGEST.find_iter(printed).last() {
            digest = Some(found.as_str().to_owned());
        }
    }
}

async fn holds(path: &Path) {
    let text = fs::read_to_string(path).expect("the page");
    let mut parts = parts(&text);
    assert_eq!(page(&parts), text, "read and written again");
    let commands: Vec<_> = parts
        .iter()
        .filter_map(|part| match part {
            Part::Command { typed, .. } => Some(typed.clone()),
            Part::Text(_) => None,
        })
        .collect();
    assert!(!commands.is_empty(), "{}: shows nothing", path.display());
    let desk = Desk::new(Seed::example()).await;
    let mut now = run(&desk, &commands).await.into_iter();
    let mut differences = String::new();
    let mut shown = Shown::default();
    for part in &mut parts {
        let Part::Command { typed, printed } = part else {
            continue;
        };
        let now = now.next().expect("one for each command");
        if comparable(printed) == comparable(&now) {
            shown.learn(&now, printed);
        } else {
            let _ = write!(
                differences,
                "$ {typed}--- shown\n{printed}--- printed\n{now}"
            );
            *printed = shown.in_place(now);
        }
    }
    same_digests(&mut parts);
    if differences.is_empty() && page(&parts) == text {
        return;
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, page(&parts)).expect("it can be written");
        return;
    }
    panic!(
        "{} shows something else than happens; run this test with UPDATE=1 and look at the difference\n{differences}",
        path.display()
    );
}

#[tokio::test]
async fn the_readme() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    holds(&root.join("README.md")).await;
}

#[tokio::test]
async fn every_guide_that_shows_a_terminal() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guides");
    let mut shown = 0;
    for entry in fs::read_dir(folder).expect("the guides") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "md")
            && fs::read_to_string(&path).expect("a guide").contains("\n$ ")
        {
            holds(&path).await;
            shown += 1;
        }
    }
    assert!(shown > 0);
}
