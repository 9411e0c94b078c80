//! The report as one page that needs nothing else: no network, no other file.
//!
//! What is above the list of targets is written here, and so is there without JavaScript and on paper. The list is data,
//! which the page's script shows page by page; what needs a person comes first. Whatever a list or a provider said is
//! escaped here, in `Text` and `Harmless`, and put in as text by the script.
//!
//! The fixed parts are maud's. The data is not: it is written row by row in memory that does not grow, and with escapes
//! that neither maud nor `serde_json` has.

mod charts;
mod data;
mod head;
mod standing;
mod summary;
mod tables;
mod text;

use std::{io::Write, time::SystemTime};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::{charts::Progress, text::moment};
use super::Status;
use crate::{Error, manifest::Binding, moment::rfc3339, store::Records};

/// Where the data goes. Nothing else on the page can be a comment.
const DATA: &str = "<!--data-->";

impl dyn Records + '_ {
    /// Writes the run as one HTML page that needs nothing else, in memory that does not grow with it.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or `out` cannot be written.
    pub fn write_html(&self, mut out: impl Write) -> Result<(), Error> {
        let status = self.status()?;
        let progress = Progress::read(self, status.counts.targets)?;
        let page = page(&status, &self.bindings()?, &progress).into_string();
        let (before, behind) = page.split_once(DATA).unwrap_or((&page, ""));
        let mut write = |text: &str| out.write_all(text.as_bytes()).map_err(Error::report);
        write(before)?;
        data::write(self, &status, &mut out)?;
        out.write_all(behind.as_bytes())
            .and_then(|()| out.flush())
            .map_err(Error::report)
    }
}

fn page(status: &Status, bindings: &[Binding], progress: &Progress) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head::head(&status.manifest.run_id))
            body {
                a class="skip" href="#targets" { "Skip to the targets" }
                header {
                    p class="eyebrow" { "Report of a deletion run" }
                    h1 { (summary::verdict(&status.counts)) }
                    p class="lede" { (summary::lede(status)) }
                }
                main {
                    (section("person", "What needs a person", &summary::attention(status)))
                    (section("facts", "The run", &tables::facts(status, bindings)))
                    (section("outcomes", "Outcomes by provider", &html! {
                        figure { (charts::bars(status)) }
                        (wide("outcomes", &tables::counts(status)))
                        (tables::meanings())
                    }))
                    (section("progress", "Progress over time", &html! { figure { (progress.chart()) } }))
                    (section("passes", "Passes", &html! {
                        p { "Each time the run was applied." }
                        (wide("passes", &tables::passes(&status.passes)))
                    }))
                    (targets())
                }
                footer {
                    p {
                        "Written " (moment(&rfc3339(SystemTime::now())))
                        " from the run file. Times are in UTC. This page is complete in itself and loads nothing."
                    }
                }
                (PreEscaped(DATA))
                (head::script())
            }
        }
        "\n"
    }
}

fn section(name: &str, title: &str, content: &Markup) -> Markup {
    html! {
        section aria-labelledby={ (name) "-title" } {
            h2 id={ (name) "-title" } { (title) }
            (content)
        }
    }
}

/// A table that is scrolled where it is wider than the screen.
fn wide(name: &str, table: &Markup) -> Markup {
    html! {
        div class="wide" role="region" aria-labelledby={ (name) "-title" } tabindex="0" { (table) }
    }
}

/// The list of targets, which the script fills.
fn targets() -> Markup {
    html! {
        section id="targets" aria-labelledby="targets-title" tabindex="-1" {
            h2 id="targets-title" { "Targets" }
            noscript {
                p class="note" {
                    "JavaScript is off, so the list of targets cannot be shown. Everything above is complete without it. The same list is what "
                    code { "prospect-delete report RUN --format csv" }
                    " writes."
                }
            }
            div id="browser" hidden {
                form class="controls" role="search" {
                    div class="field search" {
                        label for="query" { "Search targets and evidence" }
                        input id="query" type="search" autocomplete="off" spellcheck="false";
                    }
                    div class="field" { label for="outcome" { "Outcome" } select id="outcome" {} }
                    div class="field" { label for="provider" { "Provider" } select id="provider" {} }
                    div class="field" {
                        label for="size" { "Rows a page" }
                        select id="size" {
                            option { "25" }
                            option selected { "50" }
                            option { "100" }
                            option { "250" }
                        }
                    }
                }
                p id="found" class="found" role="status" {}
                p id="printed" class="printed" {}
                table id="list" class="list" role="table" aria-labelledby="targets-title" aria-describedby="found" {
                    thead role="rowgroup" {
                        tr role="row" {
                            @for column in ["Outcome", "Target", "Evidence", "Request id", "When (UTC)", "Attempts"] {
                                th role="columnheader" scope="col" { (column) }
                            }
                        }
                    }
                    tbody role="rowgroup" {}
                }
                nav class="pages" aria-label="Pages of targets" {
                    button type="button" id="first" { "First" }
                    button type="button" id="previous" { "Previous" }
                    label class="page" {
                        "Page " input id="page" inputmode="numeric" size="6" value="1"; " " span id="pages" {}
                    }
                    button type="button" id="next" { "Next" }
                    button type="button" id="last" { "Last" }
                }
            }
        }
    }
}
