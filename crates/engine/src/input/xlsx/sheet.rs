//! A sheet as a stream of rows.

use super::{
    cell::{Cell, Cells, letters},
    fault::Fault,
    parts::{Item, Strings, Value, Xml, for_each_attribute, is},
};
use crate::input::row::LONGEST_ROW;

/// The size of a sheet of Excel.
const MOST_ROWS: u32 = 1 << 20;
const MOST_COLUMNS: u32 = 1 << 14;

/// Rows and columns that are smaller cannot be seen: less than a pixel, in points and in characters.
const LEAST_HEIGHT: f64 = 0.75;
const LEAST_WIDTH: f64 = 0.1;

/// Excel has seven levels of groups that can be folded up.
const LEVELS: usize = 8;

pub(super) struct Row {
    /// Its number, from 1.
    pub(super) number: u32,
    pub(super) cells: Cells,
    /// Its values come to more than 1 MiB, and are not kept.
    pub(super) is_too_long: bool,
}

/// Reads the rows of a sheet. Values that nobody can see are refused.
pub(super) struct Sheet<'a> {
    xml: Xml<'a>,
    strings: &'a Strings,
    dates: &'a [bool],
    place: Place,
    has_data: bool,
    columns: Columns,
    rows_are_flat: bool,
    groups: Groups,
    /// The number of the last row.
    last: u32,
    /// Everything down to this depth is passed over.
    skipped: Option<usize>,
    value: Value,
}

/// What part of a sheet is being read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Settings,
    Columns,
    Data,
    Merges,
    Other,
}

/// A row as far as it was read.
struct Open {
    row: Row,
    is_hidden: bool,
    level: usize,
    is_folded: bool,
    bytes: usize,
    /// The first column that a cell may still stand in.
    next_column: u32,
    cell: Option<OpenCell>,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is what was seen of the cell so far"
)]
struct OpenCell {
    column: u32,
    kind: Option<String>,
    style: Option<usize>,
    is_formula: bool,
    has_value: bool,
    /// What is being read is part of its text.
    is_read: bool,
    in_run: bool,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(xml: Xml<'a>, strings: &'a Strings, dates: &'a [bool]) -> Self {
        Self {
            xml,
            strings,
            dates,
            place: Place::Other,
            has_data: false,
            columns: Columns::default(),
            rows_are_flat: false,
            groups: Groups::default(),
            last: 0,
            skipped: None,
            value: Value::default(),
        }
    }

    /// Whether any cell holds something.
    pub(super) fn has_values(mut self) -> Result<bool, Fault> {
        loop {
            match self.read()? {
                None => return Ok(false),
                Some(open) if !open.row.cells.is_empty() || open.row.is_too_long => {
                    return Ok(true);
                }
                Some(_) => {}
            }
        }
    }

    /// The next row that the part has, which may be empty.
    pub(super) fn next(&mut self) -> Result<Option<Row>, Fault> {
        let Some(open) = self.read()? else {
            return Ok(None);
        };
        let line = u64::from(open.row.number);
        let has_values = !open.row.cells.is_empty() || open.row.is_too_long;
        let folded = self.groups.take(&open, has_values);
        if let Some(row) = folded.or((open.is_hidden && has_values).then_some(open.row.number)) {
            return Err(Fault::At(
                u64::from(row),
                "this row is hidden or filtered out, and its values would be deleted unseen; show all rows, or remove it, and save it again"
                    .to_owned(),
            ));
        }
        let hidden = open.row.cells.iter().map(|(column, _)| *column);
        if let Some(column) = hidden
            .into_iter()
            .find(|column| self.columns.is_hidden(*column))
        {
            return Err(Fault::At(
                line,
                format!(
                    "column {} is hidden, and its value here would be deleted unseen; show all columns, or remove it, and save it again",
                    letters(column)
                ),
            ));
        }
        Ok(Some(open.row))
    }

