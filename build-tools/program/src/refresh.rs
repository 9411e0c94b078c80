//! `specs refresh`: from the vendor's document, through the overlay, to ours, with what changed.

use std::path::PathBuf;

use prospect_delete_build_tools::Document;
use serde_json::Value;

use crate::{
    check::lints,
    difference::{Difference, unescape},
    drift::{Change, Names, compare},
    facts::facts,
    folder::{Folder, write_all},
    items::Items,
    layout::{self, COMMENT},
    merge,
    overlay::Applied,
    reading::{Reading, VendorDocument, operations},
    severity::Severity,
    snapshot::Snapshots,
    source::{Source, Sources},
    stop::Stop,
};

const FACTS_COMMENT: [&str; 3] = [
    "What the vendor's document states, without its words: each text is its digest, with the beginnings of",
    "the words in it that tell how far a deletion reaches and whether it can be undone. Made by",
    "`cargo specs refresh PROVIDER --from ... --write`; not edited by hand.",
];

/// What a refresh found, and did.
#[derive(Debug, Default)]
pub struct Refreshed {
    /// What changed, the worst first.
    pub changes: Vec<Change>,
    /// What a person should know besides.
    pub notes: Vec<String>,
    /// What kept the new document from being made. With any, nothing was written.
    pub faults: Vec<String>,
    /// Whether a fault is more than the changes explain.
    pub failed: bool,
    /// The files that were written.
    pub written: Vec<PathBuf>,
}

/// Reads the vendor's documents anew, compares, and writes where that was asked for.
///
/// Without a document it works from what was read last, which is how an edited overlay takes effect.
pub fn refresh(folder: &Folder, from: &[String], write: bool) -> Result<Refreshed, Stop> {
    let sources = folder.sources()?;
    if !sources.machine_readable {
        return by_hand(folder, &sources, from, write);
    }
    let overlay = folder.overlay()?;
    let (old_text, old_document) = folder.checked_in()?;
    let documents = from
        .iter()
        .map(|from| Reading::new(from)?.document())
        .collect::<Result<Vec<_>, _>>()?;
    // A provider that is taken up has nothing to compare with. Facts that are there must be readable.
    let is_new = write && !documents.is_empty() && !folder.facts().exists();
    let last = if is_new {
        None
    } else {
        Some(folder.last_facts()?)
    };
    let mut refreshed = Refreshed::default();
    let (vendor, new_facts) = if let (true, Some(last)) = (documents.is_empty(), &last) {
        (last.clone(), last.clone())
    } else {
        all_operations(&sources, &documents)?;
        let merged = merge::merge(&documents, last.as_ref())?;
        refreshed.faults = merged.disagreements;
        let facts = facts(&merged.document);
        (merged.document, facts)
    };
    let last = last.unwrap_or_else(|| new_facts.clone());

    let items = Items::of_provider(&folder.provider, old_document.value());
    let comparison = |old: &Value, new: &Value, names| {
        compare(old, new, names, &items).map_err(|error| {
            Stop::failure(format!(
                "{}: cannot be compared ({error}); nothing was written",
                folder.provider
            ))
        })
    };
    refreshed.changes = comparison(&last, &new_facts, Names::Overlaid)?;

    let applied = overlay.apply(&vendor);
    refreshed
        .notes
        .extend(applied.redundant.iter().map(ToString::to_string));
    explain_failures(&mut refreshed, &applied);
    let new_document = Document::new(&folder.openapi(), applied.document);
    if applied.failures.is_empty() {
        // What the vendor did is told above; this is what an edited overlay does besides.
        let ours = comparison(
            &facts(old_document.value()),
            &facts(new_document.value()),
            Names::Theirs,
        )?;
        let told: Vec<_> = refreshed
            .changes
            .iter()
            .map(|change| change.difference.pointer.clone())
            .collect();
        refreshed.changes.extend(
            ours.into_iter()
                .filter(|change| !told.contains(&change.difference.pointer)),
        );
        refreshed
            .changes
            .sort_by_key(|change| std::cmp::Reverse(change.severity));
        let wordless = Document::new(&folder.openapi(), overlay.apply(&new_facts).document);
        refreshed.faults.extend(
            lints(&wordless)
                .into_iter()
                .map(|line| format!("the new document{line}")),
        );
    }

    let snapshots = match Snapshots::new(&new_document) {
        Ok(snapshots) => Some(snapshots),
        Err(problems) => {
            if applied.failures.is_empty() {
                refreshed.faults.extend(problems.iter().map(|problem| {
                    format!("the new document cannot be generated from: {problem}")
                }));
            }
            None
        }
    };
    let text = layout::write(new_document.value(), &COMMENT);
    if refreshed.changes.is_empty() && refreshed.faults.is_empty() && text != old_text {
        refreshed.notes.push(format!(
            "{} is not laid out as it is written; --write lays it out anew",
            folder.openapi().display()
        ));
    }
    if !write {
        return Ok(refreshed);
    }
    let Some(snapshots) = snapshots.filter(|_| refreshed.faults.is_empty()) else {
        refreshed.failed = true;
        return Ok(refreshed);
    };
    let mut files = vec![(folder.openapi(), text)];
    if !documents.is_empty() {
        files.push((folder.facts(), layout::write(&new_facts, &FACTS_COMMENT)));
        files.push((folder.source(), anew(folder, &sources, &documents)?.text()));
    }
    files.extend(folder.snapshot_files(&snapshots));
    write_all(&files)?;
    refreshed.written = files.into_iter().map(|(path, _)| path).collect();
    Ok(refreshed)
}

