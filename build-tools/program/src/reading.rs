//! Reads a vendor's document: bare, or in a fenced block of a Markdown page, from a file or an address.

use std::{fs, path::Path};

use prospect_delete_build_tools::Document;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag, TagEnd};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::stop::Stop;

/// No vendor's document comes near this; what does is something else.
const LARGEST: usize = 16 << 20;

/// What was read, as it stood.
#[derive(Debug)]
pub struct Reading {
    /// What the user gave: a file or an address.
    pub name: String,
    /// SHA-256 of the bytes, in hexadecimal.
    pub sha256: String,
    text: String,
}

/// A vendor's OpenAPI document, and what is known about where it stands.
#[derive(Debug)]
pub struct VendorDocument {
    pub name: String,
    pub sha256: String,
    pub value: Value,
    /// The address it was read from, or else the one that the page gives.
    pub address: Option<String>,
    /// The page's heading, where it was a page.
    pub page: Option<String>,
}

impl Reading {
    /// Reads a file, or an `https` address (`http` on this machine alone).
    pub fn new(from: &str) -> Result<Self, Stop> {
        let bytes = if is_address(from) {
            fetch(from)?
        } else {
            fs::read(from).map_err(|error| {
                Stop::input(format!(
                    "{from}: cannot be read ({error}); give a file or an https address"
                ))
            })?
        };
        let sha256 = hex(&Sha256::digest(&bytes));
        let text = String::from_utf8(bytes).map_err(|_| {
            Stop::input(format!(
                "{from}: is not text in UTF-8; give the OpenAPI document or its Markdown page"
            ))
        })?;
        Ok(Self {
            name: from.to_owned(),
            sha256,
            text,
        })
    }

    /// Finds the one OpenAPI document in it.
    pub fn document(self) -> Result<VendorDocument, Stop> {
        let name = self.name;
        let text = self.text.strip_prefix('\u{feff}').unwrap_or(&self.text);
        if text.trim().is_empty() {
            return Err(Stop::input(format!(
                "{name}: is empty; give the OpenAPI document or its Markdown page"
            )));
        }
        if text.trim_start().starts_with('<') {
            return Err(Stop::input(format!(
                "{name}: is an HTML or XML page, not an OpenAPI document; give the page's Markdown form (often the address with .md) or the document itself"
            )));
        }
        let page = Page::find(text).map_err(|line| Stop::input(format!("{name}: {line}")))?;
        let source = page.as_ref().map_or(text, |page| &page.document);
        let document = Document::parse(Path::new(&name), source).map_err(Stop::input)?;
        let value = document.value();
        let version = value.get("openapi").and_then(Value::as_str);
        match version {
            Some(version) if version.starts_with("3.0.") => {}
            Some(version) => {
                return Err(Stop::input(format!(
                    "{name}#/openapi: is OpenAPI {version}, and the generator reads 3.0 alone; ask the vendor for 3.0, or convert it and compare by hand"
                )));
            }
            None => {
                return Err(Stop::input(format!(
                    "{name}: holds no OpenAPI 3.0 document (no `openapi` at its top); give the document or a Markdown page with it in a fenced block"
                )));
            }
        }
        // The comparison would stop at what the types do not take, so it is told here, with its place.
        document.openapi().map_err(Stop::input)?;
        if value
            .get("paths")
            .and_then(Value::as_object)
            .is_none_or(serde_json::Map::is_empty)
        {
            return Err(Stop::input(format!(
                "{name}#/paths: describes no operation; give the whole document"
            )));
        }
        let address = if is_address(&name) {
            Some(name.clone())
        } else {
            page.as_ref().and_then(|page| page.address.clone())
        };
        Ok(VendorDocument {
            value: document.value().clone(),
            page: page.and_then(|page| page.heading),
            address,
            sha256: self.sha256,
            name,
        })
    }
}

impl VendorDocument {
    /// Its operations, as `METHOD path`, sorted.
    pub fn operations(&self) -> Vec<String> {
        operations(&self.value)
    }
}

/// The operations of a document, as `METHOD path`, sorted.
pub fn operations(document: &Value) -> Vec<String> {
    let mut operations: Vec<_> = document
        .get("paths")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .flat_map(|(path, item)| {
            METHODS
                .into_iter()
                .filter(|method| item.get(*method).is_some())
                .map(move |method| format!("{} {path}", method.to_ascii_uppercase()))
        })
        .collect();
    operations.sort();
    operations
}

/// The methods a path item can hold.
pub const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// The document in a Markdown page's fenced block.
struct Page {
    document: String,
    heading: Option<String>,
    address: Option<String>,
}

