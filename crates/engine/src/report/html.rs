//! The report as one page that needs nothing else: no network, no other file.
//!
//! What stands above the list of targets is written here, and so is there without JavaScript and on paper.
//! The list is data, which the page's script shows page by page; what needs a person comes first. Whatever a
//! list or a provider said is escaped here, in [`Text`] and [`Harmless`], and put in as text by the script.

use std::{
    fmt,
    io::{self, Write},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use prospect_delete_core::is_harmful;
use rusqlite::{Connection, types::ValueRef};
use serde::Serialize;
use serde_json::ser::Formatter;
use sha2::{Digest, Sha256};

use super::{HASH, Status, unwritten};
use prospect_delete_core::target_kinds;

use crate::{
    Counts, Error, Pass, PassEnd, RunFile,
    run_file::{LAST, OPEN, OUTCOME, hex, outcome, rfc3339},
};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// How targets may stand, in the order of their urgency. The script knows that the first four need a person.
const STANDINGS: [Standing; 6] = [
    Standing {
        name: "unknown",
        count: |counts| counts.unknown,
    },
    Standing {
        name: "rejected",
        count: |counts| counts.rejected,
    },
    Standing {
        name: "not_sent",
        count: |counts| counts.not_sent,
    },
    Standing {
        name: "pending",
        count: |counts| counts.pending,
    },
    Standing {
        name: "accepted",
        count: |counts| counts.accepted,
    },
    Standing {
        name: "deleted",
        count: |counts| counts.deleted,
    },
];

/// How many of them need a person.
const NEED_A_PERSON: usize = 4;

/// About how many targets stand in one block of data, which the page reads without a break.
const BLOCK: u64 = 5000;

struct Standing {
    name: &'static str,
    count: fn(&Counts) -> u64,
}

impl Standing {
    fn words(&self) -> String {
        self.name.replace('_', " ")
    }
}

/// What the script has to know before the rows.
#[derive(Serialize)]
struct Meta {
    total: u64,
    outcomes: Vec<&'static str>,
    counts: serde_json::Map<String, serde_json::Value>,
    providers: Vec<&'static str>,
    kinds: Vec<Kind>,
}

#[derive(Serialize)]
struct Kind {
    name: &'static str,
    provider: &'static str,
    columns: Vec<&'static str>,
}

/// An attempt, as the script reads it: began, ended, outcome, failure, HTTP status, message, request id,
/// wait asked for in seconds, count, pass, targets that the request named.
#[derive(Serialize)]
struct Attempt(
    i64,
    Option<i64>,
    Option<usize>,
    Option<String>,
    Option<u16>,
    Option<String>,
    Option<String>,
    Option<i64>,
    Option<i64>,
    i64,
    i64,
);

impl RunFile {
    /// Writes the run as one HTML page that needs nothing else, in memory that does not grow with it.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or `out` cannot be written.
    pub fn write_html(&self, mut out: impl Write) -> Result<(), Error> {
        // One moment of the run, though somebody may apply it.
        let moment = self
            .connection()
            .unchecked_transaction()
            .map_err(|error| Error::database(self.path(), &error))?;
        let status = self.status()?;
        for part in PAGE.split("{{") {
            let (name, text) = part.split_once("}}").unwrap_or(("", part));
            self.part(name, &status, &mut out)?;
            out.write_all(text.as_bytes())
                .map_err(|error| unwritten(&error))?;
        }
        drop(moment);
        out.flush().map_err(|error| unwritten(&error))
    }

    /// Writes what stands in a place of the page.
    fn part(&self, name: &str, status: &Status, out: &mut impl Write) -> Result<(), Error> {
        let written = match name {
            "policy" => policy(out),
            "style" => out.write_all(STYLE.as_bytes()),
            "script" => out.write_all(SCRIPT.as_bytes()),
            "run_id" => write!(out, "{}", Text(&status.manifest.run_id)),
            "verdict" => verdict(&status.counts, out),
            "lede" => lede(status, out),
            "attention" => attention(status, out),
            "facts" => facts(status, &self.bindings()?, out),
            "bars" => bars(status, out),
            "counts" => counts(status, out),
            "passes" => passes(&status.passes, out),
            "written_at" => write!(out, "{}", moment(&rfc3339(std::time::SystemTime::now()))),
            "progress" => {
                let chart = Progress::read(self.connection(), status.counts.targets)
                    .map_err(|error| Error::database(self.path(), &error))?;
                chart.write(out)
            }
            "rows" => return self.rows(status, out),
            _ => Ok(()),
        };
        written.map_err(|error| unwritten(&error))
    }

    /// Writes all targets as data, the most urgent first.
    fn rows(&self, status: &Status, out: &mut impl Write) -> Result<(), Error> {
        let failed = |error| Error::database(self.path(), &error);
        let mut out = Blocks { out, targets: None };
        out.meta(&meta(status))?;
        let connection = self.connection();
        let mut requests = connection
            .prepare(&format!(
                "SELECT id, kind, options, first, count, attempts + ({OPEN})
                 FROM request WHERE split = 0 AND {OUTCOME} = ? ORDER BY id"
            ))
            .map_err(failed)?;
        let mut targets = connection
            .prepare("SELECT key FROM target WHERE id >= ? AND id < ? ORDER BY id")
            .map_err(failed)?;
        for (standing, of) in STANDINGS.iter().enumerate() {
            let mut requests = requests.query([of.name]).map_err(failed)?;
            while let Some(row) = requests.next().map_err(failed)? {
                let read = || -> rusqlite::Result<(i64, u8, u8, i64, i64, u32)> {
                    Ok((
                        row.get(0)?,
                        row.get(1)?,
                        row.get(2)?,
                        row.get(3)?,
                        row.get(4)?,
                        row.get(5)?,
                    ))
                };
                let (id, code, options, first, count, sent) = read().map_err(failed)?;
                let kind = target_kinds()
                    .iter()
                    .position(|kind| kind.code == code)
                    .unwrap_or_default();
                self.kind(code)?;
                let attempts = attempts(connection, id).map_err(failed)?;
                out.begin(count.unsigned_abs())?;
                out.json(&(kind, standing, options, sent, attempts))?;
                out.targets()?;
                let mut keys = targets
                    .query([first, first.saturating_add(count)])
                    .map_err(failed)?;
                let mut is_first = true;
                while let Some(key) = keys.next().map_err(failed)? {
                    out.comma(&mut is_first)?;
                    match key.get_ref(0).map_err(failed)? {
                        ValueRef::Blob(hash) => out.json(&hex(&hash[..hash.len().min(HASH)]))?,
                        key => {
                            let key = key.as_str().unwrap_or_default();
                            let target = self.target(code, key, options)?;
                            out.json(&target.values().collect::<Vec<_>>())?;
                        }
                    }
                }
                out.end()?;
            }
        }
        out.finish()
    }
}

/// Every attempt that named the targets of a request: its own, and those of the requests it was split off.
fn attempts(connection: &Connection, request: i64) -> rusqlite::Result<Vec<Attempt>> {
    let mut line = Vec::new();
    let mut next = Some(request);
    while let Some(id) = next {
        let (parent, count) = connection
            .prepare_cached("SELECT parent, count FROM request WHERE id = ?")?
            .query_row([id], |row| Ok((row.get::<_, Option<i64>>(0)?, row.get(1)?)))?;
        line.push((id, count));
        // Halves come after what they are of, so that this ends in a damaged file too.
        next = parent.filter(|parent| *parent < id);
    }
    let mut attempts = Vec::new();
    for (id, named) in line.into_iter().rev() {
        let mut statement = connection.prepare_cached(
            "SELECT began, ended, outcome, kind, http_status, message, request_id, retry_after_s,
                count, pass
             FROM attempt WHERE request = ? ORDER BY id",
        )?;
        let mut rows = statement.query([id])?;
        while let Some(row) = rows.next()? {
            let outcome: Option<String> = row.get(2)?;
            let standing = |name: &str| STANDINGS.iter().position(|of| of.name == name);
            attempts.push(Attempt(
                row.get(0)?,
                row.get(1)?,
                outcome.as_deref().and_then(standing),
                row.get(3)?,
                row.get(4)?,
                row.get(5)?,
                row.get(6)?,
                row.get(7)?,
                row.get(8)?,
                row.get(9)?,
                named,
            ));
        }
    }
    Ok(attempts)
}

fn meta(status: &Status) -> Meta {
    Meta {
        total: status.counts.targets,
        outcomes: STANDINGS.iter().map(|of| of.name).collect(),
        counts: STANDINGS
            .iter()
            .map(|of| (of.name.to_owned(), (of.count)(&status.counts).into()))
            .collect(),
        providers: status.by_provider.keys().copied().collect(),
        kinds: target_kinds()
            .iter()
            .map(|kind| Kind {
                name: kind.name,
                provider: kind.provider().name,
                columns: kind.columns.iter().map(|column| column.name).collect(),
            })
            .collect(),
    }
}

/// Data, in blocks that a browser takes for no code.
struct Blocks<'a, W> {
    out: &'a mut W,
    /// How many targets stand in the open block.
    targets: Option<u64>,
}

