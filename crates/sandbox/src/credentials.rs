use serde::{Deserialize, Serialize};

/// The one key for each provider that a sandbox accepts.
///
/// They open nothing but the sandbox, so they may be printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// What `X-API-Key` must hold.
    pub extrovert: String,
    /// What must follow `Authorization: Bearer`: account id and secret, joined by a colon.
    pub nlpearl: String,
    /// What `x-api-key` must hold.
    pub woodpecker: String,
    /// What `token` must hold.
    pub unleashx: String,
}

impl Credentials {
    pub(crate) fn each(&self) -> [&str; 4] {
        [
            &self.extrovert,
            &self.nlpearl,
            &self.woodpecker,
            &self.unleashx,
        ]
    }
}

impl Default for Credentials {
    fn default() -> Self {
        Self {
            extrovert: "sandbox-extrovert-key".to_owned(),
            nlpearl: "sandbox-account:sandbox-nlpearl-secret".to_owned(),
            woodpecker: "sandbox-woodpecker-key".to_owned(),
            unleashx: "sandbox-unleashx-token".to_owned(),
        }
    }
}
