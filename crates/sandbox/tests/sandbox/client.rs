use std::sync::LazyLock;

use prospect_delete_sandbox::{Sandbox, Seed, State};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;

pub const DELETE_SELECTED: &str = "/client/v2/prospects/delete-selected";
pub const REMOVE_PROSPECT: &str = "/api/client/v1/prospects";
pub const DELETE_AUDIENCE: &str = "/api/v1/global/delete-audience";
pub const PEARL: &str = "66b2f0c4a1d3e5f708192a3b";
pub const DELETE_LEADS: &str = "/v2/Outbound/66b2f0c4a1d3e5f708192a3b/Leads";
pub const DELETE_PROSPECTS: &str = "/rest/v2/agency/companies/123/prospects/delete";

/// The five operations: name, method, path and a body that succeeds on the example.
pub fn operations() -> [(&'static str, Method, &'static str, Value); 5] {
    use serde_json::json;
    [
        (
            "extrovert.delete_selected",
            Method::POST,
            DELETE_SELECTED,
            json!({
                "targetUsersData": [{
                    "userId": "2f6c1a9e-0d5b-4c7e-8f31-6a9b0c2d4e01",
                    "targetUserProfileId": "ACoAAB0JohnDoe",
                }],
                "areAllSelected": false,
                "rejectAllPostsActivities": false,
                "variant": "all",
            }),
        ),
        (
            "extrovert.remove_prospect",
            Method::DELETE,
            REMOVE_PROSPECT,
            json!({
                "prospectProfileUrl": "https://www.linkedin.com/in/john-doe",
                "campaignId": "8d256aa6-9b12-49a7-93ee-bf41634b5b60",
                "rejectPosts": true,
            }),
        ),
        (
            "nlpearl.delete_leads",
            Method::DELETE,
            DELETE_LEADS,
            json!({ "leadIds": ["66b2f1a00000000000000001"] }),
        ),
        (
            "woodpecker.delete_company_prospects",
            Method::POST,
            DELETE_PROSPECTS,
            json!({ "type": "ALL" }),
        ),
        (
            "unleashx.delete_audience",
            Method::POST,
            DELETE_AUDIENCE,
            json!({ "campaign_id": 42, "audience": [101, 102, 103] }),
        ),
    ]
}

pub async fn example() -> Sandbox {
    let builder = Sandbox::builder().seed(Seed::example());
    builder.start().await.expect("a free port")
}

pub fn http() -> Client {
    // One for all tests, since it takes its time to make. Its connections are not shared: each belongs to
    // the runtime of a test.
    static HTTP: LazyLock<Client> = LazyLock::new(|| {
        let builder = Client::builder().no_proxy().pool_max_idle_per_host(0);
        let builder = builder.redirect(reqwest::redirect::Policy::none());
        builder.build().expect("a client")
    });
    HTTP.clone()
}

/// A request without a key.
pub fn anonymous(sandbox: &Sandbox, method: Method, path: &str) -> RequestBuilder {
    http().request(method, format!("{}{path}", sandbox.base_url()))
}

/// A request with the key of the provider whose path it is.
pub fn request(sandbox: &Sandbox, method: Method, path: &str) -> RequestBuilder {
    let provider = KEYS.iter().find(|provider| provider.has(path));
    let provider = provider.unwrap_or(&KEYS[0]);
    let key = sandbox.credentials().named(provider.name);
    let key = format!("{}{}", provider.before, key.expect("a key"));
    anonymous(sandbox, method, path).header(&provider.header, key)
}

/// How a provider's key is sent, by its document.
struct Key {
    name: &'static str,
    paths: Vec<String>,
    header: String,
    before: &'static str,
}

static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let keys = prospect_delete_specs::ALL.into_iter().map(|document| {
        let value: Value = yaml_serde::from_str(document.text).expect("YAML");
        let schemes = value["components"]["securitySchemes"].as_object();
        let scheme = schemes.and_then(|schemes| schemes.values().next());
        let (header, before) = match scheme.expect("a key")["name"].as_str() {
            Some(header) => (header, ""),
            None => ("Authorization", "Bearer "),
        };
        Key {
            name: document.provider,
            paths: value["paths"]
                .as_object()
                .expect("paths")
                .keys()
                .cloned()
                .collect(),
            header: header.to_owned(),
            before,
        }
    });
    keys.collect()
});

impl Key {
    /// Whether the path begins as one of the provider's own does, up to the first parameter.
    fn has(&self, path: &str) -> bool {
        self.paths.iter().any(|known| {
            let fixed = known.split('{').next().expect("a beginning");
            path.starts_with(fixed)
        })
    }
}

/// Sends `body` with the right key, and gives status and body of the answer.
pub async fn send(
    sandbox: &Sandbox,
    method: Method,
    path: &str,
    body: &Value,
) -> (StatusCode, Value) {
    let sent = request(sandbox, method, path).json(body).send().await;
    json_answer(sent.expect("an answer")).await
}

pub async fn json_answer(response: Response) -> (StatusCode, Value) {
    let media_type = response.headers()[CONTENT_TYPE].to_str().expect("ASCII");
    assert!(media_type.starts_with("application/json"), "{media_type}");
    let status = response.status();
    (status, response.json().await.expect("JSON"))
}

/// What the example becomes by `change`.
pub fn example_after(change: impl FnOnce(&mut State)) -> State {
    let mut state = State::example();
    change(&mut state);
    state
}
