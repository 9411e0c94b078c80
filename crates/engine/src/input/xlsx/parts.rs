//! The parts of a workbook, and how they name each other.

use std::{
    borrow::Cow,
    cell::Cell as Shared,
    collections::{BTreeMap, BTreeSet},
    io::{self, BufReader, Read},
    rc::Rc,
};

use quick_xml::{
    XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesStart, Event},
};
use tempfile::SpooledTempFile;
use zip::{ZipArchive, read::ZipFile};

use super::{cell::LONGEST_CELL, fault::Fault};
use crate::input::row::shown;

/// The most that parts may come to, in bytes, together.
const MOST_READ: u64 = 512 << 20;

/// What is handed on of a part, where it is more than the first, may be no more than so many times as large as the
/// part is packed. Sheets come to ten or twenty times, and what never ends to hundreds.
const UNSUSPECTED: u64 = 8 << 20;
const MOST_PACKED: u64 = 100;

/// The most tags of a part. A full sheet of Excel with four columns has 19 million.
const MOST_TAGS: u32 = 20 << 20;

/// The most parts of a workbook. Excel needs a few for each sheet.
const MOST_PARTS: usize = 10_000;

/// How a part begins in the directory of an archive.
const DIRECTORY_ENTRY: &[u8] = b"PK\x01\x02";

/// The most that shared strings may come to, in bytes, and what each costs beside its text.
const MOST_STRINGS: usize = 56 << 20;
const STRING: usize = size_of::<(u32, u32)>();

/// Strings are held in pieces of this size, since one piece that grows is there twice while it does.
const PIECE: usize = 1 << 20;

/// The longest tag, in bytes, and the most attributes of one that is read. Excel's have a dozen.
const LONGEST_TAG: usize = 16 << 10;
const MOST_ATTRIBUTES: usize = 24;

/// The longest text between tags that is handed on, in bytes: more than a cell may hold in any encoding.
const LONGEST_TEXT: usize = 512 << 10;

/// The most that elements lie within each other.
const DEEPEST: usize = 64;

/// The most relations, styles and formats that are read. Excel has 64,000 styles at most.
const MOST_ENTRIES: usize = 1 << 16;

/// A workbook whose sheets can be read one at a time.
pub(super) struct Workbook {
    archive: ZipArchive<SpooledTempFile>,
    /// Places in the archive by name, in lower case: names of parts are equal in any case.
    parts: BTreeMap<String, usize>,
    /// Bytes that were unpacked.
    read: Rc<Shared<u64>>,
    sheets: Vec<Named>,
    strings: Option<String>,
    styles: Option<String>,
}

/// A sheet of cells by its name.
#[derive(Clone)]
pub(super) struct SheetPart {
    pub(super) name: String,
    pub(super) part: String,
}

/// A sheet of any kind.
struct Named {
    name: String,
    is_visible: bool,
    /// None where it holds a chart or a dialog in place of cells.
    part: Option<String>,
}

struct Relation {
    id: String,
    kind: String,
    target: String,
}

impl Workbook {
    pub(super) fn open(mut bytes: SpooledTempFile) -> Result<Self, Fault> {
        check_directory(&mut bytes)?;
        let archive = ZipArchive::new(bytes).map_err(Fault::damaged)?;
        if archive.has_duplicate_names() {
            return Err(Fault::Damaged("a part is there twice".to_owned()));
        }
        let mut parts = BTreeMap::new();
        for (index, name) in archive.file_names().enumerate() {
            let name = name.map_err(Fault::damaged)?.replace('\\', "/");
            if parts.insert(name.to_ascii_lowercase(), index).is_some() {
                return Err(Fault::Damaged("a part is there twice".to_owned()));
            }
        }
        let mut workbook = Self {
            archive,
            parts,
            read: Rc::default(),
            sheets: Vec::new(),
            strings: None,
            styles: None,
        };
        let main = workbook
            .relations("")?
            .into_iter()
            .find(|relation| relation.kind == "officeDocument")
            .ok_or_else(|| Fault::Damaged("it names no workbook".to_owned()))?
            .target;
        let relations = workbook.relations(&main)?;
        let of_kind = |kind: &str| {
            let relation = relations.iter().find(|relation| relation.kind == kind);
            relation.map(|relation| relation.target.clone())
        };
        workbook.strings = of_kind("sharedStrings");
        workbook.styles = of_kind("styles");
        workbook.sheets = workbook.list_sheets(&main, &relations)?;
        Ok(workbook)
    }

