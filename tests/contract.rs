//! What each operation puts on the wire, and what each documented answer means.

use httpmock::MockServer;
use prospect_delete_core::{
    Config, Error, ErrorKind, Outcome, Receipt, RetryPolicy, extrovert,
    extrovert::mock::MockServerExt as _, nlpearl, nlpearl::mock::MockServerExt as _, unleashx,
    unleashx::mock::MockServerExt as _, woodpecker, woodpecker::mock::MockServerExt as _,
};
use prospect_delete_tests::{CANARY, Reply, Sample, ScriptedServer, clients, samples};
use serde_json::json;

fn once() -> Config {
    Config::new().with_retry(RetryPolicy::never())
}

#[tokio::test]
async fn each_request_is_the_documented_one_to_the_last_header() {
    for sample in samples() {
        let Sample {
            request,
            target,
            request_line,
            authentication,
            body,
            idempotent,
            success,
            outcome,
        } = sample;
        let server = ScriptedServer::start([Reply::json(success.0, &success.1)]).await;
        let receipt = clients(server.base_url(), &once())
            .execute(&*request)
            .await
            .unwrap();
        assert_eq!(receipt.outcome, outcome, "{target}");
        assert_eq!(receipt.http_status, success.0, "{target}");
        assert_eq!(request.target(), target);
        assert_eq!(request.operation().idempotent, idempotent, "{target}");

        let recorded = server.recorded();
        assert_eq!(recorded.len(), 1, "{target}");
        assert_eq!(recorded[0].request_line, request_line);
        assert_eq!(recorded[0].json(), body, "{target}");
        let mut headers = vec![
            ("accept", "application/json".to_owned()),
            ("accept-encoding", "identity".to_owned()),
            ("connection", "close".to_owned()),
            (authentication.0, authentication.1),
            ("content-length", recorded[0].body.len().to_string()),
            ("content-type", "application/json".to_owned()),
            ("host", server.base_url().replace("http://", "")),
            (
                "user-agent",
                concat!("prospect-delete/", env!("CARGO_PKG_VERSION")).to_owned(),
            ),
        ];
        headers.sort();
        let headers: Vec<_> = headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        assert_eq!(recorded[0].headers, headers, "{target}");
    }
}

#[tokio::test]
async fn a_prepared_call_is_what_is_sent() {
    for sample in samples() {
        let server =
            ScriptedServer::start([Reply::json(sample.success.0, &sample.success.1)]).await;
        let clients = clients(server.base_url(), &once());
        let call = clients.prepare(&*sample.request).await.unwrap();
        assert_eq!(server.recorded(), [], "preparing sends nothing");
        clients.send(&call).await.unwrap();
        let sent = &server.recorded()[0];
        assert_eq!(
            format!("{} {}", call.method(), call.url().path()),
            sent.request_line
        );
        assert_eq!(call.body(), sent.body);
        for (name, value) in call.headers() {
            let value = value.to_str().unwrap().to_owned();
            assert!(
                sent.headers.contains(&(name.to_string(), value)),
                "{name} of {}",
                sample.target
            );
        }
    }
}

/// The sample whose target begins so.
fn sample(target: &str) -> Sample {
    samples()
        .into_iter()
        .find(|sample| sample.target.starts_with(target))
        .expect("a sample")
}

async fn send(target: &str, server: &MockServer) -> Result<Receipt, Error> {
    clients(&server.base_url(), &once())
        .execute(&*sample(target).request)
        .await
}

fn expect(
    result: Result<Receipt, Error>,
    outcome: Outcome,
    kind: ErrorKind,
    status: u16,
    message: &str,
) {
    let error = result.unwrap_err();
    let known = (
        error.outcome(),
        error.kind(),
        error.http_status().map(|status| status.as_u16()),
        error.message(),
    );
    assert_eq!(
        known,
        (outcome, kind, Some(status), Some(message)),
        "{error}"
    );
    assert_eq!(error.attempts(), 1);
}

