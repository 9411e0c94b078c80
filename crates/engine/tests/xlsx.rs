//! Lists in Excel workbooks: what is read from them, and what is refused.

use std::io::{Cursor, Read, Write};

use prospect_delete_engine::input::{Format, InputError, Reader};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

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
    .map(|row| {
        (
            row.line,
            row.target.to_string(),
            row.target.option("reject_posts"),
        )
    })
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
fn what_belongs_to_no_row_or_column_is_refused() {
    let data = names(&["target", "company_id"])
        + &row(2, &[("A", &text("woodpecker.company")), ("B", &value("1"))]);
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

/// A list of two companies, whose rows and columns have these attributes.
fn companies(before: &str, row_2: &str, row_3: &str) -> String {
    let cells = |row: u32, id: &str| {
        format!(
            "<c r=\"A{row}\" t=\"inlineStr\"><is><t>woodpecker.company</t></is></c><c r=\"B{row}\"><v>{id}</v></c>"
        )
    };
    format!(
        "{before}<sheetData>{}<row r=\"2\" {row_2}>{}</row><row r=\"3\" {row_3}>{}</row></sheetData>",
        names(&["target", "company_id"]),
        cells(2, "1"),
        cells(3, "2"),
    )
}

/// A workbook of one sheet, given by what is in its `worksheet`.
fn of_sheet(sheet: &str) -> Vec<u8> {
    let parts = [
        (
            "_rels/.rels",
            relations(&[("r1", "officeDocument", "xl/workbook.xml")]),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{NAMESPACE}\" xmlns:r=\"{RELATIONS}\"><sheets><sheet name=\"A\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            relations(&[("r1", "worksheet", "worksheets/sheet1.xml")]),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"{NAMESPACE}\">{sheet}</worksheet>"),
        ),
    ];
    zipped(&parts)
}

fn relations(of: &[(&str, &str, &str)]) -> String {
    let each: Vec<_> = of
        .iter()
        .map(|(id, kind, target)| {
            format!("<Relationship Id=\"{id}\" Type=\"{RELATIONS}/{kind}\" Target=\"{target}\"/>")
        })
        .collect();
    let each = each.concat();
    format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{each}</Relationships>"
    )
}

