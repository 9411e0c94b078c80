//! Everything that the program prints. Nothing else prints.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    io::{self, Write},
};

use clap::ValueEnum;
use prospect_delete_core::{Call, Error, Operation, Outcome, Receipt, Request};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::exit::{Exit, Failure};

/// What stands in the place of a key.
const REDACTED: &str = "[redacted]";

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people
    #[default]
    Text,
    /// One JSON object
    Json,
}

/// Where results go and in which form.
#[derive(Debug)]
pub struct Output {
    format: OutputFormat,
    quiet: bool,
}

/// How a direct deletion ended, in the form that scripts read.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Report {
    outcome: Outcome,
    provider: &'static str,
    /// The operation's name, without the provider.
    operation: &'static str,
    /// Requests of which anything may have left.
    attempts: u32,
    /// The status of the last answer.
    http_status: Option<u16>,
    /// The provider's own words, or what was in their place.
    message: Option<String>,
    /// The provider's number for the job, else the answer's request id header.
    request_id: Option<String>,
    /// How long the provider asked to be left alone, in seconds.
    retry_after_s: Option<u64>,
    /// What the provider counted, where it counts.
    count: Option<u64>,
}

/// A request that was put together and not sent.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DryRun {
    /// Always true.
    dry_run: bool,
    provider: &'static str,
    /// The operation's name, without the provider.
    operation: &'static str,
    /// What would be deleted, in words.
    target: String,
    request: Wire,
}

/// The request as it would leave.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Wire {
    method: String,
    url: String,
    /// In lower case. The key is not shown.
    headers: BTreeMap<String, String>,
    body: Value,
}

/// What went wrong with a command of a run.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Failed {
    /// What, and what to do about it.
    error: String,
    /// The status that the program ends with.
    exit_status: u8,
}

impl Output {
    pub fn new(format: OutputFormat, quiet: bool) -> Self {
        Self { format, quiet }
    }

    /// Whether results are for people.
    pub fn is_text(&self) -> bool {
        self.format == OutputFormat::Text
    }

    /// Prints how a deletion ended, and says what its outcome means for the exit status.
    pub fn report(&self, report: &Report, error: Option<&str>) -> Result<Exit, Failure> {
        if let Some(error) = error {
            self::error(&error);
        }
        let printed = match self.format {
            OutputFormat::Json => json(report),
            OutputFormat::Text => line(&report.to_string()),
        };
        match printed {
            Ok(()) => Ok(report.outcome.into()),
            // It must be known all the same.
            Err(failure) => Err(Failure::internal(format!(
                "{failure}; the outcome: {report}"
            ))),
        }
    }

    /// Reports that nothing was sent, in the form that the failure itself does not have.
    pub fn not_sent(&self, operation: &Operation, failure: Failure) -> Result<Exit, Failure> {
        // Where standard output failed, there is no use in writing there again.
        if self.format == OutputFormat::Json && failure.exit() != Exit::Internal {
            json(&Report::not_sent(operation))?;
        }
        Err(failure)
    }

    /// Prints a request that is not sent.
    pub fn dry_run(&self, dry_run: &DryRun) -> Result<Exit, Failure> {
        match self.format {
            OutputFormat::Json => json(dry_run)?,
            OutputFormat::Text => line(&dry_run.to_string())?,
        }
        Ok(Exit::Done)
    }

    /// Where a command of a run failed, says so in the form that programs read too.
    pub fn or_error(&self, result: Result<Exit, Failure>) -> Result<Exit, Failure> {
        if let Err(failure) = &result
            && self.format == OutputFormat::Json
        {
            json(&Failed {
                error: failure.to_string(),
                exit_status: failure.exit() as u8,
            })?;
        }
        result
    }

    /// Whether nothing but results and errors is wanted.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Prints text for people, where it is them who read.
    pub fn text(&self, text: &str) -> Result<(), Failure> {
        if self.quiet || !self.is_text() {
            Ok(())
        } else {
            line(text)
        }
    }
}

impl Report {
    /// A deletion that was not begun.
    fn not_sent(operation: &Operation) -> Self {
        Self {
            outcome: Outcome::NotSent,
            provider: operation.provider.name,
            operation: operation.name,
            attempts: 0,
            http_status: None,
            message: None,
            request_id: None,
            retry_after_s: None,
            count: None,
        }
    }

    /// A deletion whose answer nobody waited for. A request may be on its way.
    pub fn interrupted(operation: &Operation) -> Self {
        Self {
            outcome: Outcome::Unknown,
            attempts: 1,
            ..Self::not_sent(operation)
        }
    }
}

