#![doc = include_str!("../README.md")]

/// One provider's OpenAPI document, as checked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Document {
    /// The provider's name, as the rest of the project writes it.
    pub provider: &'static str,
    /// Where the file lies, absolute: what a build script reads and watches.
    pub path: &'static str,
    /// The file's text as it was when this crate was compiled.
    pub text: &'static str,
}

/// Declares the documents by their providers, whose folders have the same names.
macro_rules! documents {
    ($($(#[$doc:meta])* $constant:ident = $provider:literal;)*) => {
        $(
            $(#[$doc])*
            pub const $constant: Document = Document {
                provider: $provider,
                path: concat!(env!("CARGO_MANIFEST_DIR"), "/", $provider, "/openapi.yaml"),
                text: include_str!(concat!("../", $provider, "/openapi.yaml")),
            };
        )*

        /// All documents, in the order in which the project lists providers.
        pub const ALL: [Document; [$($provider),*].len()] = [$($constant),*];
    };
}

documents! {
    /// Extrovert: `delete_selected_prospects` (v2) and `remove_prospect_from_campaign` (v1).
    EXTROVERT = "extrovert";
    /// NLPearl: `delete_leads`.
    NLPEARL = "nlpearl";
    /// Woodpecker: `delete_company_prospects`. Written by hand from the vendor's prose.
    WOODPECKER = "woodpecker";
    /// UnleashX: `delete_audience`. Written by hand from the vendor's prose.
    UNLEASHX = "unleashx";
}
