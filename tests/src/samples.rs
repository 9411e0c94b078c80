use prospect_delete_core::{
    Clients, Config, Credential, Outcome, PROVIDERS, Request, extrovert,
    extrovert::{Person, Scope, parse_uuid},
    nlpearl, unleashx, woodpecker,
};
use serde_json::{Value, json};

/// The key in all tests: two parts as NLPearl has them, and easy to search for.
pub const CANARY: &str = "canary-account:canary-secret-5f1c";

/// A user, a campaign and a list.
const UUID: &str = "8d256aa6-9b12-49a7-93ee-bf41634b5b60";

/// One way of deleting, with everything that the documents say about its wire form.
#[derive(Debug)]
pub struct Sample {
    /// The request.
    pub request: Box<dyn Request>,
    /// What it is called in confirmations.
    pub target: &'static str,
    /// Its method and path.
    pub request_line: &'static str,
    /// The header that carries the key, and how.
    pub authentication: (&'static str, String),
    /// Its body.
    pub body: Value,
    /// Whether it may be sent again when its outcome is unknown.
    pub idempotent: bool,
    /// The documented success.
    pub success: (u16, Value),
    /// What that success means.
    pub outcome: Outcome,
}

/// All seven.
///
/// # Panics
///
/// Never: the samples are good input.
#[must_use]
pub fn samples() -> Vec<Sample> {
    let uuid = parse_uuid("sample", UUID).expect("a UUID");
    let people = ["ACoAAB1", "ACoAAB2"].map(|id| Person::new(uuid, id).expect("a person"));
    let own_header = |name| (name, CANARY.to_owned());
    let extrovert = |message: &str| {
        (
            200,
            json!({"status": "success", "data": null, "message": message}),
        )
    };
    let delete_selected = "POST /client/v2/prospects/delete-selected";
    vec![
        Sample {
            request: Box::new(
                extrovert::DeleteSelected::people(people)
                    .expect("people")
                    .with_reject_posts(true),
            ),
            target: "extrovert.person:8d256aa6-9b12-49a7-93ee-bf41634b5b60/ACoAAB1,\
                8d256aa6-9b12-49a7-93ee-bf41634b5b60/ACoAAB2",
            request_line: delete_selected,
            authentication: own_header("x-api-key"),
            body: json!({
                "targetUsersData": [
                    {"userId": UUID, "targetUserProfileId": "ACoAAB1"},
                    {"userId": UUID, "targetUserProfileId": "ACoAAB2"},
                ],
                "areAllSelected": false,
                "rejectAllPostsActivities": true,
                "variant": "campaign",
            }),
            idempotent: true,
            success: extrovert("Operation completed successfully"),
            outcome: Outcome::Deleted,
        },
        Sample {
            request: Box::new(extrovert::DeleteSelected::scope(Scope::List(uuid))),
            target: "extrovert.list:8d256aa6-9b12-49a7-93ee-bf41634b5b60",
            request_line: delete_selected,
            authentication: own_header("x-api-key"),
            body: json!({
                "targetUsersData": [],
                "areAllSelected": true,
                "rejectAllPostsActivities": false,
                "variant": "list",
                "listId": UUID,
            }),
            idempotent: false,
            success: extrovert("Operation completed successfully"),
            outcome: Outcome::Deleted,
        },
        Sample {
            request: Box::new(
                extrovert::RemoveProspect::new("https://www.linkedin.com/in/john-doe", uuid)
                    .expect("a URL"),
            ),
            target: "extrovert.prospect:8d256aa6-9b12-49a7-93ee-bf41634b5b60/https://www.linkedin.com/in/john-doe",
            request_line: "DELETE /api/client/v1/prospects",
            authentication: own_header("x-api-key"),
            body: json!({
                "prospectProfileUrl": "https://www.linkedin.com/in/john-doe",
                "campaignId": UUID,
                "rejectPosts": false,
            }),
            idempotent: true,
            success: extrovert("Operation completed successfully"),
            outcome: Outcome::Deleted,
        },
        Sample {
            request: Box::new(nlpearl::DeleteLeads::new("pearl/1\\2", ["a", "b"]).expect("leads")),
            target: "nlpearl.lead:pearl/1\\2/a,b",
            request_line: "DELETE /v2/Outbound/pearl%2F1%5C2/Leads",
            authentication: ("authorization", format!("Bearer {CANARY}")),
            body: json!({"leadIds": ["a", "b"]}),
            idempotent: true,
            success: (200, json!(true)),
            outcome: Outcome::Deleted,
        },
        Sample {
            request: Box::new(woodpecker::DeleteCompanyProspects::all(123).expect("an id")),
            target: "woodpecker.company:123",
            request_line: "POST /rest/v2/agency/companies/123/prospects/delete",
            authentication: own_header("x-api-key"),
            body: json!({"type": "ALL"}),
            idempotent: false,
            success: (202, json!({"deletion_request_id": 77, "count": 5})),
            outcome: Outcome::Accepted,
        },
        Sample {
            request: Box::new(unleashx::DeleteAudience::records(42, [101, 102]).expect("ids")),
            target: "unleashx.audience:42/101,102",
            request_line: "POST /api/v1/global/delete-audience",
            authentication: own_header("token"),
            body: json!({"campaign_id": 42, "audience": [101, 102]}),
            idempotent: true,
            success: (200, json!({"message": "Audience deleted successfully"})),
            outcome: Outcome::Deleted,
        },
        Sample {
            request: Box::new(unleashx::DeleteAudience::all(42).expect("an id")),
            target: "unleashx.campaign:42",
            request_line: "POST /api/v1/global/delete-audience",
            authentication: own_header("token"),
            body: json!({"campaign_id": 42, "delete_all": true}),
            idempotent: false,
            success: (200, json!({"message": "All audience deleted successfully"})),
            outcome: Outcome::Deleted,
        },
    ]
}

/// Clients of all providers that send to one server with the canary key.
///
/// # Panics
///
/// When the address is none that clients take.
#[must_use]
pub fn clients(base_url: &str, config: &Config) -> Clients {
    let credential = Credential::new(CANARY).expect("a key");
    let config = config
        .clone()
        .with_base_url(base_url.parse().expect("an address"));
    let mut clients = Clients::new();
    for provider in PROVIDERS {
        clients
            .add(provider, &credential, config.clone())
            .expect("a client");
    }
    clients
}