    /// The sheets of cells that are shown, at least one.
    pub(super) fn visible(&self) -> Result<Vec<SheetPart>, Fault> {
        let shown: Vec<_> = self
            .sheets
            .iter()
            .filter(|sheet| sheet.is_visible)
            .filter_map(Named::with_cells)
            .collect();
        if shown.is_empty() {
            return Err(Fault::Refused(if self.sheets.is_empty() {
                "has no sheet; give one that has".to_owned()
            } else {
                "has no sheet of cells that is shown; show the one that is meant, or name it with --sheet"
                    .to_owned()
            }));
        }
        Ok(shown)
    }

    /// The sheet of this name.
    pub(super) fn sheet(&self, name: &str) -> Result<SheetPart, Fault> {
        let mut named = self.sheets.iter().filter(|sheet| sheet.name == name);
        match (named.next(), named.next()) {
            (Some(sheet), None) => sheet.with_cells().ok_or_else(|| {
                Fault::Refused(format!(
                    "the sheet {} has no cells; name another",
                    shown(name)
                ))
            }),
            (Some(_), Some(_)) => Err(Fault::Damaged(format!(
                "two sheets have the name {}",
                shown(name)
            ))),
            (None, _) => {
                let there: Vec<_> = self.sheets.iter().map(|sheet| shown(&sheet.name)).collect();
                Err(Fault::Refused(format!(
                    "has no sheet {}; there are {}",
                    shown(name),
                    there.join(", ")
                )))
            }
        }
    }