/// A document written by hand has a page that can be seen to change, and no more.
fn by_hand(
    folder: &Folder,
    sources: &Sources,
    from: &[String],
    write: bool,
) -> Result<Refreshed, Stop> {
    let mut refreshed = Refreshed::default();
    let [source] = sources.documents.as_slice() else {
        return Err(Stop::file(
            &folder.source(),
            "names several pages for a document written by hand; name one",
        ));
    };
    let mut source = source.clone();
    let (_, document) = folder.checked_in()?;
    match from {
        [] => {}
        [from] => {
            let reading = Reading::new(from)?;
            if reading.sha256 != source.sha256 {
                refreshed.changes.push(Change {
                    severity: Severity::Critical,
                    difference: Difference {
                        pointer: String::new(),
                        before: Some(Value::from(format!("the page of {}", source.read))),
                        after: Some(Value::from(reading.name.clone())),
                        renamed_from: None,
                    },
                    meaning: format!(
                        "the page is not what it was, and no machine can say how: read it, change {} by hand, then run this with --write",
                        folder.openapi().display()
                    ),
                    item: format!("prospect_delete_{}, perhaps", folder.provider),
                });
            }
            source.sha256 = reading.sha256;
            source.read = today();
        }
        _ => {
            return Err(Stop::input(format!(
                "{} has one page; give --from once",
                folder.provider
            )));
        }
    }
    if write {
        let snapshots = Snapshots::new(&document).map_err(|problems| {
            problems
                .into_iter()
                .next()
                .unwrap_or_else(|| Stop::failure("nothing can be generated"))
        })?;
        let mut files = folder.snapshot_files(&snapshots);
        if !from.is_empty() {
            let sources = Sources {
                documents: vec![source],
                ..sources.clone()
            };
            files.push((folder.source(), sources.text()));
        }
        write_all(&files)?;
        refreshed.written = files.into_iter().map(|(path, _)| path).collect();
    }
    Ok(refreshed)
}

