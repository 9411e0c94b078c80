//! Typed mocks of the API: an extension of [`httpmock::MockServer`] with a method for each operation.
//!
//! A mock matches the request that it describes and no other: values are compared whole, and a path is that of
//! its own operation. What the document does not allow does not compile, neither as a request nor as an answer:
//!
//! ```
//! use httpmock::MockServer;
//! use prospect_delete_woodpecker::{Client, Config, Credential, DeleteCompanyProspects, Outcome};
//! use prospect_delete_woodpecker::{mock::MockServerExt, raw::types};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = MockServer::start_async().await;
//! let asked = types::DeleteProspectsRequest { type_: types::ProspectType::All };
//! let taken = types::DeletionAccepted { deletion_request_id: 7, count: 4 };
//! let mock = server.delete_company_prospects(|when, then| {
//!     when.company_id(123.try_into().expect("not 0")).body(&asked);
//!     then.accepted(&taken);
//! });
//!
//! let config = Config::new().with_base_url(server.base_url().parse()?);
//! let client = Client::new(&Credential::new("key")?, config)?;
//! let receipt = client.delete_company_prospects(&DeleteCompanyProspects::all(123)?).await?;
//! assert_eq!(receipt.outcome, Outcome::Accepted);
//! assert_eq!(receipt.request_id.as_deref(), Some("7"));
//! mock.assert(); // this request, once
//! # Ok(())
//! # }
//! ```
//!
//! To see what is gone afterwards, and how code fares when things go wrong, use the crate
//! `prospect-delete-sandbox`.

#![allow(missing_docs, clippy::all, clippy::pedantic)]

include!(concat!(env!("OUT_DIR"), "/mock.rs"));