#[tokio::test]
async fn extrovert_delete_selected_answers() {
    let server = MockServer::start_async().await;
    let sent = sample("extrovert.person").body;
    let body: extrovert::raw::types::DeleteSelectedRequestDto =
        serde_json::from_value(sent).unwrap();
    let success =
        serde_json::from_value(json!({"status": "success", "data": null, "message": "Done"}))
            .unwrap();
    let mut mock = server.delete_selected_prospects(|when, then| {
        when.body(&body).into_inner().header("x-api-key", CANARY);
        then.ok(&success);
    });
    let receipt = send("extrovert.person", &server).await.unwrap();
    assert_eq!(
        (receipt.outcome, receipt.message.as_deref()),
        (Outcome::Deleted, Some("Done"))
    );
    mock.assert();
    mock.delete();

    for data in [json!(null), json!({})] {
        let error =
            json!({"status": "error", "data": data, "message": "Invalid or missing API key."});
        let error = serde_json::from_value(error).unwrap();
        let mut mock = server.delete_selected_prospects(|_, then| drop(then.unauthorized(&error)));
        let result = send("extrovert.person", &server).await;
        expect(
            result,
            Outcome::Rejected,
            ErrorKind::Authentication,
            401,
            "Invalid or missing API key.",
        );
        mock.delete();
    }
}

#[tokio::test]
async fn extrovert_remove_prospect_answers() {
    let server = MockServer::start_async().await;
    let body: extrovert::raw::types::DeleteRequestDto3 =
        serde_json::from_value(sample("extrovert.prospect").body).unwrap();
    let success =
        serde_json::from_value(json!({"status": "success", "data": null, "message": "Done"}))
            .unwrap();
    let mut mock = server.remove_prospect_from_campaign(|when, then| {
        when.body(&body).into_inner().header("x-api-key", CANARY);
        then.ok(&success);
    });
    assert_eq!(
        send("extrovert.prospect", &server).await.unwrap().outcome,
        Outcome::Deleted
    );
    mock.assert();
    mock.delete();

    let error =
        serde_json::from_value(json!({"status": "error", "data": null, "message": "No"})).unwrap();
    server.remove_prospect_from_campaign(|_, then| drop(then.unauthorized(&error)));
    let result = send("extrovert.prospect", &server).await;
    expect(
        result,
        Outcome::Rejected,
        ErrorKind::Authentication,
        401,
        "No",
    );
}

#[tokio::test]
async fn nlpearl_delete_leads_answers() {
    let server = MockServer::start_async().await;
    let body = nlpearl::raw::types::DeleteLeadsRequestApi {
        lead_ids: vec!["a".to_owned(), "b".to_owned()],
    };
    let mut mock = server.delete_leads(|when, then| {
        when.body(&body)
            .into_inner()
            .header("authorization", format!("Bearer {CANARY}"));
        then.ok(&true.into());
    });
    let receipt = send("nlpearl.lead", &server).await.unwrap();
    assert_eq!((receipt.outcome, receipt.message), (Outcome::Deleted, None));
    mock.assert();
    mock.delete();

    let mut mock = server.delete_leads(|_, then| drop(then.ok(&false.into())));
    expect(
        send("nlpearl.lead", &server).await,
        Outcome::Rejected,
        ErrorKind::InvalidRequest,
        200,
        "false",
    );
    mock.delete();

    let problem = json!({
        "title": "One or more validation errors occurred.",
        "status": 400,
        "errors": {"leadIds": ["The value is not valid."]},
    });
    let problem = serde_json::from_value(problem).unwrap();
    server.delete_leads(|_, then| drop(then.bad_request(&problem)));
    let message = "One or more validation errors occurred.: leadIds: The value is not valid.";
    expect(
        send("nlpearl.lead", &server).await,
        Outcome::Rejected,
        ErrorKind::InvalidRequest,
        400,
        message,
    );
}

