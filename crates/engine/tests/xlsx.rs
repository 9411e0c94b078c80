//! Lists in Excel workbooks: what is read from them, and what is refused.

use std::io::{Cursor, Write};

use prospect_delete_engine::input::{Format, InputError, Reader};
use zip::{ZipWriter, write::SimpleFileOptions};

const NAMESPACE: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A workbook of these sheets, each with its name, the inside of its `sheetData`, and what stands behind.
fn workbook(sheets: &[(&str, &str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut part = |name: &str, text: &str| {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    };
    let number = |index: usize| index + 1;
    let each = |make: &dyn Fn(usize, &str) -> String| -> String {
        let sheets = sheets.iter().enumerate();
        sheets
            .map(|(index, (name, ..))| make(number(index), name))
            .collect()
    };
    part(
        "[Content_Types].xml",
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>",
    );
    part(
        "_rels/.rels",
        &format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
             <Relationship Id=\"r1\" Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        ),
    );
    part(
        "xl/workbook.xml",
        &format!(
            "<workbook xmlns=\"{NAMESPACE}\" xmlns:r=\"{RELATIONS}\"><sheets>{}</sheets></workbook>",
            each(&|id, name| format!("<sheet name=\"{name}\" sheetId=\"{id}\" r:id=\"r{id}\"/>"))
        ),
    );
    part(
        "xl/_rels/workbook.xml.rels",
        &format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{}\
             <Relationship Id=\"rs\" Type=\"{RELATIONS}/sharedStrings\" Target=\"sharedStrings.xml\"/>\
             <Relationship Id=\"rt\" Type=\"{RELATIONS}/styles\" Target=\"styles.xml\"/></Relationships>",
            each(&|id, _| format!(
                "<Relationship Id=\"r{id}\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet{id}.xml\"/>"
            ))
        ),
    );
    part(
        "xl/sharedStrings.xml",
        &format!("<sst xmlns=\"{NAMESPACE}\"><si><t>shared</t></si></sst>"),
    );
    // The second style is a date.
    part(
        "xl/styles.xml",
        &format!(
            "<styleSheet xmlns=\"{NAMESPACE}\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"
        ),
    );
    for (index, (_, data, behind)) in sheets.iter().enumerate() {
        part(
            &format!("xl/worksheets/sheet{}.xml", number(index)),
            &format!(
                "<worksheet xmlns=\"{NAMESPACE}\"><sheetData>{data}</sheetData>{behind}</worksheet>"
            ),
        );
    }
    zip.finish().unwrap().into_inner()
}

/// A row of cells, each given by its column and its XML without the place.
fn row(number: u32, cells: &[(&str, &str)]) -> String {
    let cells: String = cells
        .iter()
        .map(|(column, cell)| cell.replacen("<c", &format!("<c r=\"{column}{number}\""), 1))
        .collect();
    format!("<row r=\"{number}\">{cells}</row>")
}

fn text(text: &str) -> String {
    format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

fn value(value: &str) -> String {
    format!("<c><v>{value}</v></c>")
}

fn names(columns: &[&str]) -> String {
    let cells: Vec<_> = columns.iter().map(|name| text(name)).collect();
    let letters = ["A", "B", "C", "D", "E"];
    let cells: Vec<_> = letters
        .into_iter()
        .zip(cells.iter().map(String::as_str))
        .collect();
    row(1, &cells)
}

/// A sheet of audience records, whose third column is these cells, one a row from the second on.
fn audience(cells: &[String]) -> Vec<u8> {
    let mut data = names(&["target", "campaign_id", "audience_id"]);
    for (index, cell) in (2..).zip(cells) {
        let (target, campaign) = (text("unleashx.audience"), value("42"));
        data += &row(index, &[("A", &target), ("B", &campaign), ("C", cell)]);
    }
    workbook(&[("List", &data, "")])
}

fn told(bytes: &[u8]) -> Result<Vec<String>, InputError> {
    Reader::new("list.xlsx", Format::Xlsx, bytes)?
        .map(|row| {
            Ok(match row? {
                Ok(row) => format!("{} {}", row.line, row.target),
                Err(bad) => bad.to_string(),
            })
        })
        .collect()
}

fn refusal(bytes: &[u8]) -> String {
    let error = told(bytes).unwrap_err();
    assert!(!error.is_io(), "{error}");
    assert_eq!(error.to_string().lines().count(), 1, "{error}");
    error.to_string()
}

#[test]
fn the_same_columns_make_the_same_targets() {
    let user = "8d256aa6-9b12-49a7-93ee-bf41634b5b60";
    let data = [
        names(&[
            "reject_posts",
            "target",
            "user_id",
            "profile_id",
            "company_id",
        ]),
        row(
            2,
            &[
                ("A", "<c t=\"b\"><v>1</v></c>"),
                ("B", &text("extrovert.person")),
                ("C", &text(user)),
                ("D", &text("p&amp;1")),
            ],
        ),
        row(3, &[]),
        row(4, &[("A", &text("")), ("C", "<c/>")]),
        row(
            7,
            &[("B", &text("woodpecker.company")), ("E", &value("123"))],
        ),
        row(
            8,
            &[
                ("B", &text("extrovert.person")),
                ("C", &text(user)),
                ("D", "<c t=\"s\"><v>0</v></c>"),
            ],
        ),
    ]
    .concat();
    let rows: Vec<_> = Reader::new(
        "list",
        Format::Xlsx,
        &*workbook(&[("A", &data, ""), ("B", "", "")]),
    )
    .unwrap()
    .map(|row| row.unwrap().unwrap())
    .map(|row| (row.line, row.target.to_string(), row.target.reject_posts()))
    .collect();
    assert_eq!(
        rows,
        [
            (2, format!("extrovert.person:{user}/p&1"), true),
            (7, "woodpecker.company:123".to_owned(), false),
            (8, format!("extrovert.person:{user}/shared"), false),
        ]
    );
}

#[test]
fn numbers_are_ids_where_excel_keeps_them_exactly() {
    let exact = ["42", "42.0", "4.2E1", "999999999999999"].map(value);
    assert_eq!(
        told(&audience(&exact)).unwrap(),
        [
            "2 unleashx.audience:42/42",
            "3 unleashx.audience:42/42",
            "4 unleashx.audience:42/42",
            "5 unleashx.audience:42/999999999999999",
        ]
    );
    for (cell, words) in [
        (
            value("1000000000000000"),
            "15 digits that Excel keeps; format the column as text",
        ),
        (value("9007199254740993"), "15 digits"),
        (value("1E300"), "15 digits"),
        (value("42.5"), "is no whole number"),
        (
            "<c s=\"1\"><v>42</v></c>".to_owned(),
            "is a date or a time; format the column as text",
        ),
        (
            "<c t=\"d\"><v>2026-01-01</v></c>".to_owned(),
            "is a date or a time",
        ),
        ("<c t=\"b\"><v>1</v></c>".to_owned(), "is true or false"),
        (
            "<c t=\"e\"><v>#N/A</v></c>".to_owned(),
            "holds the error #N/A",
        ),
        (
            "<c><f>A1+1</f></c>".to_owned(),
            "is a formula without a result",
        ),
        (
            "<c><f>A1+1</f><v></v></c>".to_owned(),
            "is a formula without a result",
        ),
        ("<c/>".to_owned(), "is empty"),
        (text("042"), "is not a whole number"),
    ] {
        let rows = told(&audience(&[cell.clone(), value("7")])).unwrap();
        assert!(
            rows[0].starts_with("list.xlsx:2: audience_id: "),
            "{cell}: {rows:?}"
        );
        assert!(rows[0].contains(words), "{cell}: {rows:?}");
        assert_eq!(rows[1], "3 unleashx.audience:42/7", "{cell}");
    }
    let worked_out = "<c><f>6*7</f><v>42</v></c>".to_owned();
    assert_eq!(
        told(&audience(&[worked_out])).unwrap(),
        ["2 unleashx.audience:42/42"]
    );
}

#[test]
fn a_number_where_an_id_is_text_may_have_lost_zeros() {
    let data = names(&["target", "pearl_id", "lead_id"])
        + &row(
            2,
            &[
                ("A", &text("nlpearl.lead")),
                ("B", &text("p")),
                ("C", &value("7")),
            ],
        );
    let rows = told(&workbook(&[("A", &data, "")])).unwrap();
    assert_eq!(
        rows,
        [
            "list.xlsx:2: lead_id: is a number; format the column as text and enter it again, with the leading zeros that it may have lost"
        ]
    );
}

#[test]
fn what_somebody_may_not_have_seen_is_refused() {
    let seen = audience(&[value("7")]);
    assert_eq!(told(&seen).unwrap().len(), 1);
    let data = names(&["target", "company_id"])
        + &row(2, &[("A", &text("woodpecker.company")), ("B", &value("1"))]);
    for hidden in ["hidden=\"1\"", "ht=\"3\" hidden=\"true\""] {
        let data = data.replace("<row r=\"2\"", &format!("<row r=\"2\" {hidden}"));
        assert!(refusal(&workbook(&[("A", &data, "")])).contains("hidden or filtered out"));
    }
    for state in ["hidden", "veryHidden"] {
        let named = format!("A\" state=\"{state}");
        let bytes = workbook(&[(&named, &data, ""), ("B", &data, "")]);
        assert!(refusal(&bytes).contains("its first sheet, \"A\", is hidden"));
    }
    let merges = "<mergeCells count=\"1\"><mergeCell ref=\"A2:A5\"/></mergeCells>";
    let refused = refusal(&workbook(&[("A", &data, merges)]));
    assert!(
        refused.starts_with("list.xlsx:2: cells are merged here"),
        "{refused}"
    );
    let beside = data + &row(3, &[("A", &text("woodpecker.company")), ("D", &value("1"))]);
    let rows = told(&workbook(&[("A", &beside, "")])).unwrap();
    assert!(
        rows[1].contains("a value in column D, which has no name"),
        "{rows:?}"
    );
}

#[test]
fn a_header_that_is_no_header_is_refused() {
    for (columns, words) in [
        (
            &["target", "compny_id"][..],
            "list.xlsx:1: column \"compny_id\" is unknown; is company_id meant?",
        ),
        (&["company_id"], "there is no column target"),
        (&["target", "target"], "column target stands twice"),
    ] {
        let refused = refusal(&workbook(&[("A", &names(columns), "")]));
        assert!(refused.contains(words), "{refused}");
    }
    let refused = refusal(&workbook(&[("A", &row(1, &[("A", &value("1"))]), "")]));
    assert!(
        refused.contains("column A has no text for a name"),
        "{refused}"
    );
    let refused = refusal(&workbook(&[("A", "", "")]));
    assert!(refused.contains("the sheet \"A\" is empty"), "{refused}");
}

#[test]
fn a_sheet_is_read_by_its_name() {
    let data = names(&["target", "company_id"])
        + &row(2, &[("A", &text("woodpecker.company")), ("B", &value("1"))]);
    let bytes = workbook(&[
        ("Notes", &row(1, &[("A", &text("hello"))]), ""),
        ("Who goes", &data, ""),
    ]);
    let rows: Vec<_> = Reader::of_sheet("list", "Who goes", &*bytes)
        .unwrap()
        .collect();
    assert_eq!(rows.len(), 1);
    let error = Reader::of_sheet("list", "who", &*bytes)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "list: has no sheet \"who\"; there are \"Notes\", \"Who goes\""
    );
}

#[test]
fn what_is_no_workbook_is_refused_with_what_to_do() {
    let whole = audience(&[value("7")]);
    for (bytes, words) in [
        (Vec::new(), "is empty"),
        (
            b"target,company_id\n".to_vec(),
            "is no Excel workbook; save it as .xlsx or CSV",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest".to_vec(),
            "protected by a password",
        ),
        (b"PK\x03\x04rest".to_vec(), "damaged"),
        (whole[..whole.len() / 2].to_vec(), "damaged"),
    ] {
        let refused = refusal(&bytes);
        assert!(refused.contains(words), "{refused}");
    }
    // However it is damaged, it is read as it was, or refused: never in part.
    for place in (0..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x55;
        if let Ok(rows) = told(&bytes) {
            assert_eq!(rows, ["2 unleashx.audience:42/7"], "damaged at {place}");
        }
    }
}

#[test]
fn what_unpacks_without_end_is_refused_without_being_held() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("xl/worksheets/sheet1.xml", SimpleFileOptions::default())
        .unwrap();
    zip.write_all(&vec![b' '; 2 << 20]).unwrap();
    let bytes = zip.finish().unwrap().into_inner();
    assert!(refusal(&bytes).contains("comes to too much when it is unpacked"));
}

#[test]
fn a_bad_row_is_shown_as_csv_to_be_mended() {
    let bytes = audience(&[text("a, &quot;b&quot;")]);
    let bad = Reader::new("list", Format::Xlsx, &*bytes)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .unwrap_err();
    assert_eq!(bad.row, "unleashx.audience,42,\"a, \"\"b\"\"\"");
}