impl<W: Write> Blocks<'_, W> {
    fn text(&mut self, text: &str) -> Result<(), Error> {
        self.out
            .write_all(text.as_bytes())
            .map_err(|error| unwritten(&error))
    }

    fn json(&mut self, value: &impl Serialize) -> Result<(), Error> {
        let mut serializer = serde_json::Serializer::with_formatter(&mut *self.out, Harmless);
        value
            .serialize(&mut serializer)
            .map_err(|error| unwritten(&error.into()))
    }

    fn meta(&mut self, meta: &Meta) -> Result<(), Error> {
        self.text("<script type=\"application/json\" id=\"meta\">")?;
        self.json(meta)?;
        self.text("</script>\n")
    }

    fn comma(&mut self, is_first: &mut bool) -> Result<(), Error> {
        if std::mem::take(is_first) {
            return Ok(());
        }
        self.text(",")
    }

    /// Begins a request of this many targets.
    fn begin(&mut self, targets: u64) -> Result<(), Error> {
        let open = self.targets.unwrap_or_default();
        if open >= BLOCK {
            self.text("]</script>\n")?;
            self.targets = None;
        }
        let before = match self.targets {
            None => "<script type=\"application/json\" class=\"rows\">[\n",
            Some(_) => ",\n",
        };
        self.targets = Some(self.targets.unwrap_or_default() + targets.max(1));
        self.text(before)?;
        self.text("[")
    }

    fn targets(&mut self) -> Result<(), Error> {
        self.text(",[")
    }

    fn end(&mut self) -> Result<(), Error> {
        self.text("]]")
    }

    fn finish(mut self) -> Result<(), Error> {
        match self.targets.take() {
            None => Ok(()),
            Some(_) => self.text("]</script>\n"),
        }
    }
}