#[tokio::test]
async fn woodpecker_delete_company_prospects_answers() {
    let server = MockServer::start_async().await;
    let body = woodpecker::raw::types::DeleteProspectsRequest {
        type_: woodpecker::raw::types::ProspectType::All,
    };
    let job = woodpecker::raw::types::DeletionAccepted {
        deletion_request_id: 77,
        count: 5,
    };
    let mut mock = server.delete_company_prospects(|when, then| {
        when.company_id(123.try_into().unwrap())
            .body(&body)
            .into_inner()
            .header("x-api-key", CANARY);
        then.accepted(&job);
    });
    let receipt = send("woodpecker.company", &server).await.unwrap();
    assert_eq!(receipt.outcome, Outcome::Accepted);
    assert_eq!(
        (receipt.request_id.as_deref(), receipt.count),
        (Some("77"), Some(5))
    );
    mock.assert();
    mock.delete();

    let problem = |title: &str, status, detail: &str| woodpecker::raw::types::Problem {
        title: title.to_owned(),
        status,
        detail: detail.to_owned(),
        timestamp: "2025-03-05 17:57:00".to_owned(),
    };
    let mut mock = server.delete_company_prospects(|_, then| {
        drop(then.bad_request(&problem("Bad request", 400, "type")));
    });
    let result = send("woodpecker.company", &server).await;
    expect(
        result,
        Outcome::Rejected,
        ErrorKind::InvalidRequest,
        400,
        "Bad request: type",
    );
    mock.delete();

    let unauthorized = problem("Unauthorized", 401, "Invalid api key");
    let mut mock =
        server.delete_company_prospects(|_, then| drop(then.unauthorized(&unauthorized)));
    let result = send("woodpecker.company", &server).await;
    expect(
        result,
        Outcome::Rejected,
        ErrorKind::Authentication,
        401,
        "Unauthorized: Invalid api key",
    );
    mock.delete();

    let missing = problem("Not Found", 404, "Requested resource does not exist");
    let mut mock = server.delete_company_prospects(|_, then| drop(then.not_found(&missing)));
    let result = send("woodpecker.company", &server).await;
    expect(
        result,
        Outcome::Rejected,
        ErrorKind::NotFound,
        404,
        "Not Found: Requested resource does not exist",
    );
    mock.delete();

    let broken = problem("Internal server error", 500, "Please try again later.");
    server.delete_company_prospects(|_, then| drop(then.internal_server_error(&broken)));
    let result = send("woodpecker.company", &server).await;
    expect(
        result,
        Outcome::Unknown,
        ErrorKind::Server,
        500,
        "Internal server error: Please try again later.",
    );
}

#[tokio::test]
async fn unleashx_delete_audience_answers() {
    const NOT_A_DRAFT: &str =
        "All audience can only be deleted when the campaign is in draft status";
    let reply = |message: &str| unleashx::raw::types::DeleteAudienceReply {
        message: message.to_owned(),
    };
    let server = MockServer::start_async().await;
    for (target, confirmation) in [
        ("unleashx.audience", "Audience deleted successfully"),
        ("unleashx.campaign", "All audience deleted successfully"),
    ] {
        let body: unleashx::raw::types::DeleteAudienceRequest =
            serde_json::from_value(sample(target).body).unwrap();
        let mut mock = server.delete_audience(|when, then| {
            when.body(&body).into_inner().header("token", CANARY);
            then.ok(&reply(confirmation));
        });
        let receipt = send(target, &server).await.unwrap();
        assert_eq!(
            (receipt.outcome, receipt.message.as_deref()),
            (Outcome::Deleted, Some(confirmation))
        );
        mock.assert();
        mock.delete();
    }
    // The document gives these messages no status, so they count with any.
    for status in [200, 400, 404] {
        for (message, kind) in [
            ("Campaign not exist", ErrorKind::NotFound),
            ("Audience array is required", ErrorKind::InvalidRequest),
            (NOT_A_DRAFT, ErrorKind::Conflict),
        ] {
            let mut mock = server
                .delete_audience(|_, then| drop(then.default_response(status, &reply(message))));
            let kind = match status {
                400 => ErrorKind::InvalidRequest,
                404 => ErrorKind::NotFound,
                _ => kind,
            };
            expect(
                send("unleashx.campaign", &server).await,
                Outcome::Rejected,
                kind,
                status,
                message,
            );
            mock.delete();
        }
    }
    // A confirmation of the other mode says that something else was deleted than was asked.
    for (target, confirmation) in [
        ("unleashx.audience", "All audience deleted successfully"),
        ("unleashx.campaign", "Audience deleted successfully"),
    ] {
        let mut mock = server.delete_audience(|_, then| drop(then.ok(&reply(confirmation))));
        let result = send(target, &server).await;
        expect(
            result,
            Outcome::Unknown,
            ErrorKind::UnexpectedResponse,
            200,
            confirmation,
        );
        mock.delete();
    }
}

