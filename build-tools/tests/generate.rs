//! What becomes of a document: code, or one line for each fault.

use std::{
    fs,
    path::{Path, PathBuf},
};

use prospect_delete_build_tools::{Features, Generated, Problem, generate};
use prospect_delete_specs::{ALL, Document, EXTROVERT, NLPEARL, UNLEASHX, WOODPECKER};

const MOCK: Features = Features {
    mock: true,
    schemars: false,
};

/// A document of the test's own, removed again when dropped.
struct Changed(PathBuf);

impl Changed {
    /// A copy of a checked-in document with one passage replaced.
    fn new(document: Document, name: &str, passage: &str, replacement: &str) -> Self {
        assert!(
            document.text.contains(passage),
            "{name}: the document has no {passage:?}"
        );
        Self::with(name, &document.text.replacen(passage, replacement, 1))
    }

    fn with(name: &str, text: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("prospect-delete-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("openapi.yaml"), text).unwrap();
        Self(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.join("openapi.yaml")
    }

    fn problems(&self) -> Vec<Problem> {
        generate(&self.path(), MOCK).expect_err("the document has a fault")
    }
}

impl Drop for Changed {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn every_checked_in_document_becomes_a_client_and_mocks() {
    for document in ALL {
        for features in [
            Features::default(),
            MOCK,
            Features {
                mock: true,
                schemars: true,
            },
        ] {
            let Generated { client, mock, .. } = generate(Path::new(document.path), features)
                .unwrap_or_else(|problems| panic!("{}: {problems:?}", document.provider));
            assert!(client.contains(
                "impl ClientHooks<::prospect_delete_transport::generated::Session> for Client"
            ));
            assert!(client.contains("pub const BASE_URL: &str = \"https://"));
            assert_eq!(client.contains("::schemars::JsonSchema"), features.schemars);
            assert_eq!(mock.is_some(), features.mock);
        }
    }
}

#[test]
fn generating_twice_gives_the_same_code() {
    for document in ALL {
        let once = || generate(Path::new(document.path), MOCK).unwrap().client;
        assert_eq!(once(), once());
    }
}

#[test]
fn a_changed_field_changes_the_type() {
    let changed = Changed::with("field", &NLPEARL.text.replace("leadIds", "leadNumbers"));
    let client = generate(&changed.path(), MOCK).unwrap().client;
    assert!(
        client.contains("pub lead_numbers: ::std::vec::Vec<::std::string::String>"),
        "{client}"
    );
}

#[test]
fn every_mock_can_throttle_fail_and_be_late() {
    for document in ALL {
        let generated = generate(Path::new(document.path), MOCK).unwrap();
        let mock = generated.mock.unwrap();
        let operations = mock.matches("Then(::httpmock::Then);").count();
        assert!(operations > 0, "{}", document.path);
        for signature in [
            "pub fn throttled(self, retry_after: ::std::time::Duration) -> Self",
            "pub fn status(self, status: u16) -> Self",
            "pub fn delay(self, time: ::std::time::Duration) -> Self",
        ] {
            assert_eq!(mock.matches(signature).count(), operations, "{signature}");
        }
    }
}

#[test]
fn path_segments_are_encoded_by_the_transport() {
    let client = generate(Path::new(NLPEARL.path), MOCK).unwrap().client;
    assert!(client.contains("use ::prospect_delete_transport::generated::encode_path;"));
    assert!(!client.contains("progenitor_client::{encode_path"));
}

#[test]
fn each_fault_is_one_line_with_its_place_and_what_to_do() {
    let leads = "#/paths/~1v2~1Outbound~1{pearlId}~1Leads/delete";
    let json_body = "          application/json:\n            schema:\n              $ref: '#/components/schemas/DeleteLeadsRequestApi'\n";
    let cases: &[(&str, Document, &str, &str, &str, &str)] = &[
        (
            "version",
            NLPEARL,
            "openapi: 3.0.1",
            "openapi: 3.1.0",
            "#/openapi",
            "3.0.x",
        ),
        (
            "no-id",
            NLPEARL,
            "      operationId: delete_leads\n",
            "",
            leads,
            "operationId",
        ),
        (
            "camel-id",
            NLPEARL,
            "delete_leads",
            "deleteLeads",
            "/delete/operationId",
            "snake_case",
        ),
        (
            "keyword-id",
            NLPEARL,
            "operationId: delete_leads",
            "operationId: type",
            "/delete/operationId",
            "snake_case",
        ),
        (
            "media-types",
            NLPEARL,
            json_body,
            &format!("{json_body}{}", json_body.replace("application", "text")),
            "/delete/requestBody/content",
            "application/json alone",
        ),
        (
            "optional-body",
            NLPEARL,
            "        required: true\n        content:",
            "        content:",
            "/delete/requestBody",
            "required: true",
        ),
        (
            "bare-boolean",
            NLPEARL,
            "            application/json:\n              schema:\n                $ref: '#/components/schemas/DeleteLeadsResult'",
            "            application/json:\n              schema:\n                type: boolean",
            "/responses/200/content/application~1json/schema",
            "components/schemas",
        ),
        (
            "dangling",
            NLPEARL,
            "schemas/DeleteLeadsRequestApi'",
            "schemas/Nothing'",
            "/schema/$ref",
            "leads nowhere",
        ),
        (
            "external",
            NLPEARL,
            "'#/components/schemas/DeleteLeadsRequestApi'",
            "'other.yaml#/Body'",
            "/schema/$ref",
            "out of the document",
        ),
        (
            "optional-path",
            NLPEARL,
            "        required: true\n        schema:",
            "        required: false\n        schema:",
            "/parameters/0",
            "required: true",
        ),
        (
            "template",
            NLPEARL,
            "name: pearlId",
            "name: pearl",
            leads,
            "pearl",
        ),
        (
            "status",
            NLPEARL,
            "'400':",
            "'499':",
            "/responses/499",
            "status",
        ),
        (
            "no-success",
            NLPEARL,
            "'200':",
            "'404':",
            "/responses",
            "2xx",
        ),
        (
            "no-server",
            NLPEARL,
            "servers:\n- url: https://api.nlpearl.ai\n  description: Production\n",
            "",
            "#/servers",
            "production server",
        ),
        (
            "http-server",
            NLPEARL,
            "https://api.nlpearl.ai",
            "http://api.nlpearl.ai",
            "#/servers/0/url",
            "https",
        ),
        (
            "query-key",
            EXTROVERT,
            "in: header",
            "in: query",
            "#/components/securitySchemes/api-key",
            "header",
        ),
        (
            "error-schemas",
            WOODPECKER,
            "                $ref: '#/components/schemas/Problem'\n        '401'",
            "                $ref: '#/components/schemas/ProspectType'\n        '401'",
            "/post/responses",
            "one named schema",
        ),
        (
            "twins",
            UNLEASHX,
            "    DeleteAudienceReply:\n",
            "    delete_audience_reply:\n      type: object\n    DeleteAudienceReply:\n",
            "#/components/schemas/delete_audience_reply",
            "rename",
        ),
        (
            "not-openapi",
            UNLEASHX,
            "        delete_all:\n          type: boolean",
            "        delete_all:\n          type: 7",
            "#/components/schemas",
            "mend",
        ),
    ];
    for (name, document, passage, replacement, pointer, remedy) in cases {
        let changed = Changed::new(*document, name, passage, replacement);
        let problems = changed.problems();
        let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
        let file = changed.path().display().to_string();
        assert!(
            lines.iter().any(|line| line.starts_with(&file)
                && line.contains(pointer)
                && line.contains(remedy)),
            "{name}: {lines:#?}",
        );
        assert!(
            lines.iter().all(|line| !line.contains('\n')),
            "{name}: {lines:#?}"
        );
    }
}

#[test]
fn what_is_no_document_is_one_line() {
    let missing = generate(Path::new("/nowhere/openapi.yaml"), MOCK).unwrap_err();
    assert!(
        missing[0]
            .to_string()
            .starts_with("/nowhere/openapi.yaml#: cannot be read"),
        "{missing:?}"
    );
    let broken = Changed::new(NLPEARL, "broken", "paths:", "paths: [");
    let line = broken.problems()[0].to_string();
    assert!(
        line.contains("is not valid YAML") && line.contains("line"),
        "{line}"
    );
    let html = Changed::new(
        NLPEARL,
        "html",
        NLPEARL.text,
        "<!doctype html><title>Moved</title>",
    );
    assert!(!html.problems().is_empty());
}

#[test]
fn what_the_checks_do_not_know_is_still_no_panic() {
    let exotic = "        delete_all:\n          not:\n            type: object\n            properties: {x: {type: string}}";
    let changed = Changed::new(
        UNLEASHX,
        "exotic",
        "        delete_all:\n          type: boolean",
        exotic,
    );
    let problems = changed.problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(
        problems[0].pointer(),
        "/components/schemas/DeleteAudienceRequest/properties/delete_all",
        "{}",
        problems[0]
    );
    assert!(
        problems[0]
            .to_string()
            .contains("the generator cannot take this"),
        "{}",
        problems[0]
    );
}