/// JSON that cannot end the element it stands in, nor reorder what a reader of the source sees.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut plain = 0;
        for (at, c) in fragment.char_indices() {
            if matches!(c, '<' | '>' | '&') || is_harmful(c) {
                writer.write_all(&fragment.as_bytes()[plain..at])?;
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
                plain = at + c.len_utf8();
            }
        }
        writer.write_all(&fragment.as_bytes()[plain..])
    }
}

/// Text within an element or a quoted attribute.
struct Text<'a>(&'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c if is_harmful(c) => write!(f, "U+{:04X}", u32::from(c))?,
                c => write!(f, "{c}")?,
            }
        }
        Ok(())
    }
}

/// A number with commas between thousands.
fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn counted(count: u64, what: &str) -> String {
    let ending = match (count, what.ends_with("ss")) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{} {what}{ending}", number(count))
}

/// A moment of RFC 3339 in UTC, to the second.
fn moment(at: &str) -> String {
    match (at.get(..19), at.ends_with('Z')) {
        (Some(seconds), true) => format!(
            "<time datetime=\"{}\">{}</time>",
            Text(at),
            Text(&seconds.replace('T', " "))
        ),
        _ => Text(at).to_string(),
    }
}

/// What the page may do: run its own script, take its own style, and nothing else.
fn policy(out: &mut impl Write) -> io::Result<()> {
    let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text));
    write!(
        out,
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}

fn needing_a_person(counts: &Counts) -> u64 {
    STANDINGS[..NEED_A_PERSON]
        .iter()
        .map(|of| (of.count)(counts))
        .sum()
}