impl Page {
    /// `None` where the text is no page with fenced blocks, and so a bare document.
    fn find(text: &str) -> Result<Option<Self>, String> {
        let mut blocks = Vec::new();
        let mut heading = None::<String>;
        let mut in_heading = false;
        let mut block = None::<(String, String)>;
        for (event, range) in Parser::new(text).into_offset_iter() {
            match event {
                Event::Start(Tag::Heading {
                    level: HeadingLevel::H1,
                    ..
                }) if heading.is_none() => {
                    in_heading = true;
                    heading = Some(String::new());
                }
                Event::End(TagEnd::Heading(_)) => in_heading = false,
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    block = Some((info.to_string(), String::new()));
                }
                Event::Text(words) => {
                    if let Some((_, content)) = &mut block {
                        content.push_str(&words);
                    } else if in_heading && let Some(heading) = &mut heading {
                        heading.push_str(&words);
                    }
                }
                Event::End(TagEnd::CodeBlock) => {
                    if let Some((info, content)) = block.take()
                        && is_openapi(&content)
                    {
                        if !is_closed(&text[range]) {
                            return Err("the fenced block with the document does not end; the page is cut off, get it whole".to_owned());
                        }
                        blocks.push((info, content));
                    }
                }
                _ => {}
            }
        }
        let mut blocks = blocks.into_iter();
        match (blocks.next(), blocks.next()) {
            // A bare document may hold fenced blocks in its own descriptions.
            _ if begins_as_openapi(text) => Ok(None),
            (Some((info, document)), None) => Ok(Some(Self {
                address: info.split_whitespace().find(|word| is_address(word)).map(str::to_owned),
                document,
                heading: heading.filter(|heading| !heading.is_empty()),
            })),
            (Some(_), Some(_)) => Err("has several OpenAPI documents in fenced blocks; save the one that is meant in a file".to_owned()),
            // Behind comments, or not at the top.
            (None, _) if is_openapi(text) => Ok(None),
            (None, _) if text.contains("```") || text.contains("~~~") => Err(
                "is a page with no OpenAPI document in a fenced block; give the page of one operation in its Markdown form".to_owned(),
            ),
            (None, _) => Ok(None),
        }
    }
}

/// Whether text begins as an OpenAPI document does, in YAML or JSON.
fn begins_as_openapi(text: &str) -> bool {
    let start = text.trim_start().trim_start_matches('{').trim_start();
    ["openapi:", "\"openapi\"", "swagger:", "\"swagger\""]
        .iter()
        .any(|key| start.starts_with(key))
}

/// Whether text is an OpenAPI document, perhaps behind comments or with its first key further down.
fn is_openapi(text: &str) -> bool {
    begins_as_openapi(text) || text.lines().any(|line| line.starts_with("openapi:"))
}

/// Whether the last line of a fenced block is the fence that its first line opened.
fn is_closed(block: &str) -> bool {
    let fence = |line: &str| {
        let line = line.trim();
        let mark = line.chars().next().filter(|mark| "`~".contains(*mark))?;
        Some(line.chars().take_while(|c| *c == mark).collect::<String>())
    };
    let mut lines = block.trim_end().lines();
    let Some(opened) = lines.next().and_then(fence) else {
        return false;
    };
    lines.next_back().is_some_and(|last| {
        last.trim().starts_with(&opened) && fence(last).as_deref() == Some(last.trim())
    })
}

fn is_address(from: &str) -> bool {
    from.starts_with("https://") || from.starts_with("http://")
}

fn fetch(address: &str) -> Result<Vec<u8>, Stop> {
    let failed = |error: &dyn std::fmt::Display| {
        Stop::failure(format!(
            "{address}: cannot be fetched ({error}); save it in a file and give that"
        ))
    };
    let url = reqwest::Url::parse(address)
        .map_err(|error| Stop::input(format!("{address}: is not an address ({error})")))?;
    let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() != "https" && !here {
        return Err(Stop::input(format!(
            "{address}: can be changed on its way; give an https address or a file"
        )));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| failed(&error))?;
    runtime.block_on(async {
        let client = reqwest::Client::builder()
            .user_agent(concat!("prospect-delete-specs/", env!("CARGO_PKG_VERSION")))
            .timeout(std::time::Duration::from_secs(30));
        let client = if here { client.no_proxy() } else { client };
        let client = client.build().map_err(|error| failed(&error))?;
        let mut response = client
            .get(url)
            .send()
            .await
            .map_err(|error| failed(&error))?;
        if response.status() != 200 {
            return Err(failed(&format_args!("it answers {}", response.status())));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LARGEST {
                return Err(failed(&format_args!(
                    "it is larger than {} MiB",
                    LARGEST >> 20
                )));
            }
        }
        Ok(bytes)
    })
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