#[test]
fn the_dangerous_combinations_cannot_be_made() {
    assert!(extrovert::DeleteSelected::people([]).is_err());
    assert!(nlpearl::DeleteLeads::new("pearl", [""; 0]).is_err());
    assert!(nlpearl::DeleteLeads::new("pearl", [""]).is_err());
    assert!(nlpearl::DeleteLeads::new("..", ["a"]).is_err());
    assert!(nlpearl::DeleteLeads::new("", ["a"]).is_err());
    assert!(unleashx::DeleteAudience::records(42, []).is_err());
    assert!(unleashx::DeleteAudience::records(0, [1]).is_err());
    assert!(unleashx::DeleteAudience::records(42, [-1]).is_err());
    assert!(unleashx::DeleteAudience::all(-42).is_err());
    for company_id in [0, -1, i64::MIN] {
        assert!(woodpecker::DeleteCompanyProspects::all(company_id).is_err());
    }
}

#[tokio::test]
async fn the_raw_clients_authenticate_and_add_no_header_of_the_generator() {
    let server = ScriptedServer::start([Reply::json(200, &json!(true))]).await;
    let credential = nlpearl::Credential::new(CANARY).unwrap();
    let config = once().with_base_url(server.base_url().parse().unwrap());
    let raw = nlpearl::Client::new(&credential, config).unwrap().raw();
    let body = nlpearl::raw::types::DeleteLeadsRequestApi {
        lead_ids: vec!["a".to_owned()],
    };
    let answer = raw
        .delete_leads()
        .pearl_id("p")
        .body(body)
        .send()
        .await
        .unwrap();
    assert!(answer.into_inner().0);
    let headers = &server.recorded()[0].headers;
    assert!(headers.contains(&("authorization".to_owned(), format!("Bearer {CANARY}"))));
    assert!(!headers.iter().any(|(name, _)| name == "api-version"));
}

#[test]
fn public_types_have_json_schemas() {
    for (schema, field) in [
        (schemars::schema_for!(Receipt), "http_status"),
        (
            schemars::schema_for!(extrovert::DeleteSelected),
            "reject_posts",
        ),
        (
            schemars::schema_for!(extrovert::RemoveProspect),
            "campaign_id",
        ),
        (schemars::schema_for!(nlpearl::DeleteLeads), "lead_ids"),
        (
            schemars::schema_for!(woodpecker::DeleteCompanyProspects),
            "company_id",
        ),
        (
            schemars::schema_for!(unleashx::DeleteAudience),
            "campaign_id",
        ),
        (
            schemars::schema_for!(nlpearl::raw::types::DeleteLeadsRequestApi),
            "leadIds",
        ),
    ] {
        assert!(
            schema.pointer(&format!("/properties/{field}")).is_some(),
            "{field} in {schema:?}"
        );
    }
    let outcomes = schemars::schema_for!(Outcome).to_value().to_string();
    for outcome in ["deleted", "accepted", "rejected", "not_sent", "unknown"] {
        assert!(outcomes.contains(&format!("\"{outcome}\"")), "{outcomes}");
    }
}

