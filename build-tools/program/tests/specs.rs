//! The program on documents with planted changes. Vendors' documents are not in this repository; their
//! facts are, and a page made of those stands in for the vendor's.

use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
};

use tempfile::TempDir;

const SPECS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs");

/// A copy of the checked-in files, and pages beside it.
struct Desk {
    folder: TempDir,
}

/// How a run ended.
struct Run {
    status: i32,
    out: String,
    err: String,
}

impl Run {
    /// The only line that begins with this.
    fn line(&self, start: &str) -> &str {
        let lines: Vec<_> = self
            .out
            .lines()
            .filter(|line| line.starts_with(start))
            .collect();
        match lines.as_slice() {
            [line] => line,
            _ => panic!("not one line begins with {start:?} in {self}"),
        }
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "status {}\n{}{}", self.status, self.out, self.err)
    }
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(Path::new(SPECS), &folder.path().join("specs"));
        Self { folder }
    }

    fn specs(&self) -> PathBuf {
        self.folder.path().join("specs")
    }

    fn facts(provider: &str) -> String {
        fs::read_to_string(Path::new(SPECS).join(provider).join("facts.yaml")).unwrap()
    }

    /// A bare document in a file.
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// NLPearl's facts with one passage replaced, as a file.
    fn nlpearl(&self, passage: &str, replacement: &str) -> String {
        self.changed("nlpearl", passage, replacement)
    }

    fn changed(&self, provider: &str, passage: &str, replacement: &str) -> String {
        let facts = Self::facts(provider);
        assert!(
            facts.contains(passage),
            "the facts of {provider} have no {passage:?}"
        );
        self.file("vendor.yaml", &facts.replacen(passage, replacement, 1))
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let Output {
            status,
            stdout,
            stderr,
        } = Command::new(env!("CARGO_BIN_EXE_specs"))
            .arg("--specs")
            .arg(self.specs())
            .args(arguments)
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        Run {
            status: status.code().unwrap(),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }

    /// Runs a refresh that must leave every file as it is.
    fn refresh(&self, provider: &str, from: &[&str]) -> Run {
        let before = contents(&self.specs());
        let mut arguments = vec!["refresh", provider];
        for from in from {
            arguments.extend(["--from", from]);
        }
        let run = self.run(&arguments);
        assert_eq!(contents(&self.specs()), before, "something was written");
        run
    }
}