    /// Opens a part.
    pub(super) fn xml(&mut self, part: &str) -> Result<Xml<'_>, Fault> {
        self.find(part)?
            .ok_or_else(|| Fault::Damaged(format!("its part {} is missing", shown(part))))
    }

    fn find(&mut self, part: &str) -> Result<Option<Xml<'_>>, Fault> {
        let Some(index) = self.parts.get(&part.to_ascii_lowercase()) else {
            return Ok(None);
        };
        let file = self.archive.by_index(*index).map_err(Fault::damaged)?;
        Ok(Some(Xml::new(file, Rc::clone(&self.read))))
    }

    /// What a part, or the archive as a whole, relates to within the archive.
    fn relations(&mut self, of: &str) -> Result<Vec<Relation>, Fault> {
        let (folder, name) = of.rsplit_once('/').unwrap_or(("", of));
        let place = format!("{folder}/_rels/{name}.rels");
        let Some(mut xml) = self.find(place.trim_start_matches('/'))? else {
            return Ok(Vec::new());
        };
        let mut relations = Vec::new();
        loop {
            match xml.next()? {
                Item::Open(2, tag) if is(&tag, "Relationship") => {
                    let mut relation = Relation {
                        id: String::new(),
                        kind: String::new(),
                        target: String::new(),
                    };
                    let mut is_within = true;
                    for_each_attribute(&tag, |name, value| {
                        match name {
                            "Id" => value.clone_into(&mut relation.id),
                            "Type" => {
                                let kind = value.rsplit('/').next().unwrap_or_default();
                                kind.clone_into(&mut relation.kind);
                            }
                            "Target" => relation.target = resolved(folder, value),
                            "TargetMode" => is_within = value != "External",
                            _ => {}
                        }
                        Ok(())
                    })?;
                    if is_within {
                        relations.push(relation);
                    }
                    bounded(relations.len())?;
                }
                Item::End => return Ok(relations),
                _ => {}
            }
        }
    }

    fn list_sheets(&mut self, main: &str, relations: &[Relation]) -> Result<Vec<Named>, Fault> {
        let mut xml = self.xml(main)?;
        let mut sheets = Vec::new();
        let mut within = false;
        loop {
            match xml.next()? {
                Item::Open(2, tag) => within = is(&tag, "sheets"),
                Item::Open(3, tag) if within && is(&tag, "sheet") => {
                    let (mut name, mut id, mut is_visible) = (String::new(), None, true);
                    for_each_attribute(&tag, |attribute, value| {
                        match attribute {
                            "name" => value.clone_into(&mut name),
                            "state" => is_visible = value == "visible",
                            _ if attribute.ends_with(":id") => id = Some(value.to_owned()),
                            _ => {}
                        }
                        Ok(())
                    })?;
                    let relation = relations
                        .iter()
                        .find(|relation| Some(&relation.id) == id.as_ref())
                        .ok_or_else(|| {
                            Fault::Damaged(format!("the sheet {} has no part", shown(&name)))
                        })?;
                    let has_cells = relation.kind == "worksheet";
                    sheets.push(Named {
                        name,
                        is_visible,
                        part: has_cells.then(|| relation.target.clone()),
                    });
                    bounded(sheets.len())?;
                }
                Item::End => return Ok(sheets),
                _ => {}
            }
        }
    }

    /// The strings that cells share.
    pub(super) fn strings(&mut self) -> Result<Strings, Fault> {
        let mut strings = Strings::default();
        let Some(part) = self.strings.clone() else {
            return Ok(strings);
        };
        let mut xml = self.xml(&part)?;
        let mut value = Value::default();
        let mut is_read = false;
        let mut is_phonetic = false;
        loop {
            match xml.next()? {
                Item::Open(3, tag) => {
                    is_read = is(&tag, "t");
                    is_phonetic = is(&tag, "rPh");
                }
                Item::Open(4, tag) => is_read = !is_phonetic && is(&tag, "t"),
                Item::Close(2) => strings.push(&std::mem::take(&mut value))?,
                Item::Open(..) | Item::Close(_) => is_read = false,
                Item::Text(text) if is_read => value.push(&text),
                Item::End => return Ok(strings),
                _ => {}
            }
        }
    }

    /// Of each style of cells, whether it shows numbers as dates or times.
    pub(super) fn dates(&mut self) -> Result<Vec<bool>, Fault> {
        let Some(part) = self.styles.clone() else {
            return Ok(Vec::new());
        };
        let mut xml = self.xml(&part)?;
        let mut own = BTreeMap::new();
        let mut styles = Vec::new();
        let (mut in_formats, mut in_styles) = (false, false);
        loop {
            match xml.next()? {
                Item::Open(2, tag) => {
                    in_formats = is(&tag, "numFmts");
                    in_styles = is(&tag, "cellXfs");
                }
                Item::Open(3, tag)
                    if (in_formats && is(&tag, "numFmt")) || (in_styles && is(&tag, "xf")) =>
                {
                    let (mut id, mut is_date) = (0_u32, false);
                    for_each_attribute(&tag, |name, value| {
                        match name {
                            "numFmtId" => id = value.trim().parse().map_err(Fault::damaged)?,
                            "formatCode" => is_date = shows_dates(value),
                            _ => {}
                        }
                        Ok(())
                    })?;
                    if in_formats {
                        own.insert(id, is_date);
                    } else {
                        styles.push(id);
                    }
                    bounded(own.len().max(styles.len()))?;
                }
                Item::End => break,
                _ => {}
            }
        }
        let of_excel = |id: u32| matches!(id, 14..=22 | 27..=36 | 45..=47 | 50..=58 | 71..=81);
        Ok(styles
            .into_iter()
            .map(|id| own.get(&id).copied().unwrap_or_else(|| of_excel(id)))
            .collect())
    }
}