/// The status that a request gets which no client of ours wrote.
async fn status_of(server: &MockServer, request_line: &str) -> u16 {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let mut stream = tokio::net::TcpStream::connect(server.address())
        .await
        .unwrap();
    let request = format!(
        "{request_line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer[9..12].parse().unwrap()
}

#[tokio::test]
async fn a_typed_mock_of_one_pearl_answers_for_no_other() {
    // All that an id may be; other values are tried with a made-up document.
    let pearls = [
        "pearl.1", "pearlX1", "a+b", "aab", "a(b", "50%", "a/b", "ü", "a.*",
    ];
    for described in pearls {
        let server = MockServer::start_async().await;
        let mock = server.delete_leads(|when, then| {
            when.pearl_id(described);
            then.ok(&true.into());
        });
        let config = once().with_base_url(server.base_url().parse().unwrap());
        let credential = nlpearl::Credential::new("account:secret").unwrap();
        let client = nlpearl::Client::new(&credential, config).unwrap();
        for sent in pearls {
            let request = nlpearl::DeleteLeads::new(sent, ["lead"]).unwrap();
            let deleted = client.delete_leads(&request).await.is_ok();
            assert_eq!(
                deleted,
                sent == described,
                "{sent:?} where {described:?} is described"
            );
        }
        mock.assert();
    }
}

#[tokio::test]
async fn a_typed_mock_answers_for_its_own_operation_alone() {
    let server = MockServer::start_async().await;
    let error = serde_json::from_value(json!({"status": "error", "data": null, "message": "m"}));
    let error = error.unwrap();
    server.delete_selected_prospects(|_, then| drop(then.unauthorized(&error)));
    server.remove_prospect_from_campaign(|_, then| drop(then.unauthorized(&error)));
    server.delete_leads(|_, then| drop(then.ok(&true.into())));
    server.delete_company_prospects(|when, then| {
        when.company_id(12.try_into().unwrap());
        then.accepted(&woodpecker::raw::types::DeletionAccepted {
            deletion_request_id: 1,
            count: 1,
        });
    });
    server.delete_audience(|_, then| {
        then.ok(&unleashx::raw::types::DeleteAudienceReply {
            message: "m".to_owned(),
        });
    });
    for (request_line, status) in [
        ("POST /client/v2/prospects/delete-selected", 401),
        ("POST /client/v2/prospects/delete-selected/", 404),
        ("POST /client/v2/prospects/delete-selected?all=true", 404),
        ("POST /x/client/v2/prospects/delete-selected", 404),
        ("DELETE /api/client/v1/prospects", 401),
        ("DELETE /api/client/v1/prospects/1", 404),
        ("GET /api/client/v1/prospects", 404),
        ("DELETE /v2/Outbound/p/Leads", 200),
        ("DELETE /v2/Outbound/p/Leads/External", 404),
        ("DELETE /v2/Outbound//Leads", 404),
        ("DELETE /v2/Outbound/p/q/Leads", 404),
        ("POST /rest/v2/agency/companies/12/prospects/delete", 202),
        ("POST /rest/v2/agency/companies/1/prospects/delete", 404),
        ("POST /rest/v2/agency/companies/121/prospects/delete", 404),
        ("POST /rest/v2/agency/companies/012/prospects/delete", 404),
        ("POST /api/v1/global/delete-audience", 200),
        ("POST /api/v1/global/delete-audience2", 404),
        ("POST /api/v1/globalXdelete-audience", 404),
    ] {
        assert_eq!(
            status_of(&server, request_line).await,
            status,
            "{request_line}"
        );
    }
}