fn copy(from: &Path, to: &Path) {
    for (name, bytes) in contents(from) {
        let path = to.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// Every file below a folder.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// A page as the vendors write them.
fn page(document: &str) -> String {
    format!(
        "> ## Documentation Index\n> Somewhere else.\n\n# Delete Leads\n\n> Words.\n\n## OpenAPI\n\n````yaml https://docs.example/openapi.json delete /v2\n{document}\n````"
    )
}

#[test]
fn what_is_checked_in_is_in_order() {
    let run = Desk::new().run(&["check"]);
    assert_eq!(run.status, 0, "{run}");
    assert_eq!(
        run.out,
        "extrovert: in order\nnlpearl: in order\nwoodpecker: in order\nunleashx: in order\n"
    );
}

#[test]
fn the_last_reading_read_again_is_no_change() {
    let desk = Desk::new();
    let bare = desk.file("bare.yaml", &Desk::facts("nlpearl"));
    let on_a_page = desk.file("page.md", &page(&Desk::facts("nlpearl")));
    let value: serde_json::Value = yaml_serde::from_str(&Desk::facts("nlpearl")).unwrap();
    let json = desk.file("bare.json", &value.to_string());
    for from in [bare, on_a_page, json] {
        let run = desk.refresh("nlpearl", &[&from]);
        assert_eq!(
            (run.status, run.out.as_str(), run.err.as_str()),
            (0, "nlpearl: no change\n", ""),
            "{from}"
        );
    }
}

/// Extrovert's facts as the vendor gives them: a document for each operation.
fn extrovert_apart(desk: &Desk) -> [String; 2] {
    let whole: serde_json::Value = yaml_serde::from_str(&Desk::facts("extrovert")).unwrap();
    [
        "/client/v2/prospects/delete-selected",
        "/api/client/v1/prospects",
    ]
    .map(|path| {
        let mut part = whole.clone();
        part["paths"]
            .as_object_mut()
            .unwrap()
            .retain(|name, _| name == path);
        desk.file(&format!("part{}.json", path.len()), &part.to_string())
    })
}

#[test]
fn documents_of_one_provider_are_put_together_in_any_order() {
    let desk = Desk::new();
    let [bulk, legacy] = extrovert_apart(&desk);
    for from in [[&bulk, &legacy], [&legacy, &bulk]] {
        let run = desk.refresh("extrovert", &[from[0], from[1]]);
        assert_eq!(
            (run.status, run.out.as_str()),
            (0, "extrovert: no change\n"),
            "{run}"
        );
    }
    let run = desk.refresh("extrovert", &[&legacy]);
    assert_eq!(run.status, 2, "{run}");
    assert!(
        run.err
            .contains("no document given describes POST /client/v2/prospects/delete-selected"),
        "{run}"
    );
    let run = desk.refresh("extrovert", &[&bulk, &bulk]);
    assert_eq!(run.status, 2, "{run}");
    let text = fs::read_to_string(&legacy).unwrap();
    let moved = desk.file(
        "moved.json",
        &text.replace(
            "https://api.goextrovert.com",
            "https://api2.goextrovert.com",
        ),
    );
    for from in [[&bulk, &moved], [&moved, &bulk]] {
        let run = desk.refresh("extrovert", &[from[0], from[1]]);
        assert_eq!(run.status, 11, "{run}");
        run.line("critical   #/servers/0/url: ");
        assert!(
            run.line("before --write: ")
                .ends_with("disagree at #/servers; get both anew, at the same time"),
            "{run}"
        );
        let run = desk.run(&[
            "refresh",
            "extrovert",
            "--from",
            from[0],
            "--from",
            from[1],
            "--write",
        ]);
        assert_eq!(run.status, 1, "{run}");
    }
    // A field that one of them lacks does not come back from the other.
    let mut part: serde_json::Value = serde_json::from_str(&text).unwrap();
    part["components"]["schemas"]["ClientApiErrorResponseDto"]["properties"]
        .as_object_mut()
        .unwrap()
        .remove("message");
    let without = desk.file("without.json", &part.to_string());
    let run = desk.refresh("extrovert", &[&bulk, &without]);
    run.line("breaking   #/components/schemas/ClientApiErrorResponseDto/properties/message: ");
    let elsewhere = desk.file(
        "elsewhere.json",
        &fs::read_to_string(&bulk).unwrap().replace(
            "https://api.goextrovert.com",
            "https://api3.goextrovert.com",
        ),
    );
    let run = desk.refresh("extrovert", &[&elsewhere, &moved]);
    assert_eq!(run.status, 2, "{run}");
    assert!(run.err.contains("disagree at #/servers"), "{run}");
}

#[test]
fn each_planted_change_is_told_with_its_severity_place_and_item() {
    let leads = "#/components/schemas/DeleteLeadsRequestApi";
    let selected = "#/components/schemas/DeleteSelectedRequestDto";
    // Provider, passage, replacement; then status, and the line's start and end.
    let cases = [
        ("extrovert", "      - areAllSelected\n", "", 11, format!("critical   {selected}/required: "), "raw::types::DeleteSelectedRequestDto"),
        ("extrovert", "            - userId\n", "", 11, format!("critical   {selected}/properties/targetUsersData/items/required: "), "raw::types::DeleteSelectedRequestDtoTargetUsersDataItem"),
        ("extrovert", "          - campaign\n", "          - campaign\n          - workspace\n", 11, format!("critical   {selected}/properties/variant/enum: "), "raw::types::DeleteSelectedRequestDto::variant"),
        ("extrovert", "        areAllSelected:\n", "        includeShared:\n          type: boolean\n        areAllSelected:\n", 11, format!("critical   {selected}/properties/includeShared: nothing → "), "raw::types::DeleteSelectedRequestDto::include_shared"),
        ("extrovert", "        listId:\n", "        listId:\n          nullable: true\n", 11, format!("critical   {selected}/properties/listId/nullable: "), "raw::types::DeleteSelectedRequestDto::list_id"),
        ("extrovert", "        areAllSelected:\n", "        areAllSelected:\n          default: true\n", 11, format!("critical   {selected}/properties/areAllSelected/default: "), "raw::types::DeleteSelectedRequestDto::are_all_selected"),
        ("extrovert", "          - success\n", "          - success\n          - queued\n", 11, "breaking   #/components/schemas/DeleteResponseDto3/properties/status/enum: ".to_owned(), "raw::types::DeleteResponseDto3::status"),
        ("extrovert", "      name: X-API-Key\n", "      name: Authorization\n", 11, "critical   #/components/securitySchemes/api-key/name: ".to_owned(), "raw::AUTHENTICATION"),
        ("nlpearl", "          items:\n            type: string\n", "          items:\n            type: integer\n", 11, format!("breaking   {leads}/properties/leadIds/items/type: "), "raw::types::DeleteLeadsRequestApi::lead_ids"),
        ("nlpearl", "https://api.nlpearl.ai", "https://api.nlpearl.example", 11, "critical   #/servers/0/url: ".to_owned(), "raw::BASE_URL"),
        ("nlpearl", "  /v2/Outbound/{pearlId}/Leads:\n", "  /v3/Outbound/{pearlId}/Leads:\n", 11, "critical   #/paths/~1v3~1Outbound~1{pearlId}~1Leads: ".to_owned(), "raw::Client (no method yet)"),
        ("nlpearl", "        required: true\n", "        required: false\n", 11, "critical   #/paths/~1v2~1Outbound~1{pearlId}~1Leads/delete/parameters/0/required: true → false".to_owned(), "raw::Client::delete_leads"),
        ("nlpearl", "          nullable: true\n", "", 11, format!("breaking   {leads}/properties/leadIds/nullable: true → nothing"), "raw::types::DeleteLeadsRequestApi::lead_ids"),
        ("nlpearl", "        '400':\n", "        '401':\n          description: ''\n          content:\n            application/json:\n              schema:\n                $ref: '#/components/schemas/ValidationProblemDetails'\n        '400':\n", 11, "critical   #/paths/~1v2~1Outbound~1{pearlId}~1Leads/delete/responses/401: ".to_owned(), "raw::Client::delete_leads"),
        ("nlpearl", "description: words:6785bc5584716631", "description: Also deletes calls", 10, "compatible #/paths/~1v2~1Outbound~1{pearlId}~1Leads/delete/requestBody/content/application~1*+json/schema/description: ".to_owned(), "raw::Client::delete_leads"),
        ("nlpearl", "description: words:d18484d100c97508", "description: Deletes leads, permanently", 11, "critical   #/paths/~1v2~1Outbound~1{pearlId}~1Leads/delete/description: ".to_owned(), "raw::Client::delete_leads"),
        ("nlpearl", "  version: v2\n", "  version: v3\n", 10, "compatible #/info/version: \"v2\" → \"v3\"".to_owned(), "no item"),
        ("nlpearl", "        detail:\n", "        code:\n          type: string\n        detail:\n", 10, "compatible #/components/schemas/ValidationProblemDetails/properties/code: nothing → ".to_owned(), "raw::types::ValidationProblemDetails::code"),
    ];
    for (provider, passage, replacement, status, start, item) in cases {
        let desk = Desk::new();
        let from = desk.changed(provider, passage, replacement);
        let run = desk.refresh(provider, &[&from]);
        assert!(run.line(&start).ends_with(item), "{passage:?}: {run}");
        // An action may lose its target besides; the change is told all the same.
        assert!(
            run.status == status || run.status == 1 && run.err.contains("matches nothing"),
            "{passage:?}: {run}"
        );
        if provider == "extrovert" || status == 10 {
            assert_eq!(run.status, status, "{passage:?}: {run}");
        }
    }
}

#[test]
fn a_status_that_is_gone_is_critical() {
    let desk = Desk::new();
    let mut facts: serde_json::Value = yaml_serde::from_str(&Desk::facts("nlpearl")).unwrap();
    let responses = "/paths/~1v2~1Outbound~1{pearlId}~1Leads/delete/responses";
    facts
        .pointer_mut(responses)
        .unwrap()
        .as_object_mut()
        .unwrap()
        .remove("400");
    let from = desk.file("vendor.json", &facts.to_string());
    let run = desk.refresh("nlpearl", &[&from]);
    assert_eq!(run.status, 11, "{run}");
    assert!(
        run.line(&format!("critical   #{responses}/400: "))
            .contains("the status 400 is gone"),
        "{run}"
    );
}

#[test]
fn a_new_operation_breaks_nobody_and_is_not_taken_over_unnamed() {
    let desk = Desk::new();
    let mut facts: serde_json::Value = yaml_serde::from_str(&Desk::facts("nlpearl")).unwrap();
    let paths = facts["paths"].as_object_mut().unwrap();
    let again = paths["/v2/Outbound/{pearlId}/Leads"].clone();
    paths.insert("/v2/Outbound/{pearlId}/Leads/External".to_owned(), again);
    let from = desk.file("vendor.json", &facts.to_string());
    let run = desk.refresh("nlpearl", &[&from]);
    assert_eq!(run.status, 10, "{run}");
    run.line("compatible #/paths/~1v2~1Outbound~1{pearlId}~1Leads~1External: nothing → ");

    let before = contents(&desk.specs());
    let run = desk.run(&["refresh", "nlpearl", "--from", &from, "--write"]);
    assert_eq!(run.status, 1, "{run}");
    assert!(
        run.err.contains("put ours in the overlay") && run.err.contains("there is no operationId"),
        "{run}"
    );
    assert_eq!(contents(&desk.specs()), before);
}

#[test]
fn a_renamed_field_is_a_breaking_change_that_names_the_action_to_follow() {
    let desk = Desk::new();
    let facts = Desk::facts("nlpearl").replace("leadIds:", "leads:");
    let from = desk.file("vendor.yaml", &facts);
    let run = desk.refresh("nlpearl", &[&from]);
    assert_eq!(run.status, 11, "{run}");
    let line = run.line(
        "breaking   #/components/schemas/DeleteLeadsRequestApi/properties/leads: leadIds → leads",
    );
    assert!(
        line.contains("the field leadIds is called leads now"),
        "{run}"
    );
    assert!(
        run.out.contains(
            "($.components.schemas.DeleteLeadsRequestApi.properties.leadIds): matches nothing"
        ),
        "{run}"
    );
    assert!(run.out.contains("it is called leads now"), "{run}");

    let before = contents(&desk.specs());
    let run = desk.run(&["refresh", "nlpearl", "--from", &from, "--write"]);
    assert_eq!(run.status, 1, "{run}");
    assert_eq!(contents(&desk.specs()), before);
}

/// Extrovert's facts with another success status of one operation, with or without its body.
fn another_success(status: &str, with_body: bool) -> String {
    let mut facts: serde_json::Value = yaml_serde::from_str(&Desk::facts("extrovert")).unwrap();
    let responses = facts["paths"]["/client/v2/prospects/delete-selected"]["post"]["responses"]
        .as_object_mut()
        .unwrap();
    let mut answer = responses.remove("200").unwrap();
    if !with_body {
        answer.as_object_mut().unwrap().remove("content");
    }
    responses.insert(status.to_owned(), answer);
    facts.to_string()
}

#[test]
fn a_success_status_that_changes_is_breaking_and_names_the_action_to_follow() {
    let responses = "#/paths/~1client~1v2~1prospects~1delete-selected/post/responses";
    for (status, with_body) in [("201", true), ("204", false), ("200", false)] {
        let desk = Desk::new();
        let from = desk.file("vendor.json", &another_success(status, with_body));
        let run = desk.refresh("extrovert", &[&from]);
        assert_eq!(run.status, 11, "{run}");
        if status != "200" {
            let line = run.line(&format!("breaking   {responses}/{status}: 200 → {status}"));
            assert!(
                line.contains(&format!("success is told by {status} now")),
                "{run}"
            );
            assert!(
                run.out.contains(
                    "($.paths['/client/v2/prospects/delete-selected'].post.responses['200']): matches nothing"
                ) && run.out.contains(&format!("it is called {status} now")),
                "{run}"
            );
            assert!(!run.out.contains(&format!("{responses}/200")), "{run}");
        }
        if !with_body {
            let line = run.line(&format!("breaking   {responses}/{status}/content: "));
            assert!(line.contains("the answer has no body any more"), "{run}");
        }
    }
}

#[test]
fn a_status_that_is_gone_elsewhere_is_not_explained_by_one_that_changed_here() {
    let desk = Desk::new();
    let mut facts: serde_json::Value = serde_json::from_str(&another_success("201", true)).unwrap();
    facts["paths"]["/api/client/v1/prospects"]["delete"]["responses"]
        .as_object_mut()
        .unwrap()
        .remove("200");
    let from = desk.file("vendor.json", &facts.to_string());
    let run = desk.refresh("extrovert", &[&from]);
    assert_eq!(run.status, 1, "{run}");
}

#[test]
fn a_field_that_is_gone_fails_the_action_that_targets_it() {
    let desk = Desk::new();
    let mut facts: serde_json::Value = yaml_serde::from_str(&Desk::facts("nlpearl")).unwrap();
    let properties = "/components/schemas/DeleteLeadsRequestApi/properties";
    facts
        .pointer_mut(properties)
        .unwrap()
        .as_object_mut()
        .unwrap()
        .remove("leadIds");
    let from = desk.file("vendor.json", &facts.to_string());
    let run = desk.refresh("nlpearl", &[&from]);
    assert_eq!(run.status, 1, "{run}");
    run.line(&format!("critical   #{properties}/leadIds: "));
    assert!(
        run.err.contains("overlay.yaml#/actions/")
            && run.err.contains(
                "($.components.schemas.DeleteLeadsRequestApi.properties.leadIds): matches nothing"
            )
            && run
                .err
                .contains("its reason was: Our words; and neither null nor an empty list"),
        "{run}"
    );
}

#[test]
fn an_action_that_became_redundant_is_reported() {
    let desk = Desk::new();
    let from = desk.nlpearl(
        "      requestBody:\n",
        "      requestBody:\n        required: true\n",
    );
    let run = desk.refresh("nlpearl", &[&from]);
    assert_eq!(run.status, 11, "{run}");
    assert!(
        run.out
            .contains("changes nothing, since the vendor says the same by now"),
        "{run}"
    );
}

#[test]
fn what_is_no_document_is_refused_in_one_line() {
    let facts = Desk::facts("nlpearl");
    let cases = [
        (
            "html",
            "<!DOCTYPE html><html><body>Not found</body></html>".to_owned(),
            "is an HTML or XML page",
        ),
        (
            "broken",
            facts.replacen("paths:", "paths: [", 1),
            "is not valid YAML",
        ),
        (
            "twice",
            facts.replacen("openapi: 3.0.1", "openapi: 3.0.1\nopenapi: 3.0.1", 1),
            "is not valid YAML",
        ),
        (
            "3.1",
            facts.replacen("openapi: 3.0.1", "openapi: 3.1.0", 1),
            "is OpenAPI 3.1.0, and the generator reads 3.0 alone",
        ),
        (
            "other",
            "{\"swagger\": \"2.0\"}".to_owned(),
            "holds no OpenAPI 3.0 document",
        ),
        ("empty", " \n".to_owned(), "is empty"),
        (
            "prose",
            "# A page\n\n```bash\ncurl\n```\n".to_owned(),
            "is a page with no OpenAPI document",
        ),
        (
            "text",
            "Not found".to_owned(),
            "holds no OpenAPI 3.0 document",
        ),
        (
            "no paths",
            "openapi: 3.0.1\ninfo: {title: t, version: v}\npaths: {}\n".to_owned(),
            "describes no operation",
        ),
        (
            "wrong type",
            facts.replacen(
                "      parameters:\n",
                "      parameters: 7\n      x-parameters:\n",
                1,
            ),
            "#/paths: is not OpenAPI 3.0",
        ),
        (
            "cut off",
            page(&facts).trim_end_matches('`').to_owned(),
            "the page is cut off",
        ),
        (
            "two",
            format!("{}\n{}", page(&facts), page(&facts)),
            "has several OpenAPI documents",
        ),
    ];
    for (name, text, words) in cases {
        let desk = Desk::new();
        let from = desk.file("vendor.txt", &text);
        let run = desk.refresh("nlpearl", &[&from]);
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{name}: {run}");
        assert!(run.err.contains(words), "{name}: {run}");
        assert_eq!(run.err.lines().count(), 1, "{name}: {run}");
    }
    let desk = Desk::new();
    for arguments in [
        ["refresh", "nlpearl", "--from", "not-there.yaml"].as_slice(),
        &[
            "refresh",
            "nlpearl",
            "--from",
            "http://docs.example/openapi.json",
        ],
        &["refresh", "pipedrive"],
        &["diff", "not-there.yaml", "neither.yaml"],
        &["check", "pipedrive"],
    ] {
        let run = desk.run(arguments);
        assert_eq!(
            (run.status, run.err.lines().count()),
            (2, 1),
            "{arguments:?}: {run}"
        );
    }
}

#[test]
fn facts_that_cannot_be_read_are_never_no_change() {
    let desk = Desk::new();
    let from = desk.file("vendor.yaml", &Desk::facts("nlpearl"));
    let facts = desk.specs().join("nlpearl/facts.yaml");
    fs::write(&facts, "openapi: [").unwrap();
    let run = desk.refresh("nlpearl", &[&from]);
    assert_eq!((run.status, run.out.as_str()), (1, ""), "{run}");
    fs::remove_file(&facts).unwrap();
    let run = desk.refresh("nlpearl", &[&from]);
    assert_eq!((run.status, run.out.as_str()), (1, ""), "{run}");
    let run = desk.run(&["refresh", "nlpearl", "--from", &from, "--write"]);
    assert_eq!(run.status, 0, "{run}");
    assert_eq!(fs::read_to_string(&facts).unwrap(), Desk::facts("nlpearl"));
}

#[test]
fn writing_updates_document_facts_source_and_summaries() {
    let desk = Desk::new();
    let facts = Desk::facts("nlpearl").replacen("      - Outbound", "      - Leads", 1);
    let facts = facts.replacen(
        "        detail:\n",
        "        code:\n          type: string\n        detail:\n",
        1,
    );
    let from = desk.file("vendor.md", &page(&facts));
    let overlay = desk.specs().join("nlpearl/overlay.yaml");
    let mut words = fs::read_to_string(&overlay).unwrap();
    words.push_str("  - description: Our words.\n    target: $.components.schemas.ValidationProblemDetails.properties.code\n    update:\n      description: The vendor's number for the problem.\n");
    fs::write(&overlay, words).unwrap();

    let run = desk.run(&["refresh", "nlpearl", "--from", &from, "--write"]);
    assert_eq!(run.status, 10, "{run}");
    let read = |name: &str| fs::read_to_string(desk.specs().join("nlpearl").join(name)).unwrap();
    assert!(read("openapi.yaml").contains("        code:\n          description: The vendor's number for the problem.\n          type: string\n"), "{}", read("openapi.yaml"));
    assert!(read("facts.yaml").contains("        code:\n          type: string\n"));
    assert!(
        read("snapshots/client.txt")
            .contains("pub code: ::std::option::Option<::std::string::String>")
    );
    assert!(
        read("source.toml")
            .contains("address = \"https://docs.example/openapi.json\"\npage = \"Delete Leads\"\n"),
        "{}",
        read("source.toml")
    );
    let run = desk.run(&["check", "nlpearl"]);
    assert_eq!(run.status, 0, "{run}");
    let run = desk.refresh("nlpearl", &[&from]);
    assert_eq!(run.status, 0, "{run}");
}

#[test]
fn check_finds_what_does_not_fit_together() {
    let cases = [
        (
            "openapi.yaml",
            "description: Our",
            "",
            "is not what overlay.yaml makes of facts.yaml",
        ),
        (
            "overlay.yaml",
            "  - description: Our words.\n    target: $.servers[0]",
            "  - target: $.servers[0]",
            "gives no reason",
        ),
        (
            "overlay.yaml",
            "$.servers[0]",
            "$.servers[1]",
            "($.servers[1]): matches nothing",
        ),
        (
            "overlay.yaml",
            "$.servers[0]",
            "$.servers[",
            "is not a valid overlay",
        ),
        (
            "source.toml",
            "read = \"2026-",
            "read = \"2026-13-",
            "is not a date",
        ),
        (
            "source.toml",
            "https://",
            "ftp://",
            "is not an https address",
        ),
        (
            "snapshots/client.txt",
            "pub lead_ids",
            "pub leads",
            "is not what the generator makes any more",
        ),
        (
            "snapshots/wire.txt",
            "DELETE /v2",
            "POST /v2",
            "line 4: is not what the generator makes any more",
        ),
    ];
    for (name, passage, replacement, words) in cases {
        let desk = Desk::new();
        let path = desk.specs().join("nlpearl").join(name);
        let text = fs::read_to_string(&path).unwrap();
        let changed = if passage == "description: Our" {
            text.replacen("Delete leads of one", "Delete some leads of one", 1)
        } else {
            text.replacen(passage, replacement, 1)
        };
        assert_ne!(changed, text, "{name} has no {passage:?}");
        fs::write(&path, changed).unwrap();
        let run = desk.run(&["check"]);
        assert_eq!(run.status, 1, "{name}: {run}");
        assert!(run.err.contains(words), "{name}: {run}");
        assert!(run.out.contains("extrovert: in order"), "{run}");
    }
}

#[test]
fn check_lints_a_document_written_by_hand() {
    let cases = [
        (
            "      summary: Delete all prospects of a client company\n",
            "",
            "has no summary",
        ),
        (
            "      summary: Delete",
            "      sumary: No\n      summary: Delete",
            "has no \"sumary\" here",
        ),
        ("security:\n  - api-key: []\n", "", "asks for no key"),
        (
            "        title:\n          type: string\n          description: The error's name.\n",
            "        title:\n          type: string\n",
            "properties/title: has no description",
        ),
        (
            "    Problem:\n",
            "    Unused:\n      type: object\n      description: Words.\n    Problem:\n",
            "Unused: nothing refers to it",
        ),
    ];
    for (passage, replacement, words) in cases {
        let desk = Desk::new();
        let path = desk.specs().join("woodpecker/openapi.yaml");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(passage), "no {passage:?}");
        fs::write(&path, text.replacen(passage, replacement, 1)).unwrap();
        let run = desk.run(&["check", "woodpecker"]);
        assert_eq!(run.status, 1, "{passage:?}: {run}");
        assert!(run.err.contains(words), "{passage:?}: {run}");
    }
}

#[test]
fn a_page_of_prose_that_changed_is_never_no_change() {
    let desk = Desk::new();
    let from = desk.file("page.txt", "Another text");
    let run = desk.refresh("woodpecker", &[&from]);
    assert_eq!(run.status, 11, "{run}");
    assert!(
        run.out.starts_with("critical ") && run.out.contains("read it"),
        "{run}"
    );
}

#[test]
fn diff_compares_any_two_documents() {
    let desk = Desk::new();
    let old = desk.file("old.yaml", &Desk::facts("extrovert"));
    let new = desk.file(
        "new.yaml",
        &Desk::facts("extrovert").replace(
            "          - campaign\n",
            "          - campaign\n          - team\n",
        ),
    );
    let run = desk.run(&["diff", &old, &old]);
    assert_eq!(run.status, 0, "{run}");
    let run = desk.run(&["diff", &old, &new]);
    assert_eq!(run.status, 11, "{run}");
    run.line("critical   #/components/schemas/DeleteSelectedRequestDto/properties/variant/enum: [\"all\",\"list\",\"campaign\"] → [\"all\",\"list\",\"campaign\",\"team\"]; a deletion's scope may grow: team may be sent now; touches raw::types::DeleteSelectedRequestDto::variant");
}

#[test]
fn an_address_is_read_over_http() {
    let desk = Desk::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/openapi.yaml", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let mut requests = Vec::new();
        for answer in ["200 OK", "404 Not Found"] {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap();
            requests.push(String::from_utf8_lossy(&request[..length]).into_owned());
            let body = Desk::facts("nlpearl");
            write!(
                stream,
                "HTTP/1.1 {answer}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            )
            .unwrap();
        }
        requests
    });
    let run = desk.refresh("nlpearl", &[&address]);
    assert_eq!(run.status, 0, "{run}");
    let run = desk.refresh("nlpearl", &[&address]);
    assert_eq!((run.status, run.out.as_str()), (1, ""), "{run}");
    assert!(run.err.contains("it answers 404"), "{run}");
    let requests = server.join().unwrap();
    assert!(
        requests[0].starts_with("GET /openapi.yaml HTTP/1.1\r\n"),
        "{}",
        requests[0]
    );
}