/// Refuses to compare with a part: an operation whose document was not given would seem to be gone.
fn all_operations(sources: &Sources, documents: &[VendorDocument]) -> Result<(), Stop> {
    let given: Vec<_> = documents
        .iter()
        .flat_map(VendorDocument::operations)
        .collect();
    for source in &sources.documents {
        let is_given = |operation: &String| given.contains(operation);
        // A document of which nothing is left but which was given is a change, not a part.
        if sources.documents.len() > documents.len() && !source.operations.iter().any(is_given) {
            return Err(Stop::input(format!(
                "no document given describes {}; give that one too, with another --from ({})",
                source.operations.join(", "),
                source.page.as_deref().map_or_else(
                    || source.address.clone(),
                    |page| format!("the page {page:?}")
                )
            )));
        }
    }
    Ok(())
}

/// An action that lost its target is a failure, unless the target is known to have another name now.
fn explain_failures(refreshed: &mut Refreshed, applied: &Applied) {
    for failure in &applied.failures {
        let renamed = refreshed.changes.iter().find(|change| {
            change.difference.renamed_from.as_ref().is_some_and(|old| {
                if !may_target(&failure.target, &change.difference.pointer) {
                    return false;
                }
                let quoted = [format!("'{old}'"), format!("\"{old}\""), format!(".{old}")];
                quoted.iter().any(|name| failure.target.contains(name))
            })
        });
        if let Some(change) = renamed {
            let new = unescape(
                change
                    .difference
                    .pointer
                    .rsplit('/')
                    .next()
                    .unwrap_or_default(),
            );
            refreshed
                .faults
                .push(format!("{failure} (it is called {new} now)"));
        } else {
            refreshed.failed = true;
            refreshed.faults.push(failure.to_string());
        }
    }
}

/// Whether an action's target may lie in the operation of a place: statuses have the same names in all.
fn may_target(target: &str, pointer: &str) -> bool {
    let tokens: Vec<String> = pointer.split('/').skip(1).map(unescape).collect();
    match tokens.as_slice() {
        [paths, path, method, ..] if paths == "paths" => {
            let has = |name: &str| {
                [
                    format!("['{name}']"),
                    format!("[\"{name}\"]"),
                    format!(".{name}"),
                ]
                .iter()
                .any(|form| target.contains(form))
            };
            let any_path = !target.contains("paths['/") && !target.contains("paths[\"/");
            (any_path || has(path)) && (target.contains("[*]") || has(method))
        }
        _ => true,
    }
}

/// The sources as they are after this reading.
fn anew(folder: &Folder, sources: &Sources, documents: &[VendorDocument]) -> Result<Sources, Stop> {
    let read = today();
    let documents = documents
        .iter()
        .map(|document| {
            let operations = document.operations();
            let known = sources
                .documents
                .iter()
                .find(|source| source.operations.iter().any(|operation| operations.contains(operation)));
            let address = document.address.clone().or_else(|| known.map(|source| source.address.clone()));
            Ok(Source {
                address: address.ok_or_else(|| {
                    Stop::input(format!(
                        "{}: nobody knows where it stands; give its address with --from, or write it into {}",
                        document.name,
                        folder.source().display()
                    ))
                })?,
                page: document.page.clone().or_else(|| known.and_then(|source| source.page.clone())),
                read: read.clone(),
                sha256: document.sha256.clone(),
                operations,
            })
        })
        .collect::<Result<_, Stop>>()?;
    Ok(Sources {
        machine_readable: true,
        documents,
    })
}

fn today() -> String {
    jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
        .to_string()
}

/// `specs diff`: compares any two documents.
pub fn diff(old: &str, new: &str) -> Result<Vec<Change>, Stop> {
    let old = Reading::new(old)?.document()?;
    let new = Reading::new(new)?.document()?;
    let known = operations(&new.value);
    let items = if known.is_empty() {
        Items::of_document(&old.value)
    } else {
        Items::of_document(&new.value)
    };
    compare(
        &facts(&old.value),
        &facts(&new.value),
        Names::Theirs,
        &items,
    )
    .map_err(|error| {
        Stop::failure(format!(
            "{} and {} cannot be compared ({error})",
            old.name, new.name
        ))
    })
}