fn zipped<T: AsRef<[u8]>>(parts: &[(&str, T)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        zip.start_file(*name, packed).unwrap();
        zip.write_all(text.as_ref()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const BOTH: [&str; 2] = ["2 woodpecker.company:1", "3 woodpecker.company:2"];

#[test]
fn rows_that_are_hidden_in_any_way_and_hold_values_are_refused_with_their_place() {
    for (before, row) in [
        ("", "hidden=\"1\""),
        ("", "hidden='1'"),
        ("", "hidden = \"1\""),
        ("", "\n hidden\n=\n'true'\n"),
        ("", "spans=\"1:2\" ht=\"3\" hidden=\"true\" x=\"0\""),
        ("", "ht=\"0\""),
        ("", "ht=\"0.25\" customHeight=\"1\""),
        ("", "customHeight=\"1\" ht='0'"),
        (
            "<sheetFormatPr defaultRowHeight=\"0\" customHeight=\"1\"/>",
            "",
        ),
    ] {
        let shown = if before.is_empty() { "" } else { "ht=\"15\"" };
        let text =
            companies(before, shown, row).replace("<row r=\"1\"", &format!("<row r=\"1\" {shown}"));
        let refused = refusal(&of_sheet(&text));
        assert!(
            refused.starts_with("list.xlsx:3: this row is hidden or filtered out"),
            "{row}: {refused}"
        );
    }
    let prefixed = companies("", "", "hidden=\"1\"")
        .replace("<row ", "<x:row ")
        .replace("</row>", "</x:row>");
    assert!(refusal(&of_sheet(&prefixed)).starts_with("list.xlsx:3: this row is hidden"));
    for row in [
        "hidden=\"0\"",
        "hidden=\"false\"",
        "ht=\"15\"",
        "outlineLevel=\"1\"",
        "collapsed=\"1\"",
        "customHeight=\"1\"",
    ] {
        assert_eq!(
            told(&of_sheet(&companies("", "", row))).unwrap(),
            BOTH,
            "{row}"
        );
    }
    // What holds nothing hides nobody.
    let empty = companies("", "", "").replace(
        "</sheetData>",
        "<row r=\"4\" hidden=\"1\"/><row r=\"5\" ht=\"0\"><c r=\"A5\" s=\"0\"/></row></sheetData>",
    );
    assert_eq!(told(&of_sheet(&empty)).unwrap(), BOTH);
}

#[test]
fn groups_that_are_folded_up_are_refused() {
    let behind = "<row r=\"4\" collapsed=\"1\"/></sheetData>";
    let rows = |row_2: &str, row_3: &str, behind: &str| {
        companies("", row_2, row_3).replace("</sheetData>", behind)
    };
    let refused = refusal(&of_sheet(&rows(
        "outlineLevel=\"1\"",
        "outlineLevel=\"1\"",
        behind,
    )));
    assert!(
        refused.starts_with("list.xlsx:2: this row is hidden"),
        "{refused}"
    );
    let refused = refusal(&of_sheet(&rows("", "outlineLevel=\"2\"", behind)));
    assert!(
        refused.starts_with("list.xlsx:3: this row is hidden"),
        "{refused}"
    );
    for (row_2, row_3, behind) in [
        ("outlineLevel=\"1\"", "", behind),
        (
            "outlineLevel=\"1\"",
            "outlineLevel=\"1\"",
            "<row r=\"4\"/></sheetData>",
        ),
        (
            "outlineLevel=\"1\"",
            "outlineLevel=\"1\"",
            "<row r=\"5\" collapsed=\"1\"/></sheetData>",
        ),
    ] {
        assert_eq!(
            told(&of_sheet(&rows(row_2, row_3, behind))).unwrap(),
            BOTH,
            "{row_2} {row_3}"
        );
    }
    let above = "<sheetPr><outlinePr summaryBelow=\"0\"/></sheetPr>";
    let refused = refusal(&of_sheet(&companies(
        above,
        "collapsed=\"1\"",
        "outlineLevel=\"1\"",
    )));
    assert!(
        refused.starts_with("list.xlsx:3: this row is hidden"),
        "{refused}"
    );
    assert_eq!(
        told(&of_sheet(&companies(
            "",
            "collapsed=\"1\"",
            "outlineLevel=\"1\""
        )))
        .unwrap(),
        BOTH
    );
}

#[test]
fn columns_that_are_hidden_in_any_way_and_hold_values_are_refused_with_their_place() {
    for before in [
        "<cols><col min=\"2\" max=\"2\" width=\"9\" hidden=\"1\"/></cols>",
        "<cols><col min='1' max='1' width='9'/><col min='2' max='5' hidden = 'true'/></cols>",
        "<cols><col min=\"2\" max=\"2\" width=\"0\" customWidth=\"1\"/></cols>",
        "<cols><col min=\"2\" max=\"2\" width=\"9\" outlineLevel=\"1\"/><col min=\"3\" max=\"3\" width=\"9\" collapsed=\"1\"/></cols>",
        "<sheetPr><outlinePr summaryRight=\"0\"/></sheetPr><cols><col min=\"1\" max=\"1\" width=\"9\" collapsed=\"1\"/><col min=\"2\" max=\"2\" width=\"9\" outlineLevel=\"1\"/></cols>",
        "<sheetFormatPr defaultColWidth=\"0\"/><cols><col min=\"1\" max=\"1\" width=\"9\"/></cols>",
    ] {
        let refused = refusal(&of_sheet(&companies(before, "", "")));
        assert!(
            refused.starts_with("list.xlsx:1: column B is hidden"),
            "{before}: {refused}"
        );
    }
    for before in [
        "<cols><col min=\"3\" max=\"16384\" width=\"9\" hidden=\"1\"/></cols>",
        "<cols><col min=\"1\" max=\"2\" width=\"9\" hidden=\"0\"/></cols>",
        "<cols><col min=\"2\" max=\"2\" width=\"9\" outlineLevel=\"1\"/><col min=\"3\" max=\"3\" width=\"9\"/></cols>",
    ] {
        assert_eq!(
            told(&of_sheet(&companies(before, "", ""))).unwrap(),
            BOTH,
            "{before}"
        );
    }
}

#[test]
fn sheets_are_found_by_their_relationships_wherever_they_are() {
    let list = |id: &str| {
        format!(
            "<x:worksheet xmlns:x=\"{NAMESPACE}\"><x:sheetData>{}{}</x:sheetData></x:worksheet>",
            names(&["target", "company_id"]),
            row(2, &[("A", &text("woodpecker.company")), ("B", &value(id))])
        )
    };
    for target in ["/Data/List.XML", "../data/list.xml", "./../data/./list.xml"] {
        let parts = [
            (
                "_rels/.rels",
                relations(&[("a", "officeDocument", "/book/main.xml")]),
            ),
            (
                "book/main.xml",
                format!(
                    "<workbook xmlns=\"{NAMESPACE}\" xmlns:q=\"{RELATIONS}\"><sheets><sheet q:id=\"z\" sheetId=\"7\" name=\"A\"/></sheets></workbook>"
                ),
            ),
            (
                "book/_rels/main.xml.rels",
                relations(&[
                    ("y", "worksheet", "/xl/worksheets/sheet1.xml"),
                    ("z", "worksheet", target),
                ]),
            ),
            // Nothing of the workbook means this one.
            ("xl/worksheets/sheet1.xml", list("666")),
            ("data/list.xml", list("1")),
        ];
        assert_eq!(
            told(&zipped(&parts)).unwrap(),
            ["2 woodpecker.company:1"],
            "{target}"
        );
    }
}

#[test]
fn several_sheets_with_values_need_a_name() {
    let data = names(&["target", "company_id"])
        + &row(2, &[("A", &text("woodpecker.company")), ("B", &value("1"))]);
    let note = row(1, &[("C", &text("hello"))]);
    let bytes = workbook(&[("One", &data, ""), ("Empty", "", ""), ("Two", &note, "")]);
    assert_eq!(
        refusal(&bytes),
        "list.xlsx: has several sheets with values: \"One\", \"Two\"; name the one that is meant with --sheet"
    );
    let rows: Vec<_> = Reader::of_sheet("list", "One", &*bytes).unwrap().collect();
    assert_eq!(rows.len(), 1);
    // The only one with values is read, wherever it is.
    let formatted = row(5, &[("A", "<c s=\"1\"/>"), ("B", &text(""))]);
    let bytes = workbook(&[("Empty", &formatted, ""), ("One", &data, "")]);
    assert_eq!(told(&bytes).unwrap(), ["2 woodpecker.company:1"]);
    for state in ["hidden", "veryHidden"] {
        let named = format!("A\" state=\"{state}");
        let bytes = workbook(&[(&named, &note, ""), ("B", &data, "")]);
        assert_eq!(told(&bytes).unwrap(), ["2 woodpecker.company:1"]);
        let bytes = workbook(&[(&named, &data, "")]);
        assert!(refusal(&bytes).contains("has no sheet of cells that is shown"));
        let rows: Vec<_> = Reader::of_sheet("list", "A", &*bytes).unwrap().collect();
        assert_eq!(rows.len(), 1);
    }
}

#[test]
fn a_text_that_no_cell_can_hold_is_a_bad_row_and_the_next_is_read() {
    let long = "x".repeat(32_768);
    let most = "9".repeat(32_767);
    let huge = "é".repeat(3 << 20);
    let entities = "&amp;".repeat(40_000);
    for cell in [
        text(&long),
        text(&huge),
        text(&entities),
        format!("<c t=\"str\"><v>{huge}</v></c>"),
    ] {
        let rows = told(&audience(&[cell, value("7")])).unwrap();
        assert_eq!(
            rows,
            [
                "list.xlsx:2: audience_id: has more than the 32,767 characters that a cell of Excel can have; enter the value again",
                "3 unleashx.audience:42/7"
            ]
        );
    }
    let rows = told(&audience(&[text(&most)])).unwrap();
    assert!(rows[0].contains("is not a whole number"), "{rows:?}");
    // One that packs to next to nothing, too.
    let packed = replaced(
        &of_sheet(""),
        "xl/worksheets/sheet1.xml",
        format!(
            "<worksheet><sheetData>{}<row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>{}</t></is></c></row></sheetData></worksheet>",
            names(&["target"]),
            "x".repeat(64 << 20)
        )
        .as_bytes(),
    );
    assert!(packed.len() < 1 << 20);
    assert!(told(&packed).unwrap()[0].starts_with("list.xlsx:2: target: has more than the 32,767"));
    // Texts that cells share, and those beside it.
    let cell = |index: usize| format!("<c t=\"s\"><v>{index}</v></c>");
    let bytes = audience(&[cell(0), cell(1), cell(2)]);
    let shared = format!(
        "<sst xmlns=\"{NAMESPACE}\"><si><t>7</t></si><si><t>{huge}</t></si><si><r><t>1</t></r><r><t>2</t></r><rPh sb=\"0\" eb=\"1\"><t>3</t></rPh></si></sst>"
    );
    let bytes = replaced(&bytes, "xl/sharedStrings.xml", shared.as_bytes());
    let rows = told(&bytes).unwrap();
    assert_eq!(rows[0], "2 unleashx.audience:42/7");
    assert!(rows[1].contains("32,767"), "{rows:?}");
    assert_eq!(rows[2], "4 unleashx.audience:42/12");
    let refused = refusal(&audience(&[cell(99)]));
    assert!(refused.contains("a text that is not there"), "{refused}");
}

/// The archive with another text in one of its parts.
fn replaced(bytes: &[u8], name: &str, by: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let of = part.name().unwrap().into_owned();
        let mut text = Vec::new();
        part.read_to_end(&mut text).unwrap();
        if of == name {
            text = by.to_vec();
        }
        parts.push((of, text));
    }
    let parts: Vec<_> = parts.iter().map(|(name, text)| (&**name, text)).collect();
    zipped(&parts)
}

#[test]
fn escapes_of_excel_are_read_as_what_they_mean() {
    let lead = |id: &str| {
        let data = names(&["target", "pearl_id", "lead_id"])
            + &row(
                2,
                &[
                    ("A", &text("nlpearl.lead")),
                    ("B", &text("p")),
                    ("C", &text(id)),
                ],
            );
        told(&workbook(&[("A", &data, "")])).unwrap().remove(0)
    };
    assert_eq!(lead("a_x0042_c"), "2 nlpearl.lead:p/aBc");
    assert_eq!(lead("a_x005F_x0042_"), "2 nlpearl.lead:p/a_x0042_");
    assert_eq!(lead("a_xyz_x1"), "2 nlpearl.lead:p/a_xyz_x1");
    assert!(lead("a_x000D_").contains("has control characters"));
    assert!(lead("a_x000A_b").contains("has line breaks"));
    assert!(lead("6.6612E+22").contains("scientific notation"));
}

#[test]
fn second_headers_and_blank_rows_of_a_sheet_are_known() {
    let header = ["target", "company_id"].map(text);
    let again = |number: u32, columns: [&str; 2]| {
        row(
            number,
            &[(columns[0], &header[0]), (columns[1], &header[1])],
        )
    };
    let one = |number: u32| {
        row(
            number,
            &[("A", &text("woodpecker.company")), ("B", &value("1"))],
        )
    };
    let blank = row(2, &[("A", &text(" ")), ("B", &text("  "))]);
    let data = [
        names(&["target", "company_id"]),
        blank,
        again(3, ["A", "B"]),
        one(4),
    ]
    .concat();
    let bytes = workbook(&[("A", &data, "")]);
    let mut rows = Reader::new("list.xlsx", Format::Xlsx, &*bytes).unwrap();
    let read: Vec<_> = rows.by_ref().map(Result::unwrap).collect();
    assert!(
        read[0]
            .as_ref()
            .unwrap_err()
            .reason
            .starts_with("is a second header")
    );
    assert_eq!(read[1].as_ref().unwrap().line, 4);
    assert_eq!((read.len(), rows.skipped()), (2, 1));
    let data = [
        names(&["target", "company_id"]),
        again(2, ["B", "C"]),
        one(3),
    ]
    .concat();
    let refused = refusal(&workbook(&[("A", &data, "")]));
    assert!(
        refused.starts_with("list.xlsx:2: is a second header, with other columns"),
        "{refused}"
    );
}

#[test]
fn a_cell_far_away_costs_nothing() {
    let far = "<dimension ref=\"A1:XFD1048576\"/>".to_owned()
        + &companies("", "", "").replace(
            "</sheetData>",
            "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row></sheetData>",
        );
    let rows = told(&of_sheet(&far)).unwrap();
    assert_eq!(rows[..2], BOTH);
    assert_eq!(
        rows[2..],
        [
            "list.xlsx:1048576: there is a value in column XFD, which has no name; name it or remove it"
        ]
    );
    for beyond in [
        "<row r=\"1048577\"/>",
        "<row r=\"4\"><c r=\"XFE4\"><v>1</v></c></row>",
        "<row r=\"4\"><c r=\"A5\"><v>1</v></c></row>",
        "<row r=\"3\"/>",
        "<row r=\"4\"><c r=\"B4\"><v>1</v></c><c r=\"A4\"><v>1</v></c></row>",
        "<row r=\"4\"><c r=\"B4\"><v>1</v></c><c r=\"B4\"><v>1</v></c></row>",
        "<row r=\"4\"><b/></row>",
        "<row r=\"4\"><c r=\"A4\"><v>1</v><v>2</v></c></row>",
        "<c r=\"A4\"><v>1</v></c>",
    ] {
        let data = companies("", "", "").replace("</sheetData>", &format!("{beyond}</sheetData>"));
        assert!(refusal(&of_sheet(&data)).contains("damaged"), "{beyond}");
    }
}

#[test]
fn what_unpacks_without_end_is_refused_without_being_held() {
    let too_much = |bytes: &[u8]| {
        let refused = refusal(bytes);
        assert!(
            refused.contains("comes to too much when it is unpacked"),
            "{refused}"
        );
    };
    // Little that comes to much: as tags, within one, and as text, of which no more is held than a cell has.
    let filled = |filler: &str| {
        let filler = filler.repeat((16 << 20) / filler.len());
        of_sheet(&companies("", "", "").replace("</sheetData>", &(filler + "</sheetData>")))
    };
    too_much(&filled("<!-- -->"));
    assert_eq!(told(&filled(" ")).unwrap(), BOTH);
    too_much(&of_sheet(&format!(
        "<sheetData a=\"{}\"/>",
        " ".repeat(1 << 20)
    )));
    let strings = |strings: &str| {
        let sst = format!("<sst>{strings}</sst>");
        replaced(
            &audience(&[value("7")]),
            "xl/sharedStrings.xml",
            sst.as_bytes(),
        )
    };
    too_much(&strings(&"<si/>".repeat(5 << 20)));
    // More parts than a workbook has.
    let parts: Vec<_> = (0..10_001).map(|index| index.to_string()).collect();
    let parts: Vec<_> = parts.iter().map(|name| (&**name, "")).collect();
    too_much(&zipped(&parts));
    let deep = of_sheet(&"<a>".repeat(1_000));
    assert!(refusal(&deep).contains("lie too deep"));
    let entities = "<!DOCTYPE a [<!ENTITY b \"bbbb\">]><worksheet><sheetData/></worksheet>";
    let bytes = replaced(
        &of_sheet(""),
        "xl/worksheets/sheet1.xml",
        entities.as_bytes(),
    );
    assert!(refusal(&bytes).contains("document type"));
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