/// Every place of every document is named by an item that the generator makes.
#[test]
fn items_named_in_a_report_exist() {
    for provider in ["extrovert", "nlpearl", "woodpecker", "unleashx"] {
        let desk = Desk::new();
        let document = desk.specs().join(provider).join("openapi.yaml");
        let text = fs::read_to_string(&document).unwrap();
        let client =
            fs::read_to_string(desk.specs().join(provider).join("snapshots/client.txt")).unwrap();
        let value: serde_json::Value = yaml_serde::from_str(&text).unwrap();
        // Renaming nothing and describing everything anew touches every described item.
        let new = desk.file("new.json", &described_anew(&value).to_string());
        let run = desk.run(&["diff", document.to_str().unwrap(), &new]);
        let items: Vec<_> = run
            .out
            .lines()
            .filter_map(|line| line.rsplit_once("touches raw::"))
            .map(|(_, item)| item)
            .collect();
        assert!(items.len() > 8, "{run}");
        for item in items {
            let (of, name) = item
                .trim_start_matches("types::")
                .rsplit_once("::")
                .unwrap_or(("", item.trim_start_matches("types::")));
            let known = client.contains(&format!("pub {name}:"))
                || client.contains(&format!("pub fn {name}("))
                || client.contains(&format!("pub struct {name}"))
                || client.contains(&format!("pub enum {name}"))
                || client.contains(&format!("pub const {name}:"));
            assert!(known, "{provider}: {item} is not in the summary");
            assert!(of.is_empty() || client.contains(of), "{provider}: {item}");
        }
    }
}

