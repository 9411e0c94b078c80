//! Typed mocks of the API: an extension of [`httpmock::MockServer`] with a method for each operation.
//!
//! A mock matches the request that it describes and no other: values are compared whole, and a path is that of
//! its own operation. What the document does not allow does not compile, neither as a request nor as an answer:
//!
//! ```
//! use httpmock::MockServer;
//! use prospect_delete_nlpearl::{Client, Config, Credential, DeleteLeads, Outcome};
//! use prospect_delete_nlpearl::{mock::MockServerExt, raw::types};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = MockServer::start_async().await;
//! let asked = types::DeleteLeadsRequestApi { lead_ids: vec!["lead".to_owned()] };
//! let mock = server.delete_leads(|when, then| {
//!     when.pearl_id("pearl").body(&asked);
//!     then.ok(&true.into());
//! });
//!
//! let config = Config::new().with_base_url(server.base_url().parse()?);
//! let client = Client::new(&Credential::new("account:secret")?, config)?;
//! let receipt = client.delete_leads(&DeleteLeads::new("pearl", ["lead"])?).await?;
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