impl Named {
    fn with_cells(&self) -> Option<SheetPart> {
        Some(SheetPart {
            name: self.name.clone(),
            part: self.part.clone()?,
        })
    }
}

/// Refuses a directory of an archive that would fill the memory.
fn check_directory(bytes: &mut SpooledTempFile) -> Result<(), Fault> {
    let mut buffer = vec![0; 64 << 10];
    let mut held = 0;
    let mut found = 0;
    loop {
        let count = bytes.read(&mut buffer[held..]).map_err(Fault::damaged)?;
        if count == 0 {
            break;
        }
        held += count;
        found += memchr::memmem::find_iter(&buffer[..held], DIRECTORY_ENTRY).count();
        if found > MOST_PARTS {
            return Err(Fault::TooLarge);
        }
        // One may lie across two pieces.
        let kept = held.min(DIRECTORY_ENTRY.len() - 1);
        buffer.copy_within(held - kept..held, 0);
        held = kept;
    }
    io::Seek::rewind(bytes).map_err(Fault::damaged)
}

fn bounded(count: usize) -> Result<(), Fault> {
    if count > MOST_ENTRIES {
        return Err(Fault::TooLarge);
    }
    Ok(())
}

/// The name of the part that a part in a folder means.
fn resolved(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = match target.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => folder.split('/').filter(|part| !part.is_empty()).collect(),
    };
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Whether a number format shows dates or times: it has one of their letters outside of quotes.
fn shows_dates(code: &str) -> bool {
    let mut letters = code.chars();
    let mut plain = String::new();
    while let Some(c) = letters.next() {
        match c {
            '"' => {
                letters.by_ref().find(|c| *c == '"');
            }
            '\\' | '_' | '*' => {
                letters.next();
            }
            '[' => {
                let inner: String = letters.by_ref().take_while(|c| *c != ']').collect();
                // Elapsed hours, minutes and seconds, rather than a colour or a language.
                let is_time = |c: char| matches!(c.to_ascii_lowercase(), 'h' | 'm' | 's');
                if !inner.is_empty() && inner.chars().all(is_time) {
                    return true;
                }
            }
            c => plain.push(c.to_ascii_lowercase()),
        }
    }
    plain
        .split(';')
        .any(|section| !section.contains("general") && section.contains(['d', 'm', 'y', 'h', 's']))
}

/// Texts one behind the other.
#[derive(Default)]
pub(super) struct Strings {
    pieces: Vec<String>,
    /// Where each begins, and its length.
    places: Vec<(u32, u32)>,
    /// Those that no cell can hold, whose texts are not kept.
    too_long: BTreeSet<usize>,
    held: usize,
}

impl Strings {
    fn push(&mut self, value: &Value) -> Result<(), Fault> {
        let text = value.text().unwrap_or_else(|| {
            self.too_long.insert(self.places.len());
            Cow::Borrowed("")
        });
        self.held += text.len() + STRING;
        if self.held > MOST_STRINGS {
            return Err(Fault::TooLarge);
        }
        let has_room = |piece: &String| piece.len() + text.len() <= PIECE;
        if !self.pieces.last().is_some_and(has_room) {
            self.pieces.push(String::with_capacity(PIECE));
        }
        let piece = self.pieces.len() - 1;
        let place = piece * PIECE + self.pieces[piece].len();
        self.pieces[piece].push_str(&text);
        let fits = |number: usize| u32::try_from(number).map_err(|_| Fault::TooLarge);
        self.places.push((fits(place)?, fits(text.len())?));
        Ok(())
    }

    /// Whether the string of this number is too long for a cell.
    pub(super) fn is_too_long(&self, number: usize) -> bool {
        self.too_long.contains(&number)
    }

    /// The string of this number, empty where it is too long.
    pub(super) fn get(&self, number: usize) -> Option<&str> {
        let (start, length) = self.places.get(number)?;
        let (start, length) = (*start as usize, *length as usize);
        let piece = self.pieces.get(start / PIECE)?;
        piece.get(start % PIECE..start % PIECE + length)
    }
}