fn described_anew(value: &serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(object) => object
            .iter()
            .map(|(key, value)| {
                let value = if key == "description" && value.is_string() {
                    "Other words".into()
                } else {
                    described_anew(value)
                };
                (key.clone(), value)
            })
            .collect(),
        serde_json::Value::Array(values) => values.iter().map(described_anew).collect(),
        scalar => scalar.clone(),
    }
}

#[test]
fn summaries_say_how_lists_go_and_which_answers_have_no_body() {
    let desk = Desk::new();
    let path = desk.specs().join("unleashx/openapi.yaml");
    let text = fs::read_to_string(&path).unwrap();
    let look_up = "paths:
  /api/v1/global/list:
    parameters:
    - {name: campaign, in: query, required: true, description: One., schema: {type: integer}}
    get:
      operationId: list_some
      summary: List
      description: Lists.
      parameters:
      - {name: id, in: query, description: Some., schema: {type: array, items: {type: string}}}
      - {name: mark, in: query, explode: false, description: Some., schema: {type: array, items: {type: string}}}
      responses:
        '204': {description: Nobody.}
        '404': {description: Nothing.}
";
    fs::write(&path, text.replacen("paths:\n", look_up, 1)).unwrap();
    let run = desk.run(&["refresh", "unleashx", "--write"]);
    assert_eq!(run.status, 0, "{run}");
    let wire = fs::read_to_string(desk.specs().join("unleashx/snapshots/wire.txt")).unwrap();
    let start = wire.find("list_some").unwrap();
    let end = wire[start..]
        .find("\n\n")
        .map_or(wire.len(), |end| start + end);
    assert_eq!(
        wire[start..end].trim_end(),
        "list_some
  GET /api/v1/global/list
  token: KEY
  query parameter campaign: {\"type\":\"integer\"}
  query parameter id, repeated: {\"items\":{\"type\":\"string\"},\"type\":\"array\"}
  query parameter mark, separated by commas: {\"items\":{\"type\":\"string\"},\"type\":\"array\"}
  answer 204, no body
  answer 404, no body"
    );
    let run = desk.run(&["check"]);
    assert_eq!(run.status, 0, "{run}");
}
