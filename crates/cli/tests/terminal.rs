//! The program on a terminal: what is asked, what is drawn, and what stays on the screen.

#![cfg(unix)]

mod common;

use std::{
    io::{Read, Write},
    process::Child,
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

use common::{Desk, apply};
use prospect_delete_sandbox::{Effect, Fault, Seed};
use pty_process::{Size, blocking};

/// Far beyond what anything takes; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(120);

/// The key that interrupts.
const CTRL_C: &str = "\u{3}";

/// A terminal with the program in it.
struct Terminal {
    pty: Arc<blocking::Pty>,
    child: Child,
    seen: Arc<(Mutex<Seen>, Condvar)>,
}

struct Seen {
    screen: vt100::Parser,
    bytes: Vec<u8>,
    ended: bool,
}

impl Terminal {
    /// Runs a command on a terminal of so many columns.
    fn new(desk: &Desk, columns: u16, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let program = desk.command(arguments);
        let (pty, pts) = blocking::open().unwrap();
        pty.resize(Size::new(60, columns)).unwrap();
        let child = blocking::Command::new(program.get_program())
            .args(program.get_args())
            .env_clear()
            .env("TERM", "xterm-256color")
            .envs(
                program
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .envs(environment.iter().copied())
            .current_dir(program.get_current_dir().unwrap())
            .spawn(pts)
            .unwrap();
        let pty = Arc::new(pty);
        let seen = Arc::new((
            Mutex::new(Seen {
                screen: vt100::Parser::new(60, columns, 0),
                bytes: Vec::new(),
                ended: false,
            }),
            Condvar::new(),
        ));
        let (reading, shown) = (Arc::clone(&pty), Arc::clone(&seen));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                // The system reports the end of the other side as an error.
                let read = (&*reading).read(&mut buffer).unwrap_or(0);
                let mut seen = shown.0.lock().unwrap();
                seen.screen.process(&buffer[..read]);
                seen.bytes.extend(&buffer[..read]);
                seen.ended = read == 0;
                shown.1.notify_all();
                if read == 0 {
                    break;
                }
            }
        });
        Self { pty, child, seen }
    }

    fn types(&self, text: &str) {
        (&*self.pty).write_all(text.as_bytes()).unwrap();
    }

    /// Waits until the screen shows all of it.
    fn until(&self, texts: &[&str]) -> String {
        let (seen, changed) = &*self.seen;
        let shows = |seen: &Seen| {
            let screen = seen.screen.screen().contents();
            texts.iter().all(|text| screen.contains(text))
        };
        let waiting = |seen: &mut Seen| !shows(seen) && !seen.ended;
        let seen = seen.lock().unwrap();
        let (seen, _) = changed.wait_timeout_while(seen, PATIENCE, waiting).unwrap();
        let screen = seen.screen.screen().contents();
        assert!(
            shows(&seen),
            "{texts:?} is not all on the screen:\n{screen}"
        );
        screen
    }

    /// Waits for the end: the status, the screen, and all that was written.
    fn end(mut self) -> (Option<i32>, String, String) {
        let status = self.child.wait().unwrap().code();
        let (seen, changed) = &*self.seen;
        let seen = seen.lock().unwrap();
        let (seen, _) = changed
            .wait_timeout_while(seen, PATIENCE, |seen| !seen.ended)
            .unwrap();
        let screen = seen.screen.screen().contents();
        (
            status,
            screen,
            String::from_utf8_lossy(&seen.bytes).into_owned(),
        )
    }
}

fn seed() -> Seed {
    let mut seed = Seed::example();
    let pearl = seed.nlpearl.pearls.entry("p".to_owned()).or_default();
    pearl.leads = (0..9).map(|number| format!("l{number}")).collect();
    seed
}

fn list(rows: &[&str]) -> String {
    let leads = (0..9).map(|number| format!("nlpearl.lead,p,l{number},,,\n"));
    let rows = rows.iter().map(|row| format!("{row}\n"));
    let rows: String = leads.chain(rows).collect();
    format!("target,pearl_id,lead_id,campaign_id,audience_id,company_id\n{rows}")
}

