//! What the generated clients send, and what the typed mocks match.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use httpmock::MockServer;
use prospect_delete_documents as documents;
use prospect_delete_transport::{
    Authentication, Config, Credential, Provider, RetryPolicy, Transport, generated::Parts,
};
use reqwest::{Method, StatusCode};

static EXAMPLE: Provider = Provider::new(
    "example",
    "https://api.example",
    Authentication::Header("x-key"),
    "EXAMPLE_KEY",
    "EXAMPLE_BASE_URL",
);

/// What a client of one of the documents is made of, so that it sends to this server.
fn parts(server: &MockServer) -> Parts {
    let config = Config::new()
        .with_base_url(server.base_url().parse().unwrap())
        .with_retry(RetryPolicy::never());
    Transport::new(&EXAMPLE, &Credential::new("key").unwrap(), config)
        .unwrap()
        .parts()
}

/// The lines of requests as they arrive, each answered with `answer`.
fn recorded(server: &MockServer, status: u16, answer: &str) -> Arc<Mutex<Vec<String>>> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&lines);
    server.mock(|when, then| {
        when.is_true(move |request| {
            let target = request.uri();
            let target = target.path_and_query().unwrap();
            let line = format!("{} {target}", request.method());
            seen.lock().unwrap().push(line);
            true
        });
        then.status(status)
            .header("content-type", "application/json")
            .body(answer);
    });
    lines
}

/// Sends a request of the test's own, as any tool may write it.
async fn send(server: &MockServer, method: Method, target: &str) -> StatusCode {
    send_with(server, method, target, &[]).await
}