impl From<&Receipt> for Report {
    fn from(receipt: &Receipt) -> Self {
        Self {
            outcome: receipt.outcome,
            provider: receipt.provider,
            operation: receipt.operation,
            attempts: receipt.attempts,
            http_status: Some(receipt.http_status),
            message: receipt.message.clone(),
            request_id: receipt.request_id.clone(),
            retry_after_s: None,
            count: receipt.count,
        }
    }
}

impl From<&Error> for Report {
    fn from(error: &Error) -> Self {
        Self {
            outcome: error.outcome(),
            provider: error.provider(),
            operation: error.operation(),
            attempts: error.attempts(),
            http_status: error.http_status().map(|status| status.as_u16()),
            message: error.message().map(ToOwned::to_owned),
            request_id: error.request_id().map(ToOwned::to_owned),
            retry_after_s: error.retry_after().map(|wait| wait.as_secs()),
            count: None,
        }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}  {}.{}", self.outcome, self.provider, self.operation)?;
        if let Some(status) = self.http_status {
            write!(f, "  HTTP {status}")?;
        }
        if let Some(message) = &self.message {
            write!(f, "  \"{message}\"")?;
        }
        if let Some(count) = self.count {
            write!(f, "  count {count}")?;
        }
        if let Some(request_id) = &self.request_id {
            write!(f, "  request {request_id}")?;
        }
        if let Some(seconds) = self.retry_after_s {
            write!(f, "  try again after {seconds} s")?;
        }
        if self.attempts != 1 {
            write!(f, "  {} requests sent", self.attempts)?;
        }
        Ok(())
    }
}

impl DryRun {
    pub fn new(request: &dyn Request, call: &Call) -> Self {
        let headers = call.headers().iter().map(|(name, value)| {
            let value = if value.is_sensitive() {
                Cow::Borrowed(REDACTED)
            } else {
                String::from_utf8_lossy(value.as_bytes())
            };
            (name.to_string(), value.into_owned())
        });
        Self {
            dry_run: true,
            provider: call.operation().provider.name,
            operation: call.operation().name,
            target: request.target(),
            request: Wire {
                method: call.method().to_string(),
                url: call.url().to_string(),
                headers: headers.collect(),
                // The generated client serialised it, so it is JSON.
                body: serde_json::from_slice(call.body()).unwrap_or_default(),
            },
        }
    }
}

impl std::fmt::Display for DryRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Wire {
            method,
            url,
            headers,
            body,
        } = &self.request;
        writeln!(
            f,
            "Would delete {}. Nothing was sent. The request:\n",
            self.target
        )?;
        writeln!(f, "{method} {url}")?;
        for (name, value) in headers {
            writeln!(f, "{name}: {value}")?;
        }
        write!(f, "\n{body:#}")
    }
}

/// Prints one line about what went wrong.
pub fn error(error: &impl std::fmt::Display) {
    notice(&format!("error: {error}"));
}

/// Prints one line about what happens meanwhile.
pub fn notice(text: &str) {
    // Where standard error is gone, nobody is there to be told, and what is under way matters more.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Prints an event for programs, as a line of JSON.
pub fn event(event: &impl Serialize) {
    if let Ok(text) = serde_json::to_string(event) {
        notice(&text);
    }
}

/// The most of a provider's words that one line among others shows.
const SHOWN: usize = 200;

/// A provider's words, short enough for a line among others.
pub struct OneLine<'a>(pub &'a str);

impl std::fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.char_indices().nth(SHOWN) {
            None => f.write_str(self.0),
            Some((end, _)) => write!(f, "{}…", &self.0[..end]),
        }
    }
}

/// Asks for a line. On standard error, so that standard output holds results alone.
pub fn prompt(text: &str) -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    stderr.write_all(text.as_bytes())?;
    stderr.flush()
}

/// Prints a value as the one JSON object of the command.
pub fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(value).map_err(|error| {
        Failure::internal(format!("the result cannot be written as JSON ({error})"))
    })?;
    line(&text)
}

/// Prints a document that people read as well.
pub fn pretty(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| {
        Failure::internal(format!("the result cannot be written as JSON ({error})"))
    })?;
    line(&text)
}

fn line(text: &str) -> Result<(), Failure> {
    bytes(format!("{text}\n").as_bytes())
}

/// Prints something whole that is no line.
pub fn bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = stdout();
    stdout
        .write_all(bytes)
        .and_then(|()| stdout.flush())
        .map_err(|error| {
            Failure::internal(format!(
                "standard output cannot be written to ({error}); send it elsewhere, or make room"
            ))
        })
}

/// Standard output, for what is too long to be held.
pub fn stdout() -> impl Write {
    Stdout(io::stdout().lock())
}

/// Standard output whose reader may leave when it has seen enough, as `head` does. That is no fault, and the
/// command ends with the status that it would have had.
struct Stdout(io::StdoutLock<'static>);

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(bytes.len()),
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.0.flush() {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            flushed => flushed,
        }
    }
}
