//! Each provider's crate names all that its signatures mention, so that nobody needs the transport beside it.

#![expect(dead_code, reason = "it is enough that it compiles")]

/// Writes a function of a user's that names everything by one crate.
macro_rules! written_with {
    ($provider:ident) => {
        mod $provider {
            use prospect_delete_core::$provider::{
                self as provider, Answer, Authentication, BaseUrl, Call, Client, Config,
                Credential, Error, ErrorKind, Failure, InvalidInput, Operation, Outcome,
                ParseNameError, Provider, Proxy, Receipt, Response, RetryPolicy, Schedule,
            };

            pub fn config(server: BaseUrl, proxy: Proxy, retry: RetryPolicy) -> Config {
                let change = |client: provider::reqwest::ClientBuilder| client;
                Config::new()
                    .with_base_url(server)
                    .with_proxy(proxy)
                    .with_retry(retry)
                    .with_http_client(change)
            }

            pub fn client(key: &Credential, config: Config) -> Result<Client, InvalidInput> {
                Client::new(key, config)
            }

            pub async fn attempt(client: &Client, call: &Call) -> Result<Receipt, Failure> {
                let _: (&provider::http::Method, &provider::url::Url) = (call.method(), call.url());
                client.attempt(call, 1).await
            }

            pub fn wait(schedule: &mut Schedule, failure: &Failure, call: &Call) -> bool {
                let operation: &'static Operation = call.operation();
                schedule.next(failure, operation.idempotent).is_some()
            }

            pub fn told(error: &Error) -> (Outcome, ErrorKind, Option<&Response>) {
                let _: Option<provider::http::StatusCode> = error.http_status();
                (error.outcome(), error.kind(), error.response())
            }

            pub fn named(text: &str) -> (Option<Outcome>, Option<ErrorKind>) {
                let outcome: Result<Outcome, ParseNameError> = text.parse();
                let kind: Result<ErrorKind, ParseNameError> = text.parse();
                (outcome.ok(), kind.ok())
            }

            #[test]
            fn a_provider_is_described_by_names_of_its_own_crate() {
                let provider: &Provider = &provider::PROVIDER;
                assert_eq!(provider.name, stringify!($provider));
                let key: Authentication = provider.authentication;
                assert_ne!(key, Authentication::Header(""));
                let read: fn(&[u8]) -> Answer = |_| Answer::Foreign;
                assert_eq!(read(b""), Answer::Foreign);
                assert_eq!(named("unknown"), (Some(Outcome::Unknown), None));
                assert_eq!(named("server"), (None, Some(ErrorKind::Server)));
                let id = provider::parse_uuid("id", "8d256aa6-9b12-49a7-93ee-bf41634b5b60");
                let id: Result<provider::uuid::Uuid, InvalidInput> = id;
                assert!(id.is_ok());
            }
        }
    };
}

/// One module for each provider, and a test that none is missing.
macro_rules! written_with_each {
    ($($provider:ident)*) => {
        $(written_with!($provider);)*

        #[test]
        fn every_provider_is_here() {
            for provider in prospect_delete_core::PROVIDERS {
                assert!([$(stringify!($provider)),*].contains(&provider.name), "{}", provider.name);
            }
        }
    };
}

written_with_each!(extrovert nlpearl unleashx woodpecker);