async fn send_with(
    server: &MockServer,
    method: Method,
    target: &str,
    headers: &[(&str, &str)],
) -> StatusCode {
    let http = parts(server).http;
    let mut request = http.request(method, format!("{}{target}", server.base_url()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap().status()
}

macro_rules! lines {
    ($($document:ident: $method:ident $(.$setter:ident($value:expr))* => $line:expr;)*) => {
        $({
            let server = MockServer::start_async().await;
            let lines = recorded(&server, 200, "{}");
            let client = documents::$document::raw::Client::from(parts(&server));
            let sent = client.$method()$(.$setter($value))*.send().await;
            assert!(
                lines.lock().unwrap().len() == 1,
                concat!(stringify!($document), ": {:?}"),
                sent.err().map(|error| error.to_string())
            );
            assert_eq!(lines.lock().unwrap()[0], $line, stringify!($document));
        })*
    };
}

#[tokio::test]
async fn requests_go_out_as_the_documents_say() {
    use documents::{
        header_values, path_types, query_array_of_enums, query_constrained, query_enum,
    };
    lines! {
        query_text: find.url("https://www.linkedin.com/in/a?b=c&d=e+f") =>
            "GET /find?url=https%3A%2F%2Fwww.linkedin.com%2Fin%2Fa%3Fb%3Dc%26d%3De%2Bf";
        query_text: find.url("").note("ü x") => "GET /find?note=%C3%BC+x&url=";
        query_numbers: page.page(0_u64).per_page(5).ratio(0.5).exact(true) =>
            "GET /page?exact=true&page=0&per_page=5&ratio=0.5";
        query_numbers: page.page(3_u64) => "GET /page?page=3";
        query_arrays: list_prospects.id(vec![1, 2]) => "GET /prospects?id=1&id=2";
        query_arrays: list_prospects.id(vec![7]).name(vec!["a,b".to_owned(), "c".to_owned()]) =>
            "GET /prospects?id=7&name=a%2Cb&name=c";
        query_arrays: delete_prospects.id(vec![1, 2, 3]) => "DELETE /prospects?id=1&id=2&id=3";
        query_joined: emails.email_filter(vec!["a@b.c".to_owned(), "d,e+f".to_owned()]) =>
            "GET /emails?email_filter=a%40b.c,d%2Ce%2Bf";
        query_joined: emails.email_filter(vec!["a".to_owned()]).ids(vec![1, 2]).request("r").one("o") =>
            "GET /emails?one=o&request=r&email_filter=a&ids=1,2";
        query_array_of_enums: states
            .state(vec![query_array_of_enums::raw::types::State::InProgress, query_array_of_enums::raw::types::State::Done])
            .kind(vec![query_array_of_enums::raw::types::StatesKindItem::Cold, query_array_of_enums::raw::types::StatesKindItem::Warm]) =>
            "GET /states?state=in+progress&state=DONE&kind=cold,warm";
        query_named_array: tags
            .tags(documents::query_named_array::raw::types::Tags(vec!["a".to_owned(), "b".to_owned()]))
            .marks(documents::query_named_array::raw::types::Tags(vec!["c".to_owned(), "d".to_owned()])) =>
            "GET /tags?tags=a&tags=b&marks=c,d";
        query_enum: members
            .sort(query_enum::raw::types::Sort::X2nd)
            .registration_type(query_enum::raw::types::MembersRegistrationType::SubUser) =>
            "GET /members?registrationType=SUB_USER&sort=2nd";
        query_dates: calls.from_date("2025-06-30T14:02:07.456+02:00").day("2025-06-30") =>
            "GET /calls?day=2025-06-30&fromDate=2025-06-30T14%3A02%3A07.456%2B02%3A00";
        query_nullable: nullable.ids(vec![1, 2]) => "GET /nullable?ids=1&ids=2";
        query_constrained: constrained
            .phone("+491701234567")
            .page(query_constrained::raw::types::ConstrainedPage::try_from(2).unwrap()) =>
            "GET /constrained?page=2&phone=%2B491701234567";
        query_odd_names: odd.type_("t").self_("s")._2nd("n").filter_name("f").top(1).url("u").info("i").value("v") =>
            "GET /odd?%24top=1&2nd=n&filter%5Bname%5D=f&info=i&self=s&type=t&url=u&value=v";
        path_values: lead.id("a/b+c d.é\\%") => "GET /Leads/a%2Fb%2Bc%20d.%C3%A9%5C%25";
        path_several: lead_by_phone.pearl_id("pearl.1").phone_number("+49170").x_trace("t") =>
            "GET /Outbound/pearl.1/Lead/PhoneNumber/%2B49170";
        path_types: company
            .company_id(std::num::NonZeroU64::new(7).unwrap())
            .kind(path_types::raw::types::CompanyKind::CD)
            .when("2025-06-30")
            .owner(uuid()) =>
            "GET /companies/7/c%2Fd/2025-06-30/67e55044-10b1-426f-9247-bb680e5fe0c8";
        path_suffix: report.id("a.b") => "GET /reports/a.b.json";
        path_suffix: spaced.id("a") => "GET /reports/a%20b+c/a";
        header_values: headed.x_company_id(5).x_mode(header_values::raw::types::HeadedXMode::A) =>
            "GET /headed";
        path_limited: limited
            .phone("+49")
            .step(documents::path_limited::raw::types::LimitedStep::try_from(2).unwrap())
            .flag(true)
            .ratio(0.5)
            .named(documents::path_limited::raw::types::Step::try_from(10).unwrap()) =>
            "GET /limited/%2B49/2/true/0.5/10";
        query_limited: limited
            .page(0)
            .owner(uuid())
            .named(vec![documents::query_limited::raw::types::Step::try_from(10).unwrap(), documents::query_limited::raw::types::Step::try_from(20).unwrap()])
            .phones(vec!["+49".parse().unwrap()])
            .days(vec!["2025-06-30".to_owned()]) =>
            "GET /limited?days=2025-06-30&owner=67e55044-10b1-426f-9247-bb680e5fe0c8&page=0&phones=%2B49&named=10,20";
        no_content: remove => "DELETE /entry";
        methods: head_thing => "HEAD /thing";
        methods: patch_thing => "PATCH /thing";
        vendor_extensions: pages.page_token("a").limit(2) => "GET /pages?limit=2&page_token=a";
        referred_body: search.body(documents::referred_body::raw::types::Answer::default()) =>
            "POST /search";
    }
}

fn uuid() -> uuid::Uuid {
    "67e55044-10b1-426f-9247-bb680e5fe0c8".parse().unwrap()
}

#[tokio::test]
async fn what_a_pattern_forbids_is_not_sent() {
    let server = MockServer::start_async().await;
    let lines = recorded(&server, 200, "{}");
    let client = documents::query_constrained::raw::Client::from(parts(&server));
    for phone in ["0170", "+49170x", "", "x+491701234567"] {
        let sent = client.constrained().phone(phone).send().await;
        assert!(sent.is_err(), "{phone:?}");
    }
    assert_eq!(*lines.lock().unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn answers_without_a_body_are_read_as_such() {
    use documents::some_without_content::{mock::MockServerExt, raw};

    let server = MockServer::start_async().await;
    let client = raw::Client::from(parts(&server));
    let mut mock = server.search(|_, then| {
        then.no_content();
    });
    let answer = client.search().send().await.unwrap();
    assert_eq!(
        (answer.status(), answer.into_inner().is_none()),
        (StatusCode::NO_CONTENT, true)
    );
    mock.delete();
    let mut mock = server.search(|_, then| {
        then.ok(&raw::types::Answer {
            id: Some("a".to_owned()),
        });
    });
    let answer = client.search().send().await.unwrap().into_inner().unwrap();
    assert_eq!(answer.id.as_deref(), Some("a"));
    mock.delete();
    // 404 without a body, another 4xx without one, and 400 with one.
    for (status, body) in [(404, None), (418, None), (400, Some("b"))] {
        let mut mock = server.search(|_, then| {
            let _ = match (status, body) {
                (404, _) => then.not_found(),
                (400, Some(id)) => then.bad_request(&raw::types::Answer {
                    id: Some(id.to_owned()),
                }),
                (status, _) => then.client_error(status),
            };
        });
        match client.search().send().await.unwrap_err() {
            raw::Error::ErrorResponse(answer) => {
                assert_eq!(answer.status().as_u16(), status);
                let id = answer.into_inner().and_then(|answer| answer.id);
                assert_eq!(id.as_deref(), body);
            }
            other => panic!("{status}: {other}"),
        }
        mock.delete();
    }
}

#[tokio::test]
async fn an_answer_that_is_a_list_is_read() {
    use documents::array_answer::{mock::MockServerExt, raw};

    let server = MockServer::start_async().await;
    let client = raw::Client::from(parts(&server));
    let answers = vec![raw::types::Answer::default(), raw::types::Answer::default()];
    server.pearls(|_, then| {
        then.ok(&answers);
    });
    assert_eq!(client.pearls().send().await.unwrap().len(), 2);
}

#[tokio::test]
async fn listed_numbers_are_in_the_json_schema() {
    use documents::integer_enums::raw::types;

    let schema = schemars::schema_for!(types::Status);
    assert_eq!(schema.get("enum"), Some(&serde_json::json!([1, 2, 3, 10])));
    assert_eq!(schema.get("type"), Some(&serde_json::json!("integer")));
    assert!(serde_json::from_str::<types::Status>("10").is_ok());
    assert!(serde_json::from_str::<types::Status>("4").is_err());
}

/// Ids that a regular expression, a path or a query would read as something else.
const IDS: [&str; 18] = [
    "pearl.1",
    "pearlX1",
    "a+b",
    "a b",
    "aab",
    "a(b",
    "a[b]",
    "someone@example.com",
    "+491701234567",
    "50%",
    "50%25",
    "a/b",
    "a\\b",
    "ü",
    "{id}",
    ".*",
    "a,b",
    "a&b=c",
];

#[tokio::test]
async fn a_mock_of_a_path_value_matches_this_value_alone() {
    use documents::path_values::{mock::MockServerExt, raw};

    for described in IDS {
        let server = MockServer::start_async().await;
        let client = raw::Client::from(parts(&server));
        let mock = server.lead(|when, then| {
            when.id(described);
            then.ok(&raw::types::Answer::default());
        });
        for sent in IDS {
            let answered = client.lead().id(sent).send().await.is_ok();
            assert_eq!(
                answered,
                sent == described,
                "{sent:?} where {described:?} is described"
            );
        }
        mock.assert();
    }
}

#[tokio::test]
async fn a_mock_of_a_query_value_matches_this_value_alone() {
    use documents::query_text::{mock::MockServerExt, raw};

    for described in IDS {
        let server = MockServer::start_async().await;
        let client = raw::Client::from(parts(&server));
        let mock = server.find(|when, then| {
            when.url(described).note(None);
            then.ok(&raw::types::Answer::default());
        });
        for sent in IDS {
            let answered = client.find().url(sent).send().await.is_ok();
            assert_eq!(
                answered,
                sent == described,
                "{sent:?} where {described:?} is described"
            );
        }
        assert!(client.find().url(described).note("x").send().await.is_err());
        mock.assert();
    }
}

#[tokio::test]
async fn a_mock_of_an_operation_matches_no_path_but_its_own() {
    use documents::path_values::{mock::MockServerExt, raw};

    let answer = raw::types::Answer::default();
    let server = MockServer::start_async().await;
    // The last mock is asked first, so each order is tried.
    let leads = server.leads(|_, then| {
        then.ok(&answer);
    });
    let lead = server.lead(|_, then| {
        then.ok(&answer);
    });
    let external = server.external_leads(|_, then| {
        then.ok(&answer);
    });
    let external_lead = server.external_lead(|_, then| {
        then.ok(&answer);
    });
    let old = server.old_lead(|_, then| {
        then.ok(&answer);
    });
    for (target, found) in [
        ("/Leads", true),
        ("/Leads/External", true),
        ("/Leads/a", true),
        ("/Leads/External/External", true),
        ("/v1.0/Leads/a", true),
        ("/v1x0/Leads/a", false),
        ("/Leads/", false),
        ("/leads", false),
        ("/x/Leads", false),
        ("/Leads/a/b", false),
        ("/Leads//External", false),
        ("/Leads?all=true", false),
    ] {
        let status = send(&server, Method::GET, target).await;
        assert_eq!(status == StatusCode::OK, found, "{target}");
    }
    for mock in [leads, lead, external, external_lead, old] {
        assert_eq!(mock.calls(), 1);
    }
    assert_eq!(
        send(&server, Method::POST, "/Leads").await,
        StatusCode::NOT_FOUND
    );

    let alone = MockServer::start_async().await;
    alone.lead(|_, then| {
        then.ok(&answer);
    });
    let status = send(&alone, Method::GET, "/Leads/External").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    alone.lead(|when, then| {
        when.id("External");
        then.ok(&answer);
    });
    let status = send(&alone, Method::GET, "/Leads/External").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_mock_tells_apart_values_in_one_path() {
    use documents::path_several::{mock::MockServerExt, raw};

    let server = MockServer::start_async().await;
    let client = raw::Client::from(parts(&server));
    let mock = server.lead_by_phone(|when, then| {
        when.pearl_id("a").phone_number("+49170");
        then.ok(&raw::types::Answer::default());
    });
    for (pearl, phone, found) in [
        ("a", "+49170", true),
        ("+49170", "a", false),
        ("a", "+49171", false),
        ("b", "+49170", false),
        ("x/Lead/PhoneNumber/a", "+49170", false),
        ("a/Lead/PhoneNumber/x", "+49170", false),
    ] {
        let sent = client.lead_by_phone().pearl_id(pearl).phone_number(phone);
        let answered = sent.x_trace("t").send().await.is_ok();
        assert_eq!(answered, found, "{pearl} {phone}");
    }
    // Tools may write a plus sign either way in a path.
    let status = send(&server, Method::GET, "/Outbound/a/Lead/PhoneNumber/+49170").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(mock.calls(), 2);
}

#[tokio::test]
async fn a_mock_of_a_list_matches_exactly_this_list() {
    use documents::query_arrays::{mock::MockServerExt, raw};

    let server = MockServer::start_async().await;
    let mock = server.delete_prospects(|when, then| {
        when.id(&vec![1, 2]);
        then.ok();
    });
    for (target, found) in [
        ("/prospects?id=1&id=2", true),
        ("/prospects?id=2&id=1", false),
        ("/prospects?id=1&id=2&id=3", false),
        ("/prospects?id=1", false),
        ("/prospects?id=1,2", false),
        ("/prospects", false),
        ("/prospects?id=1&id=2&campaigns_id=3", false),
    ] {
        let status = send(&server, Method::DELETE, target).await;
        assert_eq!(status == StatusCode::OK, found, "{target}");
    }
    assert_eq!(mock.calls(), 1);
    let client = raw::Client::from(parts(&server));
    client
        .delete_prospects()
        .id(vec![1, 2])
        .send()
        .await
        .unwrap();
    assert_eq!(mock.calls(), 2);
}

#[tokio::test]
async fn a_mock_of_a_joined_list_matches_exactly_this_list() {
    use documents::query_joined::{mock::MockServerExt, raw};

    let server = MockServer::start_async().await;
    let filter = vec!["a".to_owned(), "b,c".to_owned()];
    let mock = server.emails(|when, then| {
        when.email_filter(&filter).ids(None);
        then.ok(&raw::types::Answer::default());
    });
    for (target, found) in [
        ("/emails?email_filter=a,b%2Cc", true),
        ("/emails?email_filter=a,b,c", false),
        ("/emails?email_filter=a%2Cb%2Cc", false),
        ("/emails?email_filter=a&email_filter=b%2Cc", false),
        ("/emails?email_filter=a,b%2Cc&ids=1", false),
        ("/emails", false),
    ] {
        let status = send(&server, Method::GET, target).await;
        assert_eq!(status == StatusCode::OK, found, "{target}");
    }
    let client = raw::Client::from(parts(&server));
    client
        .emails()
        .email_filter(filter.clone())
        .send()
        .await
        .unwrap();
    assert_eq!(mock.calls(), 2);
}

#[tokio::test]
async fn a_mock_of_a_header_matches_exactly_this_header() {
    use documents::path_several::{mock::MockServerExt, raw};

    let server = MockServer::start_async().await;
    server.lead_by_phone(|when, then| {
        when.x_trace("a.b+c").x_company_id(None);
        then.ok(&raw::types::Answer::default());
    });
    let target = "/Outbound/a/Lead/PhoneNumber/1";
    for (headers, found) in [
        (&[("X-Trace", "a.b+c")][..], true),
        (&[("x-trace", "aXb+c")], false),
        (&[("x-trace", "A.B+C")], false),
        (&[("x-trace", "a.b+c"), ("x-trace", "other")], false),
        (&[("x-trace", "a.b+c"), ("x-company-id", "1")], false),
        (&[], false),
    ] {
        let status = send_with(&server, Method::GET, target, headers).await;
        assert_eq!(status == StatusCode::OK, found, "{headers:?}");
    }
}

#[tokio::test]
async fn a_mock_knows_the_text_around_a_value() {
    use documents::path_suffix::{mock::MockServerExt, raw};

    let server = MockServer::start_async().await;
    let mock = server.report(|when, then| {
        when.id("a.json");
        then.ok(&raw::types::Answer::default());
    });
    for (target, found) in [
        ("/reports/a.json.json", true),
        ("/reports/a.json", false),
        ("/reports/a.jsonXjson", false),
        ("/reports/latest.json", false),
    ] {
        let status = send(&server, Method::GET, target).await;
        assert_eq!(status == StatusCode::OK, found, "{target}");
    }
    assert_eq!(mock.calls(), 1);
}

#[tokio::test]
async fn a_mock_answers_what_the_document_does_not_list() {
    use documents::query_text::{mock::MockServerExt, raw};

    for (retry_after, seconds) in [
        (Duration::from_secs(7), "7"),
        (Duration::from_millis(1200), "2"),
        (Duration::ZERO, "0"),
    ] {
        let server = MockServer::start_async().await;
        let mock = server.find(|_, then| {
            then.throttled(retry_after);
        });
        let answer = ask(&server).await.unwrap();
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(answer.headers()["retry-after"], seconds);
        assert_eq!(answer.bytes().await.unwrap(), "");
        mock.assert();
    }
    for status in [204, 302, 404, 418, 500, 599, 999] {
        let server = MockServer::start_async().await;
        let mock = server.find(|_, then| {
            // It takes the place of what was said before.
            then.ok(&raw::types::Answer::default()).status(status);
        });
        let answer = ask(&server).await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
        assert_eq!(answer.bytes().await.unwrap(), "");
        mock.assert();
    }
}

#[tokio::test]
async fn a_mock_answers_late() {
    use documents::query_text::{mock::MockServerExt, raw};

    let delay = Duration::from_millis(300);
    let server = MockServer::start_async().await;
    let mock = server.find(|_, then| {
        then.ok(&raw::types::Answer::default()).delay(delay);
    });
    let began = std::time::Instant::now();
    let answer = ask(&server).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(began.elapsed() >= delay, "no timer rings early");
    mock.assert();
}

/// Sends what the mocks of these tests match.
async fn ask(server: &MockServer) -> reqwest::Result<reqwest::Response> {
    let http = parts(server).http;
    http.get(format!("{}/find?url=u", server.base_url()))
        .send()
        .await
}
