use prospect_delete_nlpearl::{
    Config, Credential, DeleteLeads, Outcome,
    raw::{self, types::DeleteLeadsRequestApi},
};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONNECTION, HeaderMap, HeaderValue, USER_AGENT};
use serde::Serialize;

use crate::{LEAD_ID, PEARL_ID};

const KEY: &str = "bench-account:bench-secret";

/// The request written by hand. What does not change is made once, and nothing is guarded: no time-out,
/// no retries, no check of the ids.
#[derive(Debug)]
pub struct Bare {
    http: reqwest::Client,
    base_url: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    lead_ids: &'a [&'a str],
}

impl Bare {
    /// Connects nothing yet.
    ///
    /// # Panics
    ///
    /// When TLS cannot be set up.
    #[must_use]
    pub fn new(base_url: &str) -> Self {
        Self::with(base_url, true)
    }

    /// The same with a connection for each request.
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    #[must_use]
    pub fn closing(base_url: &str) -> Self {
        Self::with(base_url, false)
    }

    fn with(base_url: &str, shared: bool) -> Self {
        let mut key = HeaderValue::from_str(&format!("Bearer {KEY}")).expect("a key");
        key.set_sensitive(true);
        let mut headers = HeaderMap::from_iter([
            (ACCEPT, HeaderValue::from_static("application/json")),
            (AUTHORIZATION, key),
            (
                USER_AGENT,
                HeaderValue::from_static("prospect-delete/0.1.0"),
            ),
        ]);
        let mut builder = reqwest::Client::builder();
        if !shared {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
            builder = builder.pool_max_idle_per_host(0);
        }
        let http = builder
            .default_headers(headers)
            .no_proxy()
            .build()
            .expect("a client");
        Self {
            http,
            base_url: base_url.to_owned(),
        }
    }

    /// Deletes the lead.
    ///
    /// # Panics
    ///
    /// When the answer is not `true`.
    pub async fn delete(&self) {
        self.delete_leads(&[LEAD_ID]).await;
    }

    /// Deletes leads.
    ///
    /// # Panics
    ///
    /// When the answer is not `true`.
    pub async fn delete_leads(&self, lead_ids: &[&str]) {
        let body = Body { lead_ids };
        let deleted: bool = self
            .http
            .delete(format!("{}/v2/Outbound/{PEARL_ID}/Leads", self.base_url))
            .json(&body)
            .send()
            .await
            .and_then(reqwest::Response::error_for_status)
            .expect("an answer")
            .json()
            .await
            .expect("a boolean");
        assert!(deleted);
    }
}

/// The client that this project offers.
#[derive(Debug)]
pub struct Client(prospect_delete_nlpearl::Client);

impl Client {
    /// Connects nothing yet.
    ///
    /// # Panics
    ///
    /// When TLS cannot be set up.
    #[must_use]
    pub fn new(base_url: &str) -> Self {
        Self::with(base_url, false)
    }

    /// The same with a connection that requests share.
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    #[must_use]
    pub fn sharing(base_url: &str) -> Self {
        Self::with(base_url, true)
    }

    fn with(base_url: &str, shared: bool) -> Self {
        let credential = Credential::new(KEY).expect("a key");
        let config = Config::new()
            .with_base_url(base_url.parse().expect("an address"))
            .with_reuse_connections(shared);
        Self(prospect_delete_nlpearl::Client::new(&credential, config).expect("a client"))
    }

    /// Deletes the lead.
    ///
    /// # Panics
    ///
    /// When the deletion is not confirmed.
    pub async fn delete(&self) {
        let request = DeleteLeads::new(PEARL_ID, [LEAD_ID]).expect("good ids");
        let receipt = self.0.delete_leads(&request).await.expect("a receipt");
        assert_eq!(receipt.outcome, Outcome::Deleted);
    }
}

/// The client as the generator writes it, with the same HTTP client below it as [`Client`].
#[derive(Debug)]
pub struct Raw(raw::Client);

impl Raw {
    /// Connects nothing yet.
    ///
    /// # Panics
    ///
    /// As [`Client::new`].
    #[must_use]
    pub fn new(base_url: &str) -> Self {
        Self(Client::new(base_url).0.raw())
    }

    /// Deletes the lead.
    ///
    /// # Panics
    ///
    /// When the answer is not `true`.
    pub async fn delete(&self) {
        let body = DeleteLeadsRequestApi {
            lead_ids: vec![LEAD_ID.to_owned()],
        };
        let answer = self
            .0
            .delete_leads()
            .pearl_id(PEARL_ID)
            .body(body)
            .send()
            .await
            .expect("an answer");
        assert!(answer.into_inner().0);
    }
}