/// The text of a cell as it comes in, which is not kept beyond what a cell can hold.
#[derive(Default)]
pub(super) struct Value {
    text: String,
    characters: usize,
}

impl Value {
    pub(super) fn push(&mut self, text: &str) {
        self.characters = self.characters.saturating_add(text.chars().count());
        if self.characters > LONGEST_CELL {
            self.text = String::new();
        } else {
            self.text.push_str(text);
        }
    }

    /// None where it is too long.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        (self.characters <= LONGEST_CELL).then(|| unescaped(&self.text))
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.characters = 0;
    }
}

/// With `_x000D_` and its like as the characters that they stand for (ECMA-376, `ST_Xstring`).
fn unescaped(text: &str) -> Cow<'_, str> {
    const LENGTH: usize = "_x000D_".len();
    let code = |text: &str| {
        let digits = text.get(..LENGTH)?.strip_prefix("_x")?.strip_suffix('_')?;
        let are_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        are_digits.then(|| {
            u32::from_str_radix(digits, 16)
                .ok()
                .and_then(char::from_u32)
        })?
    };
    if !text.contains("_x") {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(c) = code(rest) {
            plain.push(c);
            rest = &rest[LENGTH..];
        } else {
            plain.push('_');
            rest = &rest[1..];
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// A part as a stream of tags and texts.
pub(super) struct Xml<'a> {
    reader: quick_xml::Reader<BufReader<Bounded<ZipFile<'a, SpooledTempFile>>>>,
    buffer: Vec<u8>,
    depth: usize,
    has_begun: bool,
}

pub(super) enum Item<'a> {
    /// A tag opens, in this depth from 1.
    Open(usize, BytesStart<'a>),
    /// A tag of this depth closes.
    Close(usize),
    Text(Cow<'a, str>),
    Other,
    End,
}

impl<'a> Xml<'a> {
    fn new(file: ZipFile<'a, SpooledTempFile>, read: Rc<Shared<u64>>) -> Self {
        let packed = file.compressed_size();
        let bounded = Bounded {
            input: file,
            packed,
            kept: 0,
            read,
            tags: 0,
            is_tag: false,
            is_cut: false,
            run: 0,
        };
        let mut reader =
            quick_xml::Reader::from_reader(BufReader::with_capacity(64 << 10, bounded));
        reader.config_mut().expand_empty_elements = true;
        Self {
            reader,
            buffer: Vec::new(),
            depth: 0,
            has_begun: false,
        }
    }

    pub(super) fn next(&mut self) -> Result<Item<'_>, Fault> {
        self.buffer.clear();
        let event =
            self.reader
                .read_event_into(&mut self.buffer)
                .map_err(|error| match &error {
                    quick_xml::Error::Io(io) if io.kind() == io::ErrorKind::FileTooLarge => {
                        Fault::TooLarge
                    }
                    _ => Fault::damaged(error),
                })?;
        Ok(match event {
            Event::Start(tag) => {
                self.depth += 1;
                self.has_begun = true;
                if self.depth > DEEPEST {
                    return Err(Fault::Damaged("its elements lie too deep".to_owned()));
                }
                Item::Open(self.depth, tag)
            }
            Event::End(_) => {
                self.depth -= 1;
                Item::Close(self.depth + 1)
            }
            Event::Text(text) => Item::Text(text.xml10_content()),
            Event::CData(text) => Item::Text(text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(Fault::damaged)?;
                Item::Text(match character {
                    Some(character) => Cow::Owned(character.to_string()),
                    None => {
                        Cow::Borrowed(resolve_predefined_entity(&reference).ok_or_else(|| {
                            Fault::Damaged("it has an entity that is not known".to_owned())
                        })?)
                    }
                })
            }
            Event::DocType(_) => {
                return Err(Fault::Damaged(
                    "it has a document type, which no workbook has".to_owned(),
                ));
            }
            Event::Eof if self.depth > 0 || !self.has_begun => {
                return Err(Fault::Damaged("a part of it breaks off".to_owned()));
            }
            Event::Eof => Item::End,
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => Item::Other,
        })
    }
}

/// Whether a tag has this name, in whichever namespace.
pub(super) fn is(tag: &BytesStart<'_>, name: &str) -> bool {
    AsRef::<str>::as_ref(&tag.local_name()) == name
}

/// Hands out the attributes of a tag, with their names as they stand.
pub(super) fn for_each_attribute(
    tag: &BytesStart<'_>,
    mut take: impl FnMut(&str, &str) -> Result<(), Fault>,
) -> Result<(), Fault> {
    for (index, attribute) in tag.attributes().enumerate() {
        let attribute = attribute.map_err(Fault::damaged)?;
        if index == MOST_ATTRIBUTES {
            return Err(Fault::Damaged("a tag has too many attributes".to_owned()));
        }
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(Fault::damaged)?;
        take(attribute.key.as_ref(), &value)?;
    }
    Ok(())
}

/// Unpacks a part within bounds: of all that is unpacked, of how much it grows, of the length of a tag. A text
/// that is longer than any cell is handed on in part, so that the cell is known to be too long and the rest of
/// it costs nothing.
struct Bounded<R> {
    input: R,
    packed: u64,
    /// Bytes that were handed on.
    kept: u64,
    read: Rc<Shared<u64>>,
    tags: u32,
    is_tag: bool,
    /// The rest of the text is dropped.
    is_cut: bool,
    /// Bytes since a tag began or ended.
    run: usize,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.input.read(buffer)?;
            if count == 0 {
                return Ok(0);
            }
            self.read.set(self.read.get() + count as u64);
            let kept = self.keep(&mut buffer[..count])?;
            self.kept += kept as u64;
            let is_suspect = self.kept > UNSUSPECTED && self.kept / MOST_PACKED > self.packed;
            if is_suspect || self.read.get() > MOST_READ {
                return Err(io::Error::from(io::ErrorKind::FileTooLarge));
            }
            if kept > 0 {
                return Ok(kept);
            }
        }
    }
}