    fn read(&mut self) -> Result<Option<Open>, Fault> {
        let mut open: Option<Open> = None;
        loop {
            match self.xml.next()? {
                Item::Open(depth, tag) => {
                    if self.skipped.is_some() {
                        continue;
                    }
                    match (depth, self.place) {
                        (1, _) if !is(&tag, "worksheet") => {
                            return Err(Fault::Damaged("a sheet is none".to_owned()));
                        }
                        (2, _) => {
                            let name = tag.local_name();
                            self.place = match name.as_ref() {
                                "sheetPr" => Place::Settings,
                                "cols" => Place::Columns,
                                "sheetData" if self.has_data => {
                                    return Err(Fault::Damaged(
                                        "a sheet has its cells twice".to_owned(),
                                    ));
                                }
                                "sheetData" => {
                                    self.has_data = true;
                                    Place::Data
                                }
                                "mergeCells" => Place::Merges,
                                _ => Place::Other,
                            };
                            if is(&tag, "sheetFormatPr") {
                                for_each_attribute(&tag, |name, value| {
                                    match name {
                                        "defaultRowHeight" => {
                                            self.rows_are_flat = is_less(value, LEAST_HEIGHT);
                                        }
                                        "defaultColWidth" => {
                                            self.columns.are_flat = is_less(value, LEAST_WIDTH);
                                        }
                                        _ => {}
                                    }
                                    Ok(())
                                })?;
                            }
                        }
                        (3, Place::Settings) if is(&tag, "outlinePr") => {
                            for_each_attribute(&tag, |name, value| {
                                match name {
                                    "summaryBelow" => self.groups.is_above = !is_on(value),
                                    "summaryRight" => self.columns.is_left = !is_on(value),
                                    _ => {}
                                }
                                Ok(())
                            })?;
                        }
                        (3, Place::Columns) if is(&tag, "col") => self.columns.push(&tag)?,
                        (3, Place::Merges) if is(&tag, "mergeCell") => return Err(merged(&tag)),
                        (3, Place::Data) => {
                            let row = begin(&tag, self.last, self.rows_are_flat)?;
                            self.last = row.row.number;
                            open = Some(row);
                        }
                        (4.., Place::Data) => {
                            let open = open.as_mut().ok_or_else(misplaced)?;
                            if !follow(open, depth, &tag, &mut self.value)? {
                                self.skipped = Some(depth);
                            }
                        }
                        _ => {}
                    }
                }
                Item::Text(text) => {
                    let cell = open.as_ref().and_then(|open| open.cell.as_ref());
                    if self.skipped.is_none() && cell.is_some_and(|cell| cell.is_read) {
                        self.value.push(&text);
                    }
                }
                Item::Close(depth) => {
                    if let Some(from) = self.skipped {
                        if from == depth {
                            self.skipped = None;
                        }
                        continue;
                    }
                    match (depth, self.place) {
                        (2, Place::Columns) => self.columns.fold(),
                        (3, Place::Data) => return Ok(open),
                        (4, Place::Data) => {
                            let open = open.as_mut().ok_or_else(misplaced)?;
                            if let Some(cell) = open.cell.take() {
                                let column = cell.column;
                                if let Some(cell) = self.cell(&cell)? {
                                    open.push(column, cell);
                                }
                            }
                        }
                        (5.., Place::Data) => {
                            let cell = open.as_mut().and_then(|open| open.cell.as_mut());
                            let cell = cell.ok_or_else(misplaced)?;
                            cell.is_read = false;
                            cell.in_run &= depth > 6;
                        }
                        _ => {}
                    }
                }
                Item::Other => {}
                Item::End => return Ok(None),
            }
        }
    }

    /// What a cell holds, where it is not empty.
    fn cell(&self, open: &OpenCell) -> Result<Option<Cell>, Fault> {
        let empty = || open.is_formula.then_some(Cell::Formula);
        let Some(text) = self.value.text() else {
            return Ok(Some(Cell::TooLong));
        };
        let as_text = |text: &str| (!text.is_empty()).then(|| Cell::Text(text.to_owned()));
        Ok(match open.kind.as_deref().unwrap_or("n") {
            "inlineStr" => as_text(&text),
            "str" if open.has_value => as_text(&text),
            _ if text.trim().is_empty() => empty(),
            "s" => {
                let number = text.trim().parse().ok();
                match number.and_then(|number| self.strings.get(number)) {
                    Some(_) if number.is_some_and(|number| self.strings.is_too_long(number)) => {
                        Some(Cell::TooLong)
                    }
                    Some(text) => as_text(text),
                    None => {
                        return Err(Fault::Damaged(
                            "a cell means a text that is not there".to_owned(),
                        ));
                    }
                }
            }
            "b" => Some(Cell::Switch(match text.trim() {
                "1" | "true" => true,
                "0" | "false" => false,
                _ => {
                    return Err(Fault::Damaged(
                        "a cell is neither true nor false".to_owned(),
                    ));
                }
            })),
            "e" => Some(Cell::Fault(text.into_owned())),
            "d" => Some(Cell::Date),
            "n" => {
                let number = text.trim().parse().map_err(Fault::damaged)?;
                let style = open.style.unwrap_or(0);
                Some(if self.dates.get(style).copied().unwrap_or(false) {
                    Cell::Date
                } else {
                    Cell::Number(number)
                })
            }
            _ => return Err(Fault::Damaged("a cell is of no known kind".to_owned())),
        })
    }
}