fn verdict(counts: &Counts, out: &mut impl Write) -> io::Result<()> {
    let all = counted(counts.targets, "target");
    let gone = match (counts.deleted, counts.accepted) {
        (_, 0) => "deleted",
        (0, _) => "accepted for deletion",
        _ => "deleted or accepted for deletion",
    };
    match (needing_a_person(counts), counts.targets) {
        (_, 0) => write!(out, "The run has no targets"),
        (0, 1) => write!(out, "The one target was {gone}"),
        (0, _) => write!(out, "All {all} were {gone}"),
        (_, targets) if counts.pending == targets => {
            write!(out, "Nothing was sent yet: {all} pending")
        }
        (person, _) => write!(
            out,
            "{} of {all} {} a person",
            number(person),
            if person == 1 { "needs" } else { "need" }
        ),
    }
}

fn lede(status: &Status, out: &mut impl Write) -> io::Result<()> {
    let parts: Vec<_> = STANDINGS
        .iter()
        .rev()
        .map(|of| ((of.count)(&status.counts), of.words()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{} {words}", number(count)))
        .collect();
    let sent = counted(status.requests_sent, "request");
    let passes = counted(status.passes.len() as u64, "pass");
    write!(out, "{}. {sent} sent in {passes}.", parts.join(", "))
}

fn attention(status: &Status, out: &mut impl Write) -> io::Result<()> {
    if needing_a_person(&status.counts) == 0 {
        return write!(
            out,
            "<p>Nothing: no target is unknown, rejected, not sent or pending.</p>"
        );
    }
    let forgotten = status.manifest.forgotten_at.is_some();
    write!(out, "<ul class=\"cards\">")?;
    for of in &STANDINGS[..NEED_A_PERSON] {
        let count = (of.count)(&status.counts);
        if count == 0 {
            continue;
        }
        let meaning = match of.name {
            "unknown" => {
                "May have been deleted: the request may have been sent, but no reliable answer came back; or it was refused, but an earlier request of this run named the target together with others."
            }
            "rejected" => "The provider answered that it did not do it.",
            "not_sent" => "The request never left. Nothing is gone.",
            _ => "Still to be sent.",
        };
        let advice = match (forgotten, of.name) {
            (true, "unknown") => {
                "Look them up at the provider. The run was forgotten and cannot be applied again; plan a new list for what is still there."
            }
            (true, _) => {
                "The run was forgotten and cannot be applied again; plan a new list for what is still to be deleted."
            }
            (false, "unknown") => {
                "Look at the provider. The next apply sends people again, which deletes nobody else; it sends scopes again with <code>--retry-unknown</code> alone."
            }
            (false, "rejected") => {
                "What the provider does not have any more (404) needs nothing. Otherwise read what it said, fix the cause, and apply with <code>--retry-rejected</code>."
            }
            (false, _) => "The next apply sends it.",
        };
        write!(
            out,
            "<li class=\"{name}\"><span class=\"outcome\">{} <small>{}</small></span><p>{meaning}</p><p>{advice}</p>\
             <button type=\"button\" data-outcome=\"{name}\" hidden>Show {}</button></li>",
            number(count),
            of.words(),
            if count == 1 { "it" } else { "them" },
            name = of.name,
        )?;
    }
    write!(out, "</ul>")
}

fn facts(status: &Status, bindings: &[crate::Binding], out: &mut impl Write) -> io::Result<()> {
    let manifest = &status.manifest;
    let mut fact = |name: &str, value: &str| writeln!(out, "<dt>{name}</dt><dd>{value}</dd>");
    let mono = |text: &str| format!("<span class=\"mono\">{}</span>", Text(text));
    fact("Run", &mono(&manifest.run_id))?;
    fact("Digest of the plan", &mono(&manifest.digest))?;
    fact(
        "Planned",
        &format!(
            "{} by {}, with version {}",
            moment(&manifest.planned_at),
            Text(&manifest.planned_by),
            Text(&manifest.planned_with)
        ),
    )?;
    let applied = match &status.passes[..] {
        [] => "not yet".to_owned(),
        [first, .., last] => format!(
            "{} from {} on, last {}",
            counted(status.passes.len() as u64, "pass"),
            moment(&first.began_at),
            moment(&last.began_at)
        ),
        [only] => format!(
            "{} by {}, with version {}",
            moment(&only.began_at),
            Text(&only.by),
            Text(&only.with)
        ),
    };
    fact("Applied", &applied)?;
    if let Some(at) = &manifest.forgotten_at {
        let what =
            "identifiers were replaced by keyed hashes, and the providers' words were dropped";
        fact("Forgotten", &format!("{}: {what}", moment(at)))?;
    }
    for binding in bindings {
        let name = format!("Sent to, for {}", Text(binding.provider));
        fact(&name, &mono(&binding.base_url))?;
    }
    Ok(())
}

/// Widths of 1000 in all, none of them invisible.
fn widths(counts: &Counts) -> Vec<(usize, u64)> {
    const LEAST: u64 = 6;
    let mut widths: Vec<(usize, u64)> = STANDINGS
        .iter()
        .enumerate()
        .map(|(standing, of)| (standing, (of.count)(counts)))
        .filter(|(_, count)| *count > 0)
        .map(|(standing, count)| {
            let share = u128::from(count) * 1000 / u128::from(counts.targets.max(1));
            (standing, u64::try_from(share).unwrap_or(1000).max(LEAST))
        })
        .collect();
    let sum: u64 = widths.iter().map(|(_, width)| width).sum();
    if let Some((_, widest)) = widths.iter_mut().max_by_key(|(_, width)| *width) {
        *widest = (*widest + 1000).saturating_sub(sum);
    }
    widths
}

fn bars(status: &Status, out: &mut impl Write) -> io::Result<()> {
    for (provider, counts) in &status.by_provider {
        let words: Vec<_> = STANDINGS
            .iter()
            .filter(|of| (of.count)(counts) > 0)
            .map(|of| format!("{} {}", number((of.count)(counts)), of.words()))
            .collect();
        write!(
            out,
            "<div class=\"bar\"><span>{}</span><svg viewBox=\"0 0 1000 18\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}: {}\">\
             <rect class=\"track\" width=\"1000\" height=\"18\"/>",
            Text(provider),
            Text(provider),
            words.join(", ")
        )?;
        // What is done comes first, so that what is not stands out at the end.
        let mut x = 0;
        for (standing, width) in widths(counts).into_iter().rev() {
            let gap = u64::from(x > 0);
            write!(
                out,
                "<rect class=\"{}\" x=\"{}\" width=\"{}\" height=\"18\"/>",
                STANDINGS[standing].name,
                x + gap,
                width - gap
            )?;
            x += width;
        }
        writeln!(
            out,
            "</svg><span class=\"total\">{}</span></div>",
            number(counts.targets)
        )?;
    }
    legend(&status.counts, out)
}

fn legend(counts: &Counts, out: &mut impl Write) -> io::Result<()> {
    write!(out, "<ul class=\"legend\">")?;
    for of in STANDINGS.iter().rev().filter(|of| (of.count)(counts) > 0) {
        write!(
            out,
            "<li class=\"outcome {}\"><span class=\"mark\" aria-hidden=\"true\"></span>{}</li>",
            of.name,
            of.words()
        )?;
    }
    writeln!(out, "</ul>")
}

fn counts(status: &Status, out: &mut impl Write) -> io::Result<()> {
    let mut row = |name: &str, kind: &str, counts: &Counts| -> io::Result<()> {
        write!(
            out,
            "<tr{kind}><th scope=\"row\">{}</th><td>{}</td>",
            Text(name),
            number(counts.targets)
        )?;
        for of in &STANDINGS {
            let count = (of.count)(counts);
            let kind = if count == 0 { "zero" } else { of.name };
            write!(out, "<td class=\"{kind}\">{}</td>", number(count))?;
        }
        writeln!(out, "</tr>")
    };
    for (provider, counts) in &status.by_provider {
        row(provider, "", counts)?;
    }
    row("All", " class=\"all\"", &status.counts)
}

fn passes(passes: &[Pass], out: &mut impl Write) -> io::Result<()> {
    if passes.is_empty() {
        return writeln!(
            out,
            "<tr><td colspan=\"7\">The run was not applied yet.</td></tr>"
        );
    }
    for (index, pass) in passes.iter().enumerate() {
        let how = match pass.end {
            Some(PassEnd::Completed) => "came to its end",
            Some(PassEnd::Interrupted) => "interrupted by the operator",
            Some(PassEnd::Failed) => "failed: the run file could not be written",
            Some(PassEnd::BrokenOff) => "broke off: the program ended before it",
            None => "no end is recorded: under way, or the program ended before it",
        };
        let ended = pass
            .ended_at
            .as_deref()
            .map_or_else(|| "not recorded".to_owned(), moment);
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{ended}</td><td>{how}</td><td class=\"number\">{}</td></tr>",
            index + 1,
            Text(&pass.by),
            Text(&pass.with),
            moment(&pass.began_at),
            number(pass.requests_sent)
        )?;
    }
    Ok(())
}

/// How many targets had come to their present outcome at each moment of the passes. What lies between two
/// passes is left out: nothing happens in it.
struct Progress {
    total: u64,
    spans: Vec<Span>,
}

struct Span {
    pass: i64,
    began: i64,
    ended: i64,
    /// Where its columns begin in the chart.
    start: usize,
    /// In each column, how many targets came to each standing.
    columns: Vec<[u64; STANDINGS.len()]>,
}

/// The chart's own measures. Beyond this many passes they have no room for a number each.
const COLUMNS: usize = 240;
const LEAST_COLUMNS: usize = 6;
const WIDTH: usize = 720;
const HEIGHT: usize = 180;
const NUMBERED: usize = 24;

impl Progress {
    fn read(connection: &Connection, total: u64) -> rusqlite::Result<Self> {
        let mut spans = connection
            .prepare(
                "SELECT pass.id, pass.began, max(coalesce(pass.ended, pass.began),
                    coalesce(max(coalesce(attempt.ended, attempt.began)), pass.began))
                 FROM pass JOIN attempt ON attempt.pass = pass.id GROUP BY pass.id ORDER BY pass.id",
            )?
            .query_map([], |row| {
                Ok(Span {
                    pass: row.get(0)?,
                    began: row.get(1)?,
                    ended: row.get(2)?,
                    start: 0,
                    columns: Vec::new(),
                })
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let length = |span: &Span| span.ended.abs_diff(span.began).max(1);
        let all: u64 = spans.iter().map(length).sum();
        let mut start = 0;
        for span in &mut spans {
            let share = u128::from(length(span)) * COLUMNS as u128 / u128::from(all.max(1));
            let columns = usize::try_from(share).unwrap_or(COLUMNS).max(LEAST_COLUMNS);
            span.start = start;
            span.columns = vec![[0; STANDINGS.len()]; columns];
            start += columns;
        }
        let mut statement = connection.prepare(&format!(
            "SELECT {OUTCOME}, request.count, attempt.pass, coalesce(attempt.ended, attempt.began)
             FROM request JOIN attempt ON {LAST}
             WHERE split = 0"
        ))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let state: String = row.get(0)?;
            let (count, pass, at): (i64, i64, i64) = (row.get(1)?, row.get(2)?, row.get(3)?);
            let Ok(span) = spans.binary_search_by_key(&pass, |span| span.pass) else {
                continue;
            };
            if outcome(&state).is_none() {
                continue;
            }
            let span = &mut spans[span];
            let last = span.columns.len() - 1;
            let place = u128::from(at.saturating_sub(span.began).max(0).unsigned_abs())
                * span.columns.len() as u128
                / u128::from(length(span));
            let column = usize::try_from(place).unwrap_or(last).min(last);
            if let Some(standing) = STANDINGS.iter().position(|of| of.name == state) {
                span.columns[column][standing] += count.unsigned_abs();
            }
        }
        Ok(Self { total, spans })
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        const TOP: usize = 20;
        let columns: usize = self.spans.iter().map(|span| span.columns.len()).sum();
        if columns == 0 || self.total == 0 {
            return writeln!(out, "<p>Nothing was sent yet.</p>");
        }
        let x = |column: usize| column * WIDTH * 10 / columns;
        let y = |targets: u64| {
            let up = u128::from(targets) * (HEIGHT as u128 * 10) / u128::from(self.total);
            (TOP + HEIGHT) * 10 - usize::try_from(up).unwrap_or(HEIGHT * 10).min(HEIGHT * 10)
        };
        let tenth = |tenths: usize| format!("{}.{}", tenths / 10, tenths % 10);
        let bottom = TOP + HEIGHT;
        write!(
            out,
            "<svg class=\"progress\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-labelledby=\"progress-title progress-caption\">",
            bottom + 24
        )?;
        for (index, span) in self.spans.iter().enumerate() {
            let (from, to) = (x(span.start), x(span.start + span.columns.len()));
            if index % 2 == 0 && self.spans.len() > 1 {
                write!(
                    out,
                    "<rect class=\"band\" x=\"{}\" y=\"{TOP}\" width=\"{}\" height=\"{HEIGHT}\"/>",
                    tenth(from),
                    tenth(to - from)
                )?;
            }
            if self.spans.len() <= NUMBERED {
                let only = if to - from > 600 { "pass " } else { "" };
                write!(
                    out,
                    "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{only}{}</text>",
                    tenth(usize::midpoint(from, to)),
                    bottom + 18,
                    span.pass
                )?;
            }
        }
        // From the bottom up, each standing lies on those below it.
        let mut sums = [0; STANDINGS.len()];
        let mut heights = Vec::with_capacity(columns);
        for column in self.spans.iter().flat_map(|span| &span.columns) {
            for (sum, count) in sums.iter_mut().zip(column) {
                *sum += count;
            }
            let mut below = 0;
            let mut tops = [0; STANDINGS.len()];
            for (top, sum) in tops.iter_mut().zip(&sums).rev() {
                below += sum;
                *top = below;
            }
            heights.push(tops);
        }
        // The highest is drawn first and the others over it.
        for standing in 0..STANDINGS.len() {
            if sums[standing] == 0 {
                continue;
            }
            write!(
                out,
                "<path class=\"{}\" d=\"M0 {bottom}",
                STANDINGS[standing].name
            )?;
            for (column, of) in heights.iter().enumerate() {
                write!(out, "V{}H{}", tenth(y(of[standing])), tenth(x(column + 1)))?;
            }
            write!(out, "V{bottom}Z\"/>")?;
        }
        for share in [0, 1, 2] {
            let targets = self.total * share / 2;
            let at = tenth(y(targets));
            write!(
                out,
                "<line x1=\"0\" x2=\"{WIDTH}\" y1=\"{at}\" y2=\"{at}\"/>"
            )?;
        }
        write!(
            out,
            "<text x=\"0\" y=\"14\">{}</text></svg>",
            counted(self.total, "target")
        )?;
        let (first, last) = (&self.spans[0], &self.spans[self.spans.len() - 1]);
        let at = |millis| moment(&crate::run_file::from_millis(millis));
        writeln!(
            out,
            "<figcaption id=\"progress-caption\">Targets that had come to their present outcome, from {} to {}.{}</figcaption>",
            at(first.began),
            at(last.ended),
            if self.spans.len() > 1 {
                " Time between passes is left out."
            } else {
                ""
            }
        )
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::{Harmless, STANDINGS, Text, counted, number, widths};
    use crate::Counts;

    const HOSTILE: &str = "</script><!--&\"'\u{2028}\u{202e}\0\u{e0041}";

    #[test]
    fn text_ends_no_element_and_hides_nothing() {
        assert_eq!(
            Text(HOSTILE).to_string(),
            "&lt;/script&gt;&lt;!--&amp;&quot;&#39;U+2028U+202EU+0000U+E0041"
        );
    }

    #[test]
    fn data_ends_no_element_and_reads_back_as_it_was() {
        let mut out = Vec::new();
        let mut serializer = serde_json::Serializer::with_formatter(&mut out, Harmless);
        HOSTILE.serialize(&mut serializer).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.is_ascii() && !text.contains(['<', '>', '&']), "{text}");
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), HOSTILE);
    }

    #[test]
    fn numbers_and_their_words_agree() {
        let numbers = [0, 999, 1000, 1_234_567].map(number);
        assert_eq!(numbers, ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(counted(1, "pass"), "1 pass");
        assert_eq!(counted(2, "pass"), "2 passes");
        assert_eq!(counted(1000, "target"), "1,000 targets");
    }

    #[test]
    fn one_in_a_million_is_seen_in_a_bar() {
        let counts = Counts {
            targets: 1_000_000,
            deleted: 999_998,
            unknown: 1,
            pending: 1,
            ..Counts::default()
        };
        let widths = widths(&counts);
        let names: Vec<_> = widths.iter().map(|(of, _)| STANDINGS[*of].name).collect();
        assert_eq!(names, ["unknown", "pending", "deleted"]);
        assert_eq!(widths.iter().map(|(_, width)| width).sum::<u64>(), 1000);
        assert!(widths.iter().all(|(_, width)| *width >= 6), "{widths:?}");
    }
}
