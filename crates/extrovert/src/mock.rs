//! Typed mocks of the API: an extension of [`httpmock::MockServer`] with a method for each operation.
//!
//! A mock matches the request that it describes and no other: values are compared whole, and a path is that of
//! its own operation. What the document does not allow does not compile, neither as a request nor as an answer:
//!
//! ```
//! use httpmock::MockServer;
//! use prospect_delete_extrovert::{Client, Config, Credential, Outcome, RemoveProspect};
//! use prospect_delete_extrovert::{mock::MockServerExt, raw::types};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = MockServer::start_async().await;
//! let campaign = "8d256aa6-9b12-49a7-93ee-bf41634b5b60".parse()?;
//! let asked = types::DeleteRequestDto3 {
//!     prospect_profile_url: "https://www.linkedin.com/in/john-doe".to_owned(),
//!     campaign_id: campaign,
//!     reject_posts: false,
//! };
//! let reply = types::DeleteResponseDto3 {
//!     status: types::DeleteResponseDto3Status::Success,
//!     data: (),
//!     message: "Operation completed successfully".to_owned(),
//! };
//! let mock = server.remove_prospect_from_campaign(|when, then| {
//!     when.body(&asked);
//!     then.ok(&reply);
//! });
//!
//! let config = Config::new().with_base_url(server.base_url().parse()?);
//! let client = Client::new(&Credential::new("key")?, config)?;
//! let request = RemoveProspect::new("https://www.linkedin.com/in/john-doe", campaign)?;
//! let receipt = client.remove_prospect(&request).await?;
//! assert_eq!(receipt.outcome, Outcome::Deleted);
//! mock.assert(); // this request, once
//! # Ok(())
//! # }
//! ```
//!
//! To see what is gone afterwards, and how code fares when things go wrong, use the crate
//! `prospect-delete-sandbox`.

#![allow(missing_docs, clippy::all, clippy::pedantic)]

include!(concat!(env!("OUT_DIR"), "/mock.rs"));