impl Open {
    fn push(&mut self, column: u32, cell: Cell) {
        self.bytes += match &cell {
            Cell::Text(text) | Cell::Fault(text) => text.len(),
            _ => 0,
        };
        if self.bytes > LONGEST_ROW {
            self.row.is_too_long = true;
            self.row.cells = Vec::new();
        } else {
            self.row.cells.push((column, cell));
        }
    }
}

fn misplaced() -> Fault {
    Fault::Damaged("its cells are not where they belong".to_owned())
}

/// Begins a row behind the last one.
fn begin(tag: &quick_xml::events::BytesStart<'_>, last: u32, is_flat: bool) -> Result<Open, Fault> {
    if !is(tag, "row") {
        return Err(misplaced());
    }
    let mut number = last + 1;
    let (mut is_hidden, mut is_low, mut level, mut is_folded) = (false, is_flat, 0, false);
    for_each_attribute(tag, |name, value| {
        match name {
            "r" => number = value.trim().parse().map_err(Fault::damaged)?,
            "hidden" => is_hidden = is_on(value),
            "ht" => is_low = is_less(value, LEAST_HEIGHT),
            "outlineLevel" => level = value.trim().parse().map_err(Fault::damaged)?,
            "collapsed" => is_folded = is_on(value),
            _ => {}
        }
        Ok(())
    })?;
    if number <= last || number > MOST_ROWS {
        return Err(Fault::Damaged("its rows are out of order".to_owned()));
    }
    Ok(Open {
        row: Row {
            number,
            cells: Vec::new(),
            is_too_long: false,
        },
        is_hidden: is_hidden || is_low,
        level: level.min(LEVELS - 1),
        is_folded,
        bytes: 0,
        next_column: 0,
        cell: None,
    })
}

/// Follows a tag within a row. False where what is in it does not belong to the cells.
fn follow(
    open: &mut Open,
    depth: usize,
    tag: &quick_xml::events::BytesStart<'_>,
    value: &mut Value,
) -> Result<bool, Fault> {
    let name = tag.local_name();
    let name: &str = name.as_ref();
    if depth == 4 {
        if name == "extLst" {
            return Ok(false);
        }
        if name != "c" {
            return Err(misplaced());
        }
        let row = open.row.number;
        // A cell without a place stands beside the one before it, whether that is empty or not.
        let mut column = open.next_column;
        let (mut kind, mut style) = (None, None);
        for_each_attribute(tag, |name, value| {
            match name {
                "r" => column = place(value, row)?,
                "t" => kind = Some(value.trim().to_owned()),
                "s" => style = Some(value.trim().parse().map_err(Fault::damaged)?),
                _ => {}
            }
            Ok(())
        })?;
        if column < open.next_column || column >= MOST_COLUMNS {
            return Err(Fault::Damaged("its cells are out of order".to_owned()));
        }
        open.next_column = column + 1;
        value.clear();
        open.cell = Some(OpenCell {
            column,
            kind,
            style,
            is_formula: false,
            has_value: false,
            is_read: false,
            in_run: false,
        });
        return Ok(true);
    }
    let cell = open.cell.as_mut().ok_or_else(misplaced)?;
    let is_inline = cell.kind.as_deref() == Some("inlineStr");
    match (depth, name) {
        (5, "f") => cell.is_formula = true,
        (5, "v") => {
            if cell.has_value {
                return Err(misplaced());
            }
            // An inline text is in `is`, and what is beside it is not shown.
            cell.is_read = !is_inline;
            cell.has_value = true;
        }
        (5, "is") => {}
        (6, "t") => cell.is_read = is_inline,
        (6, "r") => cell.in_run = true,
        (7, "t") if cell.in_run => cell.is_read = is_inline,
        (5, "extLst") | (6.., _) => return Ok(false),
        _ => return Err(misplaced()),
    }
    Ok(true)
}

/// The column of a cell's place, `B7`, which must be of the row.
fn place(text: &str, row: u32) -> Result<u32, Fault> {
    let fault = || Fault::Damaged("a cell has no place".to_owned());
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_alphabetic())
        .ok_or_else(fault)?;
    let (column, number) = text.split_at(end);
    if number.parse() != Ok(row) || column.is_empty() || column.len() > 3 {
        return Err(fault());
    }
    let digits = column
        .bytes()
        .map(|letter| u32::from(letter.to_ascii_uppercase() - b'A') + 1);
    Ok(digits.fold(0, |column, digit| column * 26 + digit) - 1)
}

fn merged(tag: &quick_xml::events::BytesStart<'_>) -> Fault {
    let mut line = 1;
    let found = for_each_attribute(tag, |name, value| {
        if name == "ref" {
            let first = value.split(':').next().unwrap_or_default();
            let digits = first.trim_start_matches(|c: char| !c.is_ascii_digit());
            line = digits.parse().map_err(Fault::damaged)?;
        }
        Ok(())
    });
    match found {
        Err(fault) => fault,
        Ok(()) => Fault::At(
            line,
            "cells are merged here, so that it cannot be told which rows the value belongs to; unmerge them"
                .to_owned(),
        ),
    }
}

