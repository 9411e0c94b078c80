//! Lists as JSON Lines.

use std::{
    fmt,
    io::{self, BufRead, BufReader, Read},
};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Value, error::Category};

use super::{
    header::instead,
    row::{BadRow, InputError, LONGEST_ROW, Row, shown},
};
use prospect_delete_core::{Field, Fields, Target, ValueType};

/// How much is read at a time, in bytes.
const BUFFER: usize = 64 << 10;

pub(super) struct Rows<R> {
    file: String,
    input: BufReader<R>,
    text: Vec<u8>,
    line: u64,
}

impl<R: Read> Rows<R> {
    pub(super) fn new(file: String, input: R) -> Self {
        Self {
            file,
            input: BufReader::with_capacity(BUFFER, input),
            text: Vec::new(),
            line: 0,
        }
    }

    pub(super) fn next(&mut self) -> Option<Result<Result<Row, BadRow>, InputError>> {
        loop {
            let target = match self.advance() {
                Ok(Line::End) => return None,
                Ok(Line::TooLong) => {
                    Err("is longer than 1 MiB; begin a new line for each object".to_owned())
                }
                Ok(Line::Whole) if self.text.trim_ascii().is_empty() => continue,
                Ok(Line::Whole) => target(&self.text),
                Err(error) => return Some(Err(InputError::io(&self.file, error))),
            };
            let line = self.line;
            return Some(Ok(match target {
                Ok(target) => Ok(Row { line, target }),
                Err(reason) => Err(BadRow::new(&self.file, line, &reason, &self.text)),
            }));
        }
    }

    fn advance(&mut self) -> io::Result<Line> {
        self.text.clear();
        let most = LONGEST_ROW as u64 + 1;
        let count = (&mut self.input)
            .take(most)
            .read_until(b'\n', &mut self.text)?;
        self.line += 1;
        if count == 0 {
            return Ok(Line::End);
        }
        if count as u64 == most && !self.text.ends_with(b"\n") {
            self.input.skip_until(b'\n')?;
            return Ok(Line::TooLong);
        }
        Ok(Line::Whole)
    }
}

enum Line {
    Whole,
    /// What is beyond the bound was skipped.
    TooLong,
    End,
}

/// What a line names.
fn target(line: &[u8]) -> Result<Target, String> {
    let line = std::str::from_utf8(line)
        .map_err(|_| "is not UTF-8; write the file as JSON Lines in UTF-8".to_owned())?;
    let Object(given) = serde_json::from_str(line).map_err(|error| no_object(&error))?;
    let mut fields = Fields::default();
    let mut seen = vec![false; Field::all().count()];
    for (name, value) in given {
        let Some(column) = Field::named(&name) else {
            return Err(format!(
                "field {} is unknown; {}",
                shown(&name),
                instead(&name)
            ));
        };
        if std::mem::replace(&mut seen[column.index()], true) {
            return Err(format!("{column}: is given twice; remove one"));
        }
        if let Some(value) = text(column, value)? {
            fields.set(column, value);
        }
    }
    Target::try_from(&fields).map_err(|error| error.to_string())
}

fn no_object(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // The line within the text is always the first, and would be taken for the line of the file.
    let what = text
        .rsplit_once(" at line ")
        .map_or(&*text, |(what, _)| what);
    match error.classify() {
        Category::Eof => "ends within an object; write each object on a line of its own".to_owned(),
        _ => format!(
            "is not one JSON object, and nothing else, on one line: {what} at column {}",
            error.column()
        ),
    }
}

/// The text of a value, where it is given.
fn text(column: Field, value: Value) -> Result<Option<String>, String> {
    let is_integer = column.may_hold(ValueType::Integer);
    let is_switch = column.may_hold(ValueType::Boolean);
    let wanted = if is_switch {
        "give true or false"
    } else if is_integer {
        "give the id, as a whole number or in quotes"
    } else {
        "give it in quotes"
    };
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Bool(switch) if is_switch => Ok(Some(switch.to_string())),
        Value::Number(number) if is_integer && (number.is_i64() || number.is_u64()) => {
            Ok(Some(number.to_string()))
        }
        Value::Number(_) if !is_integer && !is_switch => Err(format!(
            "{column}: is a number; give it in quotes, with the leading zeros that it may have lost"
        )),
        Value::Number(_) if is_integer => Err(format!("{column}: is no whole number; {wanted}")),
        Value::Number(_) => Err(format!("{column}: is a number; {wanted}")),
        Value::Bool(_) => Err(format!("{column}: is true or false; {wanted}")),
        Value::Array(_) => Err(format!("{column}: is a list; {wanted}")),
        Value::Object(_) => Err(format!("{column}: is an object; {wanted}")),
    }
}

/// The fields of an object, those that stand there twice included.
struct Object(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Object(fields))
            }
        }

        deserializer.deserialize_map(Fields)
    }
}