/// Runs what waits for the program without holding up the sandbox.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_applied_once_its_number_and_its_scope_were_typed() {
    let desk = Desk::new(seed()).await;
    let list = desk.file("list.csv", list(&["woodpecker.company,,,,,123"]));
    desk.plan(&[&list]).await;
    let command = ["apply", "run.db", "--allow-scope"];
    for (typed, asked) in [
        (&["y\r"][..], "the number of targets"),
        (&["9\r"], "the number of targets"),
        (&["10\r", "y\r"], "its name"),
        (&["10\r", "woodpecker.company:1\r"], "its name"),
    ] {
        let terminal = Terminal::new(&desk, 80, &command, &[]);
        let (status, screen, _) = beside(move || {
            let screen = terminal.until(&["Type the number of targets to go on:"]);
            assert!(
                screen.starts_with("EVERYBODY in these will be deleted"),
                "{screen}"
            );
            terminal.types(typed[0]);
            if let Some(name) = typed.get(1) {
                terminal.until(&["EVERYBODY in woodpecker.company:123 goes.", "Type its name"]);
                terminal.types(name);
            }
            terminal.end()
        })
        .await;
        assert_eq!(status, Some(5), "{screen}");
        assert!(
            screen.contains(&format!("not confirmed: {asked}")),
            "{screen}"
        );
    }
    assert_eq!(desk.sandbox.requests().len(), 0);
    let terminal = Terminal::new(&desk, 80, &command, &[]);
    let (status, screen, _) = beside(move || {
        terminal.until(&["Type the number of targets"]);
        terminal.types("10\r");
        terminal.until(&["Type its name"]);
        terminal.types("woodpecker.company:123\r");
        terminal.end()
    })
    .await;
    assert_eq!(status, Some(0), "{screen}");
    assert!(
        screen.contains("Everything is deleted, or accepted"),
        "{screen}"
    );
    assert!(!screen.contains('━'), "a bar stayed:\n{screen}");
    assert_eq!(desk.sandbox.requests().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_scopes_are_confirmed_by_how_many_they_are() {
    let desk = Desk::new(seed()).await;
    let rows = (1..=4).map(|company| format!("woodpecker.company,,,,,{company}"));
    let rows: Vec<_> = rows.collect();
    let list = desk.file(
        "list.csv",
        list(&rows.iter().map(String::as_str).collect::<Vec<_>>()),
    );
    desk.plan(&[&list]).await;
    for (typed, expected) in [("y\r", 5), ("everybody in 4 scopes\r", 3)] {
        let terminal = Terminal::new(&desk, 80, &["apply", "run.db", "--allow-scope"], &[]);
        let (status, screen, _) = beside(move || {
            terminal.until(&["woodpecker.company:4", "Type the number of targets"]);
            terminal.types("13\r");
            terminal.until(&["Type \"everybody in 4 scopes\" to go on:"]);
            terminal.types(typed);
            terminal.end()
        })
        .await;
        // The sandbox knows no such companies.
        assert_eq!(status, Some(expected), "{screen}");
        assert_eq!(desk.sandbox.requests().is_empty(), expected == 5);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_direct_deletion_asks_for_the_number_of_its_targets() {
    let desk = Desk::new(seed()).await;
    let command = ["nlpearl", "delete-leads", "--pearl-id", "p", "l0", "l1"];
    for (typed, expected) in [("yes\r", 5), ("delete\r", 5), ("2\r", 0)] {
        let terminal = Terminal::new(&desk, 80, &command, &[]);
        let (status, screen, _) = beside(move || {
            terminal.until(&[
                "2 targets will be deleted: nlpearl.lead:p/l0,l1. This cannot be undone.",
                "Type the number of targets to go on:",
            ]);
            terminal.types(typed);
            terminal.end()
        })
        .await;
        assert_eq!(status, Some(expected), "{typed:?}: {screen}");
    }
    assert_eq!(desk.sandbox.requests().len(), 1);
    let scope = ["woodpecker", "delete-prospects", "--company-id", "123"];
    let terminal = Terminal::new(&desk, 80, &scope, &[]);
    let (status, screen, _) = beside(move || {
        terminal.until(&["Type the name of the scope to go on:"]);
        terminal.types("1\r");
        terminal.end()
    })
    .await;
    assert_eq!(status, Some(5), "{screen}");
    assert_eq!(desk.sandbox.requests().len(), 1);
}

/// A pass that stands still: a refused key at UnleashX, and an answer of NLPearl's that does not come.
async fn standing_still(desk: &Desk) -> String {
    let refused = Effect::Answer {
        status: 401,
        headers: [].into(),
        body: "{}".to_owned(),
        takes_effect: false,
    };
    let hour = Effect::Delay {
        milliseconds: 3_600_000,
    };
    desk.sandbox
        .set_faults(vec![
            Fault::new(refused).on("unleashx.delete_audience"),
            Fault::new(hour)
                .on("nlpearl.delete_leads")
                .after(3)
                .times(1),
        ])
        .unwrap();
    let list = desk.file("list.csv", list(&["unleashx.audience,,,42,101,"]));
    desk.plan(&[&list, "--batch", "nlpearl=1"]).await
}

fn applied(digest: &str) -> Vec<&str> {
    let mut arguments = apply(digest);
    arguments.retain(|word| !["--output", "json"].contains(word));
    arguments.extend(["--concurrency", "nlpearl=1", "--timeout", "3600"]);
    arguments
}

#[tokio::test(flavor = "multi_thread")]
async fn bars_are_drawn_until_two_interrupts_and_the_command_that_stays_continues() {
    let desk = Desk::new(seed()).await;
    let digest = standing_still(&desk).await;
    let arguments = applied(&digest);
    let terminal = Terminal::new(&desk, 400, &arguments, &[]);
    let (status, screen, written) = beside(move || {
        let screen = terminal.until(&[" 3/9", "needs a person: key refused by unleashx"]);
        let lines: Vec<_> = screen.lines().map(str::trim_end).collect();
        assert!(
            lines.contains(
                &"unleashx ──────────────────────────────────────── 0/1  stopped: key refused"
            ),
            "{screen}"
        );
        assert!(
            lines
                .iter()
                .any(|line| line.starts_with("nlpearl  ━━━━━━━━━━━━━───────────────────────────")),
            "{screen}"
        );
        terminal.types(CTRL_C);
        let screen = terminal.until(&[
            "waits for 1 answer",
            "waiting for 1 request under way; Ctrl-C again stops at once",
        ]);
        assert_eq!(
            screen.matches("nlpearl  ━").count(),
            1,
            "an old picture stayed:\n{screen}"
        );
        terminal.types(CTRL_C);
        terminal.end()
    })
    .await;
    assert_eq!(status, Some(130), "{screen}");
    assert!(!screen.contains('━'), "a bar stayed:\n{screen}");
    assert!(written.contains("\u{1b}[33m"), "no colour: {written:?}");
    let again = screen.lines().last().unwrap().trim();
    desk.sandbox.set_faults(Vec::new()).unwrap();
    let run = desk
        .paste(&format!("{again} --output json"))
        .await
        .expect(0);
    assert_eq!(run.json()["deleted"], 10, "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_terminal_gets_every_word() {
    let desk = Desk::new(seed()).await;
    let digest = standing_still(&desk).await;
    let arguments = applied(&digest);
    let terminal = Terminal::new(&desk, 40, &arguments, &[("NO_COLOR", "1")]);
    let (_, screen, written) = beside(move || {
        terminal.until(&[
            "nlpearl  3/9",
            "unleashx 0/1  key refused",
            "needs a person: key refused by unleashx",
        ]);
        terminal.types(CTRL_C);
        terminal.until(&[
            "nlpearl  3/9  1 under way",
            "waiting for 1 request under way; Ctrl-C\nagain stops at once",
        ]);
        terminal.types(CTRL_C);
        terminal.end()
    })
    .await;
    assert!(!written.contains("\u{1b}[33m"), "NO_COLOR: {written:?}");
    assert!(!screen.contains("3/9"), "the picture stayed:\n{screen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_drawn_where_nothing_can_be_or_should_be() {
    for (more, environment, words) in [
        (&[][..], ("TERM", "dumb"), true),
        (&["-v"], ("TERM", "xterm"), true),
        (&["-q"], ("TERM", "xterm"), false),
    ] {
        let desk = Desk::new(seed()).await;
        let list = desk.file("list.csv", list(&[]));
        let digest = desk.plan(&[&list]).await;
        let mut arguments = applied(&digest);
        arguments.extend(more);
        let terminal = Terminal::new(&desk, 80, &arguments, &[environment, ("NO_COLOR", "1")]);
        let (status, screen, written) = beside(move || terminal.end()).await;
        assert_eq!(status, Some(0), "{screen}");
        assert!(!written.contains('\u{1b}'), "{more:?}: {written:?}");
        assert_eq!(
            written.contains("sending 9 targets"),
            words,
            "{more:?}: {written}"
        );
        assert!(words || written.is_empty(), "{written}");
    }
}