impl<R> Bounded<R> {
    /// Moves what is handed on to the front, and says how much it is.
    fn keep(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let (mut at, mut kept) = (0, 0);
        while at < bytes.len() {
            let rest = &bytes[at..];
            let end = memchr::memchr(if self.is_tag { b'>' } else { b'<' }, rest);
            // With the bracket that ends it.
            let length = end.map_or(rest.len(), |end| end + 1);
            let mut taken = length;
            if self.is_tag {
                if self.run + length > LONGEST_TAG {
                    return Err(io::Error::from(io::ErrorKind::FileTooLarge));
                }
            } else if self.is_cut {
                taken = 0;
            } else {
                let of_text = length - usize::from(end.is_some());
                let room = LONGEST_TEXT.saturating_sub(self.run);
                // Not within a character.
                let begins = |byte: &u8| byte & 0xc0 != 0x80;
                let cut = rest[..of_text].iter().skip(room).position(begins);
                if let Some(cut) = cut {
                    taken = room + cut;
                    self.is_cut = true;
                }
            }
            bytes.copy_within(at..at + taken, kept);
            kept += taken;
            self.run = self.run.saturating_add(length);
            if end.is_some() {
                if taken < length {
                    bytes[kept] = if self.is_tag { b'>' } else { b'<' };
                    kept += 1;
                }
                self.is_tag = !self.is_tag;
                self.tags += u32::from(self.is_tag);
                if self.tags > MOST_TAGS {
                    return Err(io::Error::from(io::ErrorKind::FileTooLarge));
                }
                self.is_cut = false;
                self.run = 0;
            }
            at += length;
        }
        Ok(kept)
    }
}
