//! All targets as data, which the page's script shows page by page.

use std::io::{self, Write};

use prospect_delete_core::{is_harmful, target_kinds};
use serde::Serialize;
use serde_json::ser::Formatter;

use super::standing::{STANDINGS, place};
use crate::{
    Error,
    records::{AttemptRecord, Named},
    report::Status,
    store::Records,
};

/// About how many targets stand in one block of data, which the page reads without a break.
const BLOCK: u64 = 5000;

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

/// Writes the data, the most urgent targets first.
pub(super) fn write(run: &dyn Records, status: &Status, out: &mut impl Write) -> Result<(), Error> {
    let mut out = Blocks { out, targets: None };
    out.meta(&meta(status))?;
    for (standing, of) in STANDINGS.iter().enumerate() {
        run.requests(of.outcome, &mut |request| {
            let attempts = run.attempts(request)?;
            let attempts: Vec<_> = attempts.iter().map(attempt).collect();
            let kind = target_kinds().iter().position(|kind| *kind == request.kind);
            out.begin(request.count.unsigned_abs())?;
            out.json(&(kind, standing, request.options, request.attempts, attempts))?;
            out.targets()?;
            let mut is_first = true;
            run.targets(request, &mut |named| {
                out.comma(&mut is_first)?;
                match named {
                    Named::Target(target) => out.json(&target.values().collect::<Vec<_>>()),
                    Named::Hash(hash) => out.json(hash),
                }
            })?;
            out.end()
        })?;
    }
    out.finish()
}

/// An attempt, as the script reads it: began, ended, outcome, failure, HTTP status, message, request id,
/// wait asked for in seconds, count, pass, targets that the request named.
fn attempt(attempt: &AttemptRecord) -> impl Serialize + use<'_> {
    (
        attempt.began,
        attempt.ended,
        attempt.outcome.and_then(place),
        &attempt.failure,
        attempt.http_status,
        &attempt.message,
        &attempt.request_id,
        attempt.retry_after_s,
        attempt.count,
        attempt.pass,
        attempt.named,
    )
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
        self.out.write_all(text.as_bytes()).map_err(Error::report)
    }

    fn json(&mut self, value: &impl Serialize) -> Result<(), Error> {
        let mut serializer = serde_json::Serializer::with_formatter(&mut *self.out, Harmless);
        value
            .serialize(&mut serializer)
            .map_err(|error| Error::report(error.into()))
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

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::Harmless;

    const HOSTILE: &str = "</script><!--&\"'\u{2028}\u{202e}\0\u{e0041}";

    #[test]
    fn data_ends_no_element_and_reads_back_as_it_was() {
        let mut out = Vec::new();
        let mut serializer = serde_json::Serializer::with_formatter(&mut out, Harmless);
        HOSTILE.serialize(&mut serializer).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.is_ascii() && !text.contains(['<', '>', '&']), "{text}");
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), HOSTILE);
    }
}
