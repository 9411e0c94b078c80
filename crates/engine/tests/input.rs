//! Lists of targets: what is read from them, and what is refused.

use std::{
    collections::VecDeque,
    io::{self, Cursor, Read},
    path::Path,
};

use proptest::prelude::*;
use prospect_delete_core::{
    extrovert::{
        RemoveProspect, Scope,
        targets::{everybody, person, prospect},
    },
    nlpearl::{self, DeleteLeads},
    target_kinds, unleashx, woodpecker,
};
use prospect_delete_engine::{
    Field, Fields, Target,
    input::{BadRow, Format, InputError, Reader, Rejects, Row},
};

const USER: &str = "8d256aa6-9b12-49a7-93ee-bf41634b5b60";
const LEADS: &str = "target,pearl_id,lead_id\n";

type Rows = Vec<Result<Row, BadRow>>;

fn try_read(format: Format, input: impl Read) -> Result<Rows, InputError> {
    Reader::new("list", format, input)?.collect()
}

fn read(format: Format, text: impl AsRef<[u8]>) -> Rows {
    try_read(format, text.as_ref()).unwrap()
}

/// Why a list is refused as a whole.
fn refusal(format: Format, text: impl AsRef<[u8]>) -> String {
    let error = try_read(format, text.as_ref()).unwrap_err();
    assert!(!error.is_io(), "{error}");
    error.to_string()
}

/// Why the only row of a list is bad.
fn fault(format: Format, text: impl AsRef<[u8]>) -> String {
    match &read(format, text)[..] {
        [Err(bad)] => bad.to_string(),
        rows => panic!("{rows:?}"),
    }
}

/// Each row as `LINE TARGET` or, where it is bad, `LINE! REASON`.
fn told(rows: &Rows) -> Vec<String> {
    rows.iter()
        .map(|row| match row {
            Ok(row) => format!("{} {}", row.line, row.target),
            Err(bad) => format!("{}! {}", bad.line, bad.reason),
        })
        .collect()
}

fn lead(lead_id: &str) -> Target {
    nlpearl::targets::lead("p", lead_id).unwrap()
}

