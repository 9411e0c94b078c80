//! The page on which people see what a sandbox is about.

use maud::{DOCTYPE, Markup, html};

use crate::journal::RecordedRequest;
use crate::server::{Server, View};

/// How many requests and records the page lists.
pub(crate) const LISTED: usize = 50;

/// How often a page that keeps itself fresh is asked for, in seconds.
const REFRESH: u8 = 2;

const STYLE: &str = include_str!("page.css");

pub(crate) fn render(server: &Server, refresh: bool) -> String {
    let view = server.view(LISTED);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                @if refresh { meta http-equiv="refresh" content=(REFRESH); }
                title { "Sandbox at " (server.address) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "Sandbox" }
                    p {
                        "Stands in for every provider at " code { (server.base_url()) }
                        ". Nothing here is real, and nothing on this page changes anything. "
                        @if refresh { a href="/__sandbox/" { "Stop refreshing" } }
                        @else { a href="/__sandbox/?refresh" { "Refresh every " (REFRESH) " seconds" } }
                    }
                }
                main {
                    (standing(server, &view))
                    (requests(&view))
                    (deleted(&view))
                    (faults(&view))
                    (routes())
                }
            }
        }
    };
    page.into_string()
}

fn standing(server: &Server, view: &View) -> Markup {
    html! {
        section aria-labelledby="providers" {
            h2 id="providers" { "Providers" }
            table {
                thead { tr { th scope="col" { "Provider" } th scope="col" class="number" { "Records now" } th scope="col" { "Key that is accepted" } } }
                tbody {
                    @for (provider, count) in view.counts {
                        tr {
                            th scope="row" { a href={ "/__sandbox/specs/" (provider.name()) } { (provider.name()) } }
                            td class="number" { (count) }
                            td { code { (server.credentials.of(provider)) } }
                        }
                    }
                }
            }
        }
    }
}

fn requests(view: &View) -> Markup {
    html! {
        section aria-labelledby="requests" {
            h2 id="requests" { "Requests" }
            p { (listed(view.requests.len(), view.arrived, "arrived")) " " a href="/__sandbox/requests" { "All that are kept" } }
            @if !view.requests.is_empty() {
                table {
                    thead { tr { th scope="col" class="number" { "No." } th scope="col" { "Request" } th scope="col" { "Body" } th scope="col" class="number" { "Answer" } } }
                    tbody { @for request in &view.requests { (row(request)) } }
                }
            }
        }
    }
}

fn row(request: &RecordedRequest) -> Markup {
    html! {
        tr {
            td class="number" { (request.sequence) }
            td {
                @if let Some(operation) = &request.operation { strong { (operation) } br; }
                code { (request.method) " " (request.path) }
            }
            td { code class="body" { (shortened(&request.body.to_string())) } }
            td class="number" {
                @match request.status {
                    Some(status) => (status),
                    None => span title="There is no answer, or not yet" { "none" },
                }
            }
        }
    }
}

fn deleted(view: &View) -> Markup {
    html! {
        section aria-labelledby="deleted" {
            h2 id="deleted" { "Deleted" }
            p { (listed(view.last_deleted.len(), view.deleted as u64, "deleted")) " " a href="/__sandbox/deleted" { "All" } }
            @if !view.last_deleted.is_empty() {
                table {
                    thead { tr { th scope="col" class="number" { "By request" } th scope="col" { "Record" } } }
                    tbody {
                        @for deleted in &view.last_deleted {
                            tr {
                                td class="number" { @if let Some(request) = deleted.request { (request) } @else { "seeded job" } }
                                td { (deleted.record) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn faults(view: &View) -> Markup {
    html! {
        section aria-labelledby="faults" {
            h2 id="faults" { "Faults in force" }
            @if view.faults.is_empty() { p { "None: everything goes well." } }
            @else {
                ol {
                    @for fault in &view.faults {
                        // A fault is plain data, so there is nothing that could not be written.
                        li { code { (serde_json::to_string(fault).unwrap_or_default()) } }
                    }
                }
            }
        }
    }
}

fn routes() -> Markup {
    html! {
        section aria-labelledby="more" {
            h2 id="more" { "More" }
            ul {
                li { a href="/__sandbox/state" { "Everything that is there" } }
                li { a href="/__sandbox/fidelity" { "What of this is documented, inferred or assumed" } }
                li { a href="/__sandbox/openapi.json" { "How to seed, reset, look and break things" } }
            }
        }
    }
}

fn listed(listed: usize, all: u64, what: &str) -> String {
    if listed as u64 == all {
        format!("{all} {what}.")
    } else {
        format!("{all} {what}; here are the last {listed}.")
    }
}

fn shortened(text: &str) -> String {
    const LONGEST: usize = 300;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