/// Whether a switch is on. What is no switch counts as on: better refused than unseen.
fn is_on(value: &str) -> bool {
    !matches!(value.trim(), "0" | "false" | "off")
}

/// Whether a measure is too small to be seen. What is no measure counts as one.
fn is_less(value: &str, least: f64) -> bool {
    value
        .trim()
        .parse()
        .is_ok_and(|measure: f64| measure < least)
}

/// Which columns are not shown.
#[derive(Default)]
struct Columns {
    /// By their number from 0: whether it is hidden, shown, or as all are.
    hidden: Vec<Option<bool>>,
    levels: Vec<u8>,
    /// The first columns of those that stand beside a group that is folded up, and their level.
    folded: Vec<(usize, u8)>,
    are_flat: bool,
    /// They stand on the left of their group.
    is_left: bool,
}

impl Columns {
    fn push(&mut self, tag: &quick_xml::events::BytesStart<'_>) -> Result<(), Fault> {
        let (mut first, mut last, mut level) = (0, 0, 0_u8);
        let (mut is_hidden, mut is_folded) = (false, false);
        // Without a width of its own it has that of all.
        let mut is_narrow = None;
        for_each_attribute(tag, |name, value| {
            match name {
                "min" => first = value.trim().parse().map_err(Fault::damaged)?,
                "max" => last = value.trim().parse().map_err(Fault::damaged)?,
                "hidden" => is_hidden = is_on(value),
                "width" => is_narrow = Some(is_less(value, LEAST_WIDTH)),
                "outlineLevel" => level = value.trim().parse().map_err(Fault::damaged)?,
                "collapsed" => is_folded = is_on(value),
                _ => {}
            }
            Ok(())
        })?;
        if first == 0 || last < first || last > MOST_COLUMNS as usize {
            return Err(Fault::Damaged(
                "it has columns that there are not".to_owned(),
            ));
        }
        if self.hidden.is_empty() {
            self.hidden = vec![None; MOST_COLUMNS as usize];
            self.levels = vec![0; MOST_COLUMNS as usize];
        }
        for column in first - 1..last {
            if self.hidden[column].is_some() {
                return Err(Fault::Damaged("it has columns twice".to_owned()));
            }
            self.hidden[column] = Some(is_hidden || is_narrow.unwrap_or(self.are_flat));
            self.levels[column] = level;
        }
        if is_folded {
            self.folded.push((first - 1, level));
        }
        Ok(())
    }

    /// Hides what is in groups that are folded up.
    fn fold(&mut self) {
        for (column, level) in std::mem::take(&mut self.folded) {
            let group: Vec<_> = if self.is_left {
                (column + 1..self.levels.len())
                    .take_while(|other| self.levels[*other] > level)
                    .collect()
            } else {
                (0..column)
                    .rev()
                    .take_while(|other| self.levels[*other] > level)
                    .collect()
            };
            for other in group {
                self.hidden[other] = Some(true);
            }
        }
    }

    fn is_hidden(&self, column: u32) -> bool {
        let own = self.hidden.get(column as usize).copied().flatten();
        own.unwrap_or(self.are_flat)
    }
}

/// Groups of rows that can be folded up.
#[derive(Default)]
struct Groups {
    /// Of the rows just before, without a gap, that are of this level or deeper: the first with values.
    first: [Option<u32>; LEVELS],
    last: u32,
    /// The level of a row above a group that is folded up, while it lasts.
    folded: Option<usize>,
    /// Such rows stand above their group rather than below.
    is_above: bool,
}

impl Groups {
    /// The number of a row with values that is not shown since its group is folded up, where this row says so.
    fn take(&mut self, open: &Open, has_values: bool) -> Option<u32> {
        let (number, level) = (open.row.number, open.level);
        if number != self.last + 1 {
            self.first = [None; LEVELS];
            self.folded = None;
        }
        self.last = number;
        let deeper = self.first.get(level + 1).copied().flatten();
        let below = deeper.filter(|_| open.is_folded && !self.is_above);
        for first in &mut self.first[level + 1..] {
            *first = None;
        }
        for first in &mut self.first[1..=level] {
            *first = first.or(has_values.then_some(number));
        }
        if self.folded.is_some_and(|folded| level <= folded) {
            self.folded = None;
        }
        let above = (self.folded.is_some() && has_values).then_some(number);
        if open.is_folded && self.is_above {
            self.folded = Some(self.folded.map_or(level, |folded| folded.min(level)));
        }
        below.or(above)
    }
}