fn json_row(fields: &str) -> String {
    format!(r#"{{"target":"nlpearl.lead","pearl_id":"p",{fields}}}"#)
}

#[test]
fn the_format_follows_the_name() {
    for (path, format) in [
        ("a.csv", Some(Format::Csv)),
        ("dir.jsonl/a.CSV", Some(Format::Csv)),
        ("a.jsonl", Some(Format::JsonLines)),
        ("a.NdJson", Some(Format::JsonLines)),
        ("a.json", None),
        ("csv", None),
        ("a.csv.gz", None),
    ] {
        assert_eq!(Format::of_path(Path::new(path)), format, "{path}");
    }
    assert_eq!(Format::named("csv"), Some(Format::Csv));
    assert_eq!(Format::named("jsonl"), Some(Format::JsonLines));
    assert_eq!(Format::named("CSV"), None);
}

#[test]
fn every_kind_of_target_is_read_from_csv() {
    let text = format!(
        "target,user_id,profile_id,campaign_id,profile_url,pearl_id,lead_id,audience_id,list_id,company_id,reject_posts\n\
         extrovert.person,{USER},ACoAA,,,,,,,,true\n\
         extrovert.prospect,,,{USER},https://www.linkedin.com/in/a,,,,,,\n\
         nlpearl.lead,,,,,p,l,,,,\n\
         unleashx.audience,,,7,,,,8,,,\n\
         extrovert.all,,,,,,,,,,false\n\
         extrovert.list,,,,,,,,{USER},,\n\
         extrovert.campaign,,,,,,,,,,\n\
         woodpecker.company,,,,,,,,,123,\n\
         unleashx.campaign,,,42,,,,,,,\n"
    );
    assert_eq!(
        told(&read(Format::Csv, text)),
        [
            format!("2 extrovert.person:{USER}/ACoAA"),
            format!("3 extrovert.prospect:{USER}/https://www.linkedin.com/in/a"),
            "4 nlpearl.lead:p/l".to_owned(),
            "5 unleashx.audience:7/8".to_owned(),
            "6 extrovert.all".to_owned(),
            format!("7 extrovert.list:{USER}"),
            "8 extrovert.campaign".to_owned(),
            "9 woodpecker.company:123".to_owned(),
            "10 unleashx.campaign:42".to_owned(),
        ]
    );
}

#[test]
fn csv_values_are_taken_as_they_stand() {
    let rows = read(
        Format::Csv,
        "\u{feff} target ,\"pearl_id\",\tlead_id \r\n\
         nlpearl.lead,p,\"a/b\"\r\n\
         \"nlpearl.lead\",\"p\",\"in\"\"ner\"\r\n\
         nlpearl.lead,p,in\"ner\r\n\
         nlpearl.lead,p,\u{fc}\u{1f600}\r\n\
         nlpearl.lead,p, a",
    );
    let targets: Vec<_> = rows
        .iter()
        .flatten()
        .map(|row| row.target.clone())
        .collect();
    assert_eq!(
        targets,
        [
            lead("a/b"),
            lead("in\"ner"),
            lead("in\"ner"),
            lead("\u{fc}\u{1f600}")
        ]
    );
    assert_eq!(
        rows[4].as_ref().unwrap_err().to_string(),
        "list:6: lead_id: \" a\" has white space around it; remove it"
    );
}

#[test]
fn lines_are_those_of_the_file() {
    for end in ["\n", "\r\n", "\r"] {
        let text = [
            "",
            "",
            "target,pearl_id,lead_id",
            "nlpearl.lead,p,a",
            "",
            "",
            "nlpearl.lead,p,\"b",
            "",
            "c\"",
            "nlpearl.lead,p,d",
            "",
            "nlpearl.lead,p",
        ]
        .join(end);
        assert_eq!(
            told(&read(Format::Csv, text)),
            [
                "4 nlpearl.lead:p/a",
                "7! a quote makes one row of the lines up to 9; close it, no value has a line break",
                "10 nlpearl.lead:p/d",
                "12! has 2 values where the header has 3 columns",
            ],
            "{end:?}"
        );
    }
    let text = format!(
        "\n  \n{}\r\n\n{}",
        json_row(r#""lead_id":"a""#),
        json_row(r#""lead_id":"b""#)
    );
    assert_eq!(
        told(&read(Format::JsonLines, text)),
        ["3 nlpearl.lead:p/a", "5 nlpearl.lead:p/b"]
    );
}

#[test]
fn a_header_that_is_no_header_is_refused() {
    for (text, expected) in [
        (
            "",
            "list: is empty; its first line names the columns: target, user_id, profile_id, campaign_id, profile_url, pearl_id, lead_id, audience_id, list_id, company_id, reject_posts",
        ),
        (
            "\u{feff}\n\n",
            "list: is empty; its first line names the columns: target, user_id, profile_id, campaign_id, profile_url, pearl_id, lead_id, audience_id, list_id, company_id, reject_posts",
        ),
        (
            "target,leadid\n",
            "list:1: column \"leadid\" is unknown; is lead_id meant?",
        ),
        (
            "Target\n",
            "list:1: column \"Target\" is unknown; is target meant?",
        ),
        (
            "target,x\u{1b}\n",
            "list:1: column \"x\\u{1b}\" is unknown; there are target, user_id, profile_id, campaign_id, profile_url, pearl_id, lead_id, audience_id, list_id, company_id, reject_posts",
        ),
        (
            "\n\ntarget,lead_id, target\n",
            "list:3: column target stands twice; remove one",
        ),
        (
            "lead_id,pearl_id\n",
            "list:1: there is no column target, which says what is deleted; the first line names the columns: target, user_id, profile_id, campaign_id, profile_url, pearl_id, lead_id, audience_id, list_id, company_id, reject_posts",
        ),
        (
            "target,,lead_id\n",
            "list:1: column 2 has no name; name it or remove it",
        ),
        (
            "target, \n",
            "list:1: column 2 has no name; name it or remove it",
        ),
        (
            "target;lead_id\nnlpearl.lead;a\n",
            "list:1: columns are separated by semicolons; save the file as CSV with commas between them",
        ),
        (
            "\"target\";\"lead_id\"\n",
            "list:1: columns are separated by semicolons; save the file as CSV with commas between them",
        ),
        (
            "target\tlead_id\n",
            "list:1: columns are separated by tabs; save the file as CSV with commas between them",
        ),
        (
            "target|pearl_id|lead_id\nnlpearl.lead|p|a\n",
            "list:1: columns are separated by |; save the file as CSV with commas between them",
        ),
        (
            "\u{feff}sep=;\ntarget;lead_id\n",
            "list:1: is the line sep=, which only Excel understands; remove it, and save the file as CSV with commas between the columns",
        ),
        (
            "SEP=,\ntarget,lead_id\n",
            "list:1: is the line sep=, which only Excel understands; remove it, and save the file as CSV with commas between the columns",
        ),
        (
            "\n\"target\n",
            "list:2: a quote opens here and does not close before the end of the file; close it, or give the whole file if it was cut off",
        ),
        (
            "\"tar\nget\"\n",
            "list:1: a quote makes one row of the lines up to 2; close it, no value has a line break",
        ),
        (
            "\"target\"x\n",
            "list:1: text stands behind a closing quote; put the whole value in quotes, and double each within it",
        ),
    ] {
        assert_eq!(refusal(Format::Csv, text), expected, "{text:?}");
    }
    assert_eq!(
        refusal(Format::Csv, b"target,\xff\n"),
        "list:1: the header is not UTF-8; save the file as CSV in UTF-8"
    );
    let long = refusal(Format::Csv, format!("target,{}\n", "x".repeat(9_000)));
    assert!(long.len() < 500, "{long}");
}

#[test]
fn a_list_without_rows_is_a_list() {
    for text in ["target", "target\n", LEADS, "target\r\n\r\n"] {
        assert_eq!(read(Format::Csv, text), []);
    }
    for text in ["", "\n\n", "\u{feff}"] {
        assert_eq!(read(Format::JsonLines, text), []);
    }
}

#[test]
fn files_of_another_kind_are_refused_with_what_to_do() {
    let utf16: Vec<u8> = "target\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let cases: [(&[u8], &str); 7] = [
        (
            b"PK\x03\x04rest",
            "is an Excel workbook, to be read with --format xlsx, or another ZIP archive",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an Excel workbook"),
        (b"\x1f\x8b\x08", "is compressed"),
        (b"\xff\xfet\0", "is text in UTF-16"),
        (b"\xfe\xff\0t", "is text in UTF-16"),
        (&utf16, "is no text in UTF-8, since it has zero bytes"),
        (
            b"target\nextrovert.all\0\n",
            "is no text in UTF-8, since it has zero bytes",
        ),
    ];
    for (bytes, what) in cases {
        assert_eq!(
            refusal(Format::Csv, bytes),
            format!("list: {what}; save it as CSV in UTF-8 and give that")
        );
        assert_eq!(
            refusal(Format::JsonLines, bytes),
            format!("list: {what}; write it as JSON Lines in UTF-8 and give that")
        );
    }
    for text in ["[]", " \n[\n{}]", "\u{feff}[{}]"] {
        let refused = refusal(Format::JsonLines, text);
        assert!(refused.starts_with("list: is a JSON array; "), "{refused}");
        let refused = refusal(Format::Csv, text);
        assert!(
            refused.starts_with("list: is JSON rather than CSV; "),
            "{refused}"
        );
    }
    let refused = refusal(Format::Csv, json_row(r#""lead_id":"a""#));
    assert!(
        refused.starts_with("list: is JSON rather than CSV; "),
        "{refused}"
    );
}

#[test]
fn a_bad_csv_row_is_named_and_the_next_is_read() {
    let long = "9".repeat(100_000);
    for (row, expected) in [
        (
            "nlpearl.lead,p",
            "has 2 values where the header has 3 columns",
        ),
        ("nlpearl.lead", "has 1 value where the header has 3 columns"),
        (
            "nlpearl.lead,p,a,b",
            "has 4 values where the header has 3 columns; put a value with a comma in quotes",
        ),
        (
            "nlpearl.lead,p,\"a\"b",
            "text stands behind a closing quote; put the whole value in quotes, and double each within it",
        ),
        (
            "nlpearl.lead,p,\"a\" ",
            "text stands behind a closing quote; put the whole value in quotes, and double each within it",
        ),
        (
            "nlpearl.lead,p,\"a\n\"",
            "a quote makes one row of the lines up to 3; close it, no value has a line break",
        ),
        (
            "nlpearl.lead,p,",
            "lead_id: is empty; nlpearl.lead needs it",
        ),
        (
            "nlpearl.lead,..,a",
            "pearl_id: \"..\" cannot stand in a path; give the id",
        ),
        (
            "nlpearl.leads,p,a",
            "target: \"nlpearl.leads\" is unknown; is nlpearl.lead meant?",
        ),
        (
            "extrovert.all,,a",
            "lead_id: does not belong to extrovert.all; leave it empty",
        ),
        (
            "nlpearl.lead,p,a\u{1b}[2J",
            "lead_id: \"a\\u{1b}[2J\" has control characters; remove them",
        ),
    ] {
        let after = row.matches('\n').count() + 3;
        let text = format!("{LEADS}{row}\nnlpearl.lead,p,next\n");
        let rows = read(Format::Csv, text);
        assert_eq!(
            told(&rows),
            [
                format!("2! {expected}"),
                format!("{after} nlpearl.lead:p/next")
            ]
        );
        assert_eq!(rows[0].as_ref().unwrap_err().row, row);
    }
    let bytes = [LEADS.as_bytes(), b"nlpearl.lead,p,\xff\nnlpearl.lead,p,b\n"].concat();
    let rows = read(Format::Csv, bytes);
    assert_eq!(
        told(&rows),
        [
            "2! lead_id: is not UTF-8; save the file as CSV in UTF-8",
            "3 nlpearl.lead:p/b"
        ]
    );
    assert_eq!(rows[0].as_ref().unwrap_err().row, "nlpearl.lead,p,\u{fffd}");

    let reason = fault(
        Format::Csv,
        format!("target,company_id\nwoodpecker.company,{long}"),
    );
    assert!(reason.starts_with("list:2: company_id: \"999"), "{reason}");
    assert!(
        reason.ends_with("is not a whole number; give the id in digits alone"),
        "{reason}"
    );
    assert!(reason.len() < 500, "{reason}");
}

#[test]
fn empty_rows_are_skipped_and_counted() {
    let text = format!(
        "{LEADS},,\nnlpearl.lead,p,a\n , ,\t\n\"\",\"\",\"\"\n,,,,,\n\n   \nnlpearl.lead,,\n,,"
    );
    let mut rows = Reader::new("list", Format::Csv, text.as_bytes()).unwrap();
    let read: Rows = rows.by_ref().map(Result::unwrap).collect();
    assert_eq!(
        told(&read),
        [
            "3 nlpearl.lead:p/a",
            "9! pearl_id: is empty; nlpearl.lead needs it"
        ]
    );
    assert_eq!(rows.skipped(), 6);
    let mut rows = Reader::new("list", Format::Csv, LEADS.as_bytes()).unwrap();
    assert!(rows.next().is_none());
    assert_eq!(rows.skipped(), 0);
}

#[test]
fn a_second_header_is_named_as_what_it_is() {
    for again in [
        "target,pearl_id,lead_id",
        "\"Target\", PEARL_ID ,lead_id",
        "\u{feff}target,pearl_id,lead_id",
    ] {
        let again = again.trim_start_matches('\u{feff}');
        let text = format!("{LEADS}nlpearl.lead,p,a\n{again}\nnlpearl.lead,p,b\n");
        assert_eq!(
            told(&read(Format::Csv, text)),
            [
                "2 nlpearl.lead:p/a",
                "3! is a second header, as where lists were put together; remove this row",
                "4 nlpearl.lead:p/b"
            ]
        );
    }
    // What follows would be read by the wrong columns: nothing of it is.
    for other in [
        "target,lead_id,pearl_id",
        "lead_id,pearl_id,target",
        "target,company_id",
        "target,pearl_id,lead_id,reject_posts",
    ] {
        let text = format!("{LEADS}nlpearl.lead,p,a\n{other}\nnlpearl.lead,b,p\n");
        assert_eq!(
            refusal(Format::Csv, text),
            "list:3: is a second header, with other columns than the first, as where lists were put together; \
             give each list in a file of its own"
        );
    }
}

#[test]
fn switches_are_read_in_any_case() {
    for (value, expected) in [
        ("TRUE", true),
        ("True", true),
        ("False", false),
        ("FALSE", false),
        ("", false),
    ] {
        let rows = read(
            Format::Csv,
            format!("target,reject_posts\nextrovert.all,{value}\n"),
        );
        assert_eq!(
            rows[0].as_ref().unwrap().target.option("reject_posts"),
            expected,
            "{value}"
        );
        let json = format!(r#"{{"target":"extrovert.all","reject_posts":"{value}"}}"#);
        let rows = read(Format::JsonLines, json);
        assert_eq!(
            rows[0].as_ref().unwrap().target.option("reject_posts"),
            expected,
            "{value}"
        );
    }
    for value in ["yes", "1", "0", "wahr", "truee"] {
        assert_eq!(
            fault(
                Format::Csv,
                format!("target,reject_posts\nextrovert.all,{value}\n")
            ),
            format!("list:2: reject_posts: \"{value}\" is neither true nor false")
        );
    }
}

#[test]
fn damaged_ids_are_refused_in_every_form_of_list() {
    for (id, words) in [
        ("'66b2f0c1a1b2c3d4e5f60718", "apostrophe"),
        ("=66b2f0c1a1b2c3d4e5f60718", "is a formula"),
        ("6.6612E+22", "scientific notation"),
        ("#N/A", "error of a spreadsheet"),
        ("NULL", "missing"),
        ("{{lead_id}}", "placeholder"),
        ("id1|id2", "several ids"),
        ("id1 id2", "white space in it"),
        ("jo@example.com", "e-mail"),
        ("66\u{200b}b2", "invisible characters"),
        ("66\u{202e}b2", "invisible characters"),
    ] {
        let csv = fault(Format::Csv, format!("{LEADS}nlpearl.lead,p,{id}\n"));
        let json = fault(Format::JsonLines, json_row(&format!(r#""lead_id":"{id}""#)));
        for told in [csv, json] {
            assert!(told.contains(words), "{id:?}: {told}");
            assert!(told.contains("lead_id: "), "{told}");
            assert_eq!(told.lines().count(), 1, "{told}");
            assert!(!told.contains(['\u{200b}', '\u{202e}']), "{told:?}");
        }
    }
    for id in [
        "66b2f0c1a1b2c3d4e5f60718",
        USER,
        "ACoAABcd_EF-gh",
        "0042",
        "a+b/c==",
        "+a/=",
    ] {
        let rows = read(Format::Csv, format!("{LEADS}nlpearl.lead,p,{id}\n"));
        assert_eq!(rows[0].as_ref().unwrap().target, lead(id));
        let rows = read(Format::JsonLines, json_row(&format!(r#""lead_id":"{id}""#)));
        assert_eq!(rows[0].as_ref().unwrap().target, lead(id));
    }
}

#[test]
fn damaged_numbers_and_uuids_are_refused() {
    for id in [
        "42.0",
        "1e5",
        "1E5",
        "4.200",
        "'42",
        "-42",
        "0",
        "042",
        "+42",
        " 42",
        "42 ",
        "0x2a",
        "٤٢",
        "99999999999999999999",
    ] {
        let text = format!("target,company_id\nwoodpecker.company,{id}\n");
        let refused = fault(Format::Csv, &text);
        assert!(refused.starts_with("list:2: company"), "{id}: {refused}");
        let text =
            format!(r#"{{"target":"unleashx.audience","campaign_id":7,"audience_id":"{id}"}}"#);
        let refused = fault(Format::JsonLines, text);
        assert!(refused.starts_with("list:1: audience"), "{id}: {refused}");
    }
    let text = "target,company_id\nwoodpecker.company,\"4,200\"\n";
    assert!(
        fault(Format::Csv, text).contains("is not a whole number; give the id in digits alone")
    );
    for id in [
        format!("{{{USER}}}"),
        format!("'{USER}"),
        USER.replace('-', ""),
        format!("urn:uuid:{USER}"),
        format!("{USER} "),
        uuid::Uuid::nil().to_string(),
        uuid::Uuid::max().to_string(),
    ] {
        let text = format!("target,list_id\nextrovert.list,{id}\n");
        let refused = fault(Format::Csv, text);
        assert!(refused.starts_with("list:2: list_id: "), "{id}: {refused}");
    }
}

#[test]
fn a_quote_that_does_not_close_ends_the_list_where_it_opened() {
    let text = format!("{LEADS}nlpearl.lead,p,a\nnlpearl.lead,\"p\",\"b\nnlpearl.lead,p,c\n");
    let mut rows = Reader::new("list", Format::Csv, text.as_bytes()).unwrap();
    assert_eq!(rows.next().unwrap().unwrap().unwrap().target, lead("a"));
    let expected = "list:3: a quote opens here and does not close before the end of the file; \
                    close it, or give the whole file if it was cut off";
    assert_eq!(rows.next().unwrap().unwrap_err().to_string(), expected);
    assert!(rows.next().is_none());

    // One that closes by chance far below takes rows with it, which the reason says.
    let text = format!(
        "{LEADS}nlpearl.lead,p,\"a\nnlpearl.lead,p,b\nnlpearl.lead,p,\"c\"\nnlpearl.lead,p,d\n"
    );
    assert_eq!(
        told(&read(Format::Csv, text)),
        [
            "2! a quote makes one row of the lines up to 4; close it, no value has a line break",
            "5 nlpearl.lead:p/d"
        ]
    );
}

#[test]
fn a_row_without_end_is_refused_without_being_held() {
    let endless = |text: &str, byte| {
        let text = text.to_owned().into_bytes();
        try_read(Format::Csv, Cursor::new(text).chain(io::repeat(byte))).unwrap_err()
    };
    assert_eq!(
        endless("target\n\nextrovert.all\n\"a\"\n\"", b'\n').to_string(),
        "list:5: a quote opens here and does not close within 1 MiB; close it"
    );
    assert_eq!(
        endless("target\n\"\r\n\",\"", b'a').to_string(),
        "list:3: a quote opens here and does not close within 1 MiB; close it"
    );
    assert_eq!(
        endless("target\n", b'a').to_string(),
        "list:2: the row is longer than 1 MiB; begin a new line for each row"
    );

    let long = json_row(&format!(r#""lead_id":"{}""#, "a".repeat(64 << 20)));
    let rows = read(
        Format::JsonLines,
        format!("{long}\n{}\n", json_row(r#""lead_id":"b""#)),
    );
    assert_eq!(
        told(&rows),
        [
            "1! is longer than 1 MiB; begin a new line for each object",
            "2 nlpearl.lead:p/b"
        ]
    );
    let row = &rows[0].as_ref().unwrap_err().row;
    assert!(row.starts_with(r#"{"target":"nlpearl.lead""#));
    assert!(row.ends_with("a…") && row.len() < 100_000);
    assert_eq!(
        fault(Format::JsonLines, &long),
        "list:1: is longer than 1 MiB; begin a new line for each object"
    );
}

#[test]
fn a_row_up_to_the_bound_is_read() {
    let row = json_row(r#""lead_id":"a""#);
    let padding = " ".repeat((1 << 20) - row.len());
    for (text, rows) in [
        (format!("{row}{padding}"), 1),
        (format!("{row}{padding}\n{row}"), 2),
    ] {
        let read = read(Format::JsonLines, text);
        assert_eq!(read.iter().flatten().count(), rows);
    }
    fault(Format::JsonLines, format!("{row}{padding} "));

    let id = "a".repeat(1_000_000);
    let rows = read(Format::Csv, format!("{LEADS}nlpearl.lead,p,{id}\n"));
    let bad = rows[0].as_ref().unwrap_err();
    assert!(
        bad.reason.contains("is longer than 1,024 characters"),
        "{}",
        bad.reason
    );
    let id = "a".repeat(1024);
    let rows = read(Format::Csv, format!("{LEADS}nlpearl.lead,p,{id}\n"));
    assert_eq!(rows[0].as_ref().unwrap().target, lead(&id));
}

#[test]
fn blank_lines_are_no_row_however_many() {
    let blank = "\r\n".repeat(2 << 20);
    let line = 2 + (2 << 20);
    let text = format!("{LEADS}{blank}nlpearl.lead,p,a\n{blank}");
    assert_eq!(
        told(&read(Format::Csv, text)),
        [format!("{line} nlpearl.lead:p/a")]
    );
}

#[test]
fn json_values_of_every_allowed_form_are_read() {
    let text = format!(
        "\u{feff}{{\"target\":\"extrovert.person\",\"user_id\":\"{USER}\",\"profile_id\":\"A\",\"reject_posts\":true}}\n\
         {{\"reject_posts\":\"true\",\"target\":\"extrovert.list\",\"list_id\":\"{USER}\"}}\n\
         {{\"target\":\"extrovert.all\",\"reject_posts\":false}}\n\
         {{\"target\":\"unleashx.audience\",\"campaign_id\":7,\"audience_id\":9223372036854775807,\"lead_id\":null}}\n\
         {{\"target\":\"unleashx.audience\",\"campaign_id\":\"7\",\"audience_id\":\"8\"}}\n\
         {{\"target\":\"woodpecker.company\",\"company_id\":123}} \r\n\
         {{\"target\":\"nlpearl.lead\",\"pearl_id\":\"p\",\"lead_id\":\"\\u00fc\\\"\\\\007\"}}"
    );
    let rows = read(Format::JsonLines, text);
    assert_eq!(
        told(&rows),
        [
            format!("1 extrovert.person:{USER}/A"),
            format!("2 extrovert.list:{USER}"),
            "3 extrovert.all".to_owned(),
            "4 unleashx.audience:7/9223372036854775807".to_owned(),
            "5 unleashx.audience:7/8".to_owned(),
            "6 woodpecker.company:123".to_owned(),
            "7 nlpearl.lead:p/\u{fc}\"\\007".to_owned(),
        ]
    );
    let switches: Vec<_> = rows[..3]
        .iter()
        .flatten()
        .map(|row| row.target.option("reject_posts"))
        .collect();
    assert_eq!(switches, [true, true, false]);
}

#[test]
fn a_bad_json_line_is_named_and_the_next_is_read() {
    let kinds: Vec<_> = target_kinds().iter().map(|kind| kind.name).collect();
    assert_eq!(kinds.first(), Some(&"extrovert.person"), "named ones first");
    let number = "is a number; give it in quotes, with the leading zeros that it may have lost";
    let whole = "give the id, as a whole number or in quotes";
    let company =
        |value: &str| format!(r#"{{"target":"woodpecker.company","company_id":{value}}}"#);
    let all = |value: &str| format!(r#"{{"target":"extrovert.all","reject_posts":{value}}}"#);
    for (row, expected) in [
        (json_row(r#""lead_id":7"#), format!("lead_id: {number}")),
        (json_row(r#""lead_id":0.5"#), format!("lead_id: {number}")),
        (json_row(r#""lead_id":true"#), "lead_id: is true or false; give it in quotes".to_owned()),
        (json_row(r#""lead_id":["a"]"#), "lead_id: is a list; give it in quotes".to_owned()),
        (json_row(r#""lead_id":{"a":1}"#), "lead_id: is an object; give it in quotes".to_owned()),
        (json_row(r#""lead_id":null"#), "lead_id: is empty; nlpearl.lead needs it".to_owned()),
        (json_row(r#""lead_id":"""#), "lead_id: is empty; nlpearl.lead needs it".to_owned()),
        (json_row(r#""lead_id":"a","lead_id":"b""#), "lead_id: is given twice; remove one".to_owned()),
        (json_row(r#""lead_id":null,"lead_id":"b""#), "lead_id: is given twice; remove one".to_owned()),
        (json_row(r#""leadId":"a""#), "field \"leadId\" is unknown; is lead_id meant?".to_owned()),
        (
            json_row(r#""lead_id":"a\n""#),
            "lead_id: \"a\\n\" has control characters; remove them".to_owned(),
        ),
        (company("1.0"), format!("company_id: is no whole number; {whole}")),
        (company("1e3"), format!("company_id: is no whole number; {whole}")),
        (company("123456789012345678901"), format!("company_id: is no whole number; {whole}")),
        (company("false"), format!("company_id: is true or false; {whole}")),
        (company("[1]"), format!("company_id: is a list; {whole}")),
        (
            company("18446744073709551615"),
            "company_id: \"18446744073709551615\" is not a whole number; give the id in digits alone".to_owned(),
        ),
        (
            company("\"07\""),
            "company_id: \"07\" is not a whole number; give the id in digits alone".to_owned(),
        ),
        (all("1"), "reject_posts: is a number; give true or false".to_owned()),
        (all("\"yes\""), "reject_posts: \"yes\" is neither true nor false".to_owned()),
        (
            "{\"target\":".to_owned(),
            "ends within an object; write each object on a line of its own".to_owned(),
        ),
        (
            format!("{} {}", all("true"), all("true")),
            "is not one JSON object, and nothing else, on one line: trailing characters at column 48".to_owned(),
        ),
        (
            "\"a\"".to_owned(),
            "is not one JSON object, and nothing else, on one line: invalid type: string \"a\", \
             expected an object at column 3"
                .to_owned(),
        ),
        ("{}".to_owned(), format!("target: is empty; give one of {}", kinds.join(", "))),
    ] {
        let good = json_row(r#""lead_id":"next""#);
        let rows = read(Format::JsonLines, format!("{good}\n{row}\r\n{good}\n"));
        assert_eq!(
            told(&rows),
            [
                "1 nlpearl.lead:p/next".to_owned(),
                format!("2! {expected}"),
                "3 nlpearl.lead:p/next".to_owned()
            ],
            "{row}"
        );
        assert_eq!(rows[1].as_ref().unwrap_err().row, row);
    }
    let good = json_row(r#""lead_id":"b""#);
    let bytes = [b"{\"target\":\"\xff\"}\n", good.as_bytes()].concat();
    assert_eq!(
        told(&read(Format::JsonLines, bytes)),
        [
            "1! is not UTF-8; write the file as JSON Lines in UTF-8",
            "2 nlpearl.lead:p/b"
        ]
    );
    let nested = json_row(&format!(r#""lead_id":{}"#, "[".repeat(500_000)));
    assert!(fault(Format::JsonLines, nested).contains("recursion limit"));
    let long = fault(
        Format::JsonLines,
        format!("\"{}\"", "x\u{1b}".repeat(9_000)),
    );
    assert!(long.len() < 1_000 && !long.contains('\u{1b}'), "{long}");
}

#[test]
fn messages_are_one_line_whatever_the_names_are() {
    let name = "a\nb\u{202e}";
    let rows = Reader::new(name, Format::Csv, &b"target\nx\n"[..]).unwrap();
    let bad = rows.map(Result::unwrap).next().unwrap().unwrap_err();
    assert_eq!(bad.file, name);
    assert!(
        bad.to_string()
            .starts_with("a\\u{a}b\\u{202e}:2: target: \"x\" is unknown; ")
    );
    let error = Reader::new(name, Format::Csv, &b""[..]).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("a\\u{a}b\\u{202e}: is empty; ")
    );
}

/// Gives the bytes one by one, with interruptions, and then what stands at the end.
struct Trickle {
    bytes: VecDeque<u8>,
    interrupt: bool,
    end: fn() -> io::Result<usize>,
}

impl Trickle {
    fn new(bytes: &[u8], end: fn() -> io::Result<usize>) -> Self {
        Self {
            bytes: bytes.to_vec().into(),
            interrupt: false,
            end,
        }
    }
}

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupt = !self.interrupt;
        if self.interrupt {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let Some(byte) = self.bytes.pop_front() else {
            return (self.end)();
        };
        buffer[0] = byte;
        Ok(1)
    }
}

#[test]
fn a_failure_to_read_is_told_from_a_bad_list() {
    let failure = || Err(io::Error::other("the disk is gone"));
    let rows = "nlpearl.lead,p,a\n".repeat(1_000);
    for (format, text) in [
        (Format::Csv, format!("{LEADS}{rows}")),
        (
            Format::JsonLines,
            format!("{}\n", json_row(r#""lead_id":"a""#)).repeat(1_000),
        ),
    ] {
        let input = Trickle::new(text.as_bytes(), failure);
        let mut rows = Reader::new("list", format, input).unwrap();
        for _ in 0..1_000 {
            assert_eq!(rows.next().unwrap().unwrap().unwrap().target, lead("a"));
        }
        let error = rows.next().unwrap().unwrap_err();
        assert!(error.is_io());
        assert_eq!(error.to_string(), "list: cannot be read (the disk is gone)");
        assert!(rows.next().is_none());

        let error = Reader::new("list", format, Trickle::new(b"", failure)).unwrap_err();
        assert!(error.is_io());
    }
}

#[test]
fn rejects_can_be_mended_and_read_again() {
    let text = format!("{LEADS}nlpearl.lead,p,\"a\"\"b\" \nnlpearl.lead,p\n");
    let mut rejects = Rejects::new(Vec::new()).unwrap();
    for row in read(Format::Csv, text) {
        rejects.push(&row.unwrap_err()).unwrap();
    }
    let written = rejects.finish().unwrap();
    let mut csv = csv::Reader::from_reader(&written[..]);
    assert_eq!(
        csv.headers().unwrap(),
        vec!["file", "line", "reason", "row"]
    );
    let records: Vec<_> = csv.records().map(Result::unwrap).collect();
    let column = |index: usize| -> Vec<_> { records.iter().map(|row| &row[index]).collect() };
    assert_eq!(column(0), ["list", "list"]);
    assert_eq!(column(1), ["2", "3"]);
    assert_eq!(column(2)[1], "has 2 values where the header has 3 columns");
    assert_eq!(column(3), ["nlpearl.lead,p,\"a\"\"b\" ", "nlpearl.lead,p"]);
    let mended = format!("{LEADS}{}\n{},c\n", column(3)[0].trim(), column(3)[1]);
    assert_eq!(
        told(&read(Format::Csv, mended)),
        ["2 nlpearl.lead:p/a\"b", "3 nlpearl.lead:p/c"]
    );
}

#[test]
fn rejects_that_cannot_be_written_say_so_at_once() {
    assert!(Rejects::new(&mut [0_u8; 4][..]).is_err());
}

#[test]
fn debug_output_names_nobody() {
    let text = format!("{LEADS}nlpearl.lead,p,canary\nnlpearl.lead,canary\n");
    let mut rows = Reader::new("list", Format::Csv, text.as_bytes()).unwrap();
    rows.next();
    assert!(!format!("{rows:?}").contains("canary"));
    let bad = rows.next().unwrap().unwrap().unwrap_err();
    let mut rejects = Rejects::new(Vec::new()).unwrap();
    rejects.push(&bad).unwrap();
    assert!(!format!("{rejects:?}").contains("canary"));
}

/// Ids as providers may have them: whatever can be put into a request.
fn identifier() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => r#"[A-Za-z0-9+/=_~.:é"'-]{1,40}"#,
        1 => r"[^\pC\pZ]{1,20}",
        1 => (r#"[a"é]{1,4}"#, 1_usize..250).prop_map(|(text, count)| text.repeat(count)),
    ]
    .prop_filter("an identifier", |id| {
        DeleteLeads::new(id.as_str(), [id]).is_ok()
    })
}

/// Addresses of profiles, with anything in their queries.
fn profile_url() -> impl Strategy<Value = String> {
    (
        r"[a-zé0-9-]{2,20}[a-z0-9]",
        r#"[a-z"',;{}\[\]:é=%@/-]{0,20}"#,
    )
        .prop_map(|(name, query)| format!("https://www.linkedin.com/in/{name}?{query}"))
        .prop_filter("an address", |url| {
            RemoveProspect::new(url.as_str(), uuid::Uuid::max()).is_ok()
        })
}

fn targets() -> impl Strategy<Value = Target> {
    let uuid = || (1..u128::MAX).prop_map(uuid::Uuid::from_u128);
    let id = || 1..=i64::MAX;
    prop_oneof![
        (uuid(), identifier(), any::<bool>())
            .prop_map(|(user, profile, reject)| person(user, &profile, reject)),
        (uuid(), profile_url(), any::<bool>())
            .prop_map(|(campaign, url, reject)| prospect(campaign, &url, reject)),
        (identifier(), identifier())
            .prop_map(|(pearl, lead)| nlpearl::targets::lead(&pearl, &lead)),
        (id(), id()).prop_map(|(campaign, record)| unleashx::targets::audience(campaign, record)),
        any::<bool>().prop_map(|reject| everybody(Scope::All, reject)),
        (uuid(), any::<bool>()).prop_map(|(list, reject)| everybody(Scope::List(list), reject)),
        any::<bool>().prop_map(|reject| everybody(Scope::Campaign, reject)),
        id().prop_map(woodpecker::targets::company),
        id().prop_map(unleashx::targets::campaign),
    ]
    .prop_map(Result::unwrap)
}

fn as_csv(
    targets: &[Target],
    columns: &[Field],
    terminator: csv::Terminator,
    quotes: csv::QuoteStyle,
) -> Vec<u8> {
    let mut csv = csv::WriterBuilder::new()
        .terminator(terminator)
        .quote_style(quotes)
        .from_writer(Vec::new());
    csv.write_record(columns.iter().map(|column| column.name()))
        .unwrap();
    for target in targets {
        let fields = Fields::from(target);
        csv.write_record(
            columns
                .iter()
                .map(|column| fields.get(*column).unwrap_or_default()),
        )
        .unwrap();
    }
    csv.into_inner().unwrap()
}

fn as_json_lines(targets: &[Target]) -> String {
    let line = |target| {
        let fields = Fields::from(target);
        let object: serde_json::Map<_, _> = Field::all()
            .filter_map(|column| Some((column.to_string(), fields.get(column)?.into())))
            .collect();
        serde_json::Value::Object(object).to_string() + "\n"
    };
    targets.iter().map(line).collect()
}

/// The targets of a list without bad rows, each in a line below the other.
fn all_targets(format: Format, text: &[u8], first: u64) -> Vec<Target> {
    let rows = read(format, text);
    (first..)
        .zip(rows)
        .map(|(line, row)| {
            let row = row.unwrap();
            assert_eq!(row.line, line);
            row.target
        })
        .collect()
}

/// What a list may be damaged to.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(&b"\n"[..]),
        Just(&b"\r\n"[..]),
        Just(&b"\r"[..]),
        Just(&b"\""[..]),
        Just(&b","[..]),
        Just(&b"nlpearl.lead,p,"[..]),
        Just(&b"nlpearl.lead,p,a\n"[..]),
        Just(&br#"{"target":"nlpearl.lead","pearl_id":"p","lead_id":"a"}"#[..]),
        Just(&br#"{"target":"#[..]),
        Just(&b"\xff"[..]),
        Just(&b"\xef\xbb\xbf"[..]),
        Just(&b" "[..]),
        Just(&b"a"[..]),
    ];
    (any::<bool>(), proptest::collection::vec(piece, 0..60)).prop_map(|(header, pieces)| {
        let header = if header { LEADS } else { "" };
        [header.as_bytes(), &pieces.concat()].concat()
    })
}

/// The lines of a list that are not blank, with their numbers.
fn lines(format: Format, text: &[u8]) -> Vec<(u64, Vec<u8>)> {
    let mut text = String::from_utf8_lossy(text).replace("\r\n", "\n");
    if format == Format::Csv {
        text = text.replace('\r', "\n");
    }
    (1..)
        .zip(text.split('\n'))
        .filter(|(_, line)| !line.is_empty())
        .map(|(number, line)| (number, line.as_bytes().to_vec()))
        .collect()
}

proptest! {
    #[test]
    fn csv_reads_back_what_was_written(
        targets in proptest::collection::vec(targets(), 0..20),
        columns in Just(Field::all().collect::<Vec<_>>()).prop_shuffle(),
        returns in any::<bool>(),
        quoted in any::<bool>(),
    ) {
        let terminator = if returns { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let quotes = if quoted { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
        let text = as_csv(&targets, &columns, terminator, quotes);
        prop_assert_eq!(all_targets(Format::Csv, &text, 2), targets);
    }

    #[test]
    fn json_lines_read_back_what_was_written(targets in proptest::collection::vec(targets(), 0..20)) {
        let text = as_json_lines(&targets);
        prop_assert_eq!(all_targets(Format::JsonLines, text.as_bytes(), 1), targets);
    }

    #[test]
    fn any_bytes_come_to_an_end(bytes in any::<Vec<u8>>()) {
        for format in [Format::Csv, Format::JsonLines] {
            let _ = try_read(format, &bytes[..]);
        }
    }

    #[test]
    fn damage_is_never_silent(text in damaged()) {
        for format in [Format::Csv, Format::JsonLines] {
            let Ok(rows) = try_read(format, &text[..]) else {
                continue;
            };
            let lines = lines(format, &text);
            let mut below = 0;
            for row in &rows {
                let line = row.as_ref().map_or_else(|bad| bad.line, |row| row.line);
                prop_assert!(line > below && lines.iter().any(|(number, _)| *number == line));
                below = line;
                if let Ok(row) = row {
                    // What is deleted stands in that line, and nowhere else.
                    let text = lines.iter().find(|(number, _)| *number == line).unwrap();
                    let text = String::from_utf8_lossy(&text.1).replace('"', "");
                    prop_assert_eq!(row.target.kind().name, "nlpearl.lead");
                    prop_assert_eq!(row.target.value(0), "p");
                    let lead_id = row.target.value(1).replace('"', "");
                    prop_assert!(text.contains(&lead_id), "{} in {}", lead_id, text);
                }
            }
        }
    }

    #[test]
    fn without_quotes_each_line_with_a_value_is_a_row(text in damaged()) {
        let text: Vec<u8> = text.into_iter().filter(|byte| *byte != b'"').collect();
        let text = [LEADS.as_bytes(), &text].concat();
        let rows = read(Format::Csv, &text);
        let numbers: Vec<u64> = rows
            .iter()
            .map(|row| row.as_ref().map_or_else(|bad| bad.line, |row| row.line))
            .collect();
        let has_value = |line: &[u8]| line.iter().any(|byte| !matches!(byte, b',' | b' '));
        let expected: Vec<u64> = lines(Format::Csv, &text)
            .into_iter()
            .skip(1)
            .filter_map(|(number, line)| has_value(&line).then_some(number))
            .collect();
        prop_assert_eq!(numbers, expected);
    }

    #[test]
    fn rows_do_not_depend_on_how_bytes_arrive(text in damaged()) {
        for format in [Format::Csv, Format::JsonLines] {
            let at_once = try_read(format, &text[..]).map_err(|error| error.to_string());
            let one_by_one = try_read(format, Trickle::new(&text, || Ok(0)))
                .map_err(|error| error.to_string());
            prop_assert_eq!(at_once, one_by_one);
        }
    }
}
