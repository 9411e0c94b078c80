//! From a checked document to the code of a crate.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::{Mutex, PoisonError},
};

use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use progenitor_impl::{GenerationSettings, Generator, HooksMode, InterfaceStyle};
use quote::quote;
use serde_json::Value;

use crate::{Document, Problem, problem::child};

/// Which parts of the code a crate asks for, by its cargo features.
#[derive(Clone, Copy, Debug, Default)]
pub struct Features {
    /// Typed mocks for `httpmock`.
    pub mock: bool,
    /// JSON Schemas on the generated types.
    pub schemars: bool,
}

/// The code made from one document, formatted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Generated {
    /// The client: `types`, `builder`, `Client`, and the constants `BASE_URL` and `AUTHENTICATION`.
    pub client: String,
    /// The mocks, when they were asked for.
    pub mock: Option<String>,
}

pub(crate) fn generate(document: &Document, features: Features) -> Result<Generated, Problem> {
    let spec = document.openapi()?;
    let settings = settings(features);
    let client = tokens(document, &spec, |spec| {
        Generator::new(&settings).generate_tokens(spec)
    })?;
    let constants = constants(document);
    let hooks = hooks();
    let client = format(document, &quote! { #client #constants #hooks })?;
    let mock = features
        .mock
        .then(|| {
            let mock = tokens(document, &spec, |spec| {
                Generator::new(&settings).httpmock(spec, "crate::raw")
            })?;
            format(document, &mock)
        })
        .transpose()?;
    Ok(Generated { client, mock })
}

fn settings(features: Features) -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote! { ::prospect_delete_transport::Session });
    if features.schemars {
        settings.with_derive("::schemars::JsonSchema");
    }
    settings
}

/// Runs the generator and turns its refusal, or its panic, into a problem with a place.
fn tokens(
    document: &Document,
    spec: &OpenAPI,
    run: impl Fn(&OpenAPI) -> progenitor_impl::Result<TokenStream>,
) -> Result<TokenStream, Problem> {
    match guarded(|| run(spec)) {
        Ok(tokens) => Ok(tokens),
        Err(reason) => {
            let pointer = culprit(document, &run);
            Err(document.problem(
                pointer,
                format!("the generator cannot take this ({reason})"),
                "describe it in a simpler way, and add a rule to the checks in build-tools",
            ))
        }
    }
}

/// A last resort behind the checks: the generator's panics carry no place.
fn guarded(
    run: impl FnOnce() -> progenitor_impl::Result<TokenStream>,
) -> Result<TokenStream, String> {
    // The hook belongs to the whole process, so two must not swap it at a time.
    static HOOK: Mutex<()> = Mutex::new(());
    let _hook = HOOK.lock().unwrap_or_else(PoisonError::into_inner);
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let result = panic::catch_unwind(AssertUnwindSafe(run));
    panic::set_hook(hook);
    match result {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(payload) => Err(payload
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string))
            .unwrap_or_else(|| "it panicked".to_owned())),
    }
}

/// The operation or schema without which the generator gets through; the whole where there is none.
fn culprit(
    document: &Document,
    run: &impl Fn(&OpenAPI) -> progenitor_impl::Result<TokenStream>,
) -> String {
    let passes = |value: Value| {
        serde_json::from_value::<OpenAPI>(value).is_ok_and(|spec| guarded(|| run(&spec)).is_ok())
    };
    for parent in ["/paths", "/components/schemas"] {
        let Some(members) = document.value.pointer(parent).and_then(Value::as_object) else {
            continue;
        };
        for name in members.keys() {
            let mut without = document.value.clone();
            if let Some(members) = without.pointer_mut(parent).and_then(Value::as_object_mut) {
                // A schema is emptied, not removed: others may refer to it.
                if parent == "/paths" {
                    members.remove(name);
                } else {
                    members.insert(name.clone(), Value::Object(serde_json::Map::default()));
                }
            }
            if passes(without) {
                return child(parent, name);
            }
        }
    }
    String::new()
}

/// The facts of the document that the hand-written code needs, so that each is stated once.
fn constants(document: &Document) -> TokenStream {
    // Both places were checked.
    let word = |pointer: &str| {
        document
            .value
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let base_url = word("/servers/0/url").trim_end_matches('/');
    let scheme = document
        .value
        .pointer("/components/securitySchemes")
        .and_then(Value::as_object)
        .and_then(|schemes| schemes.values().next())
        .and_then(|scheme| scheme.get("name"))
        .and_then(Value::as_str);
    let authentication = if let Some(name) = scheme {
        let name = name.to_ascii_lowercase();
        quote! { Header(#name) }
    } else {
        quote! { Bearer }
    };
    quote! {
        /// The production server that the document names.
        pub const BASE_URL: &str = #base_url;

        /// How the document says that the key travels.
        pub const AUTHENTICATION: ::prospect_delete_transport::Authentication =
            ::prospect_delete_transport::Authentication::#authentication;
    }
}

/// Hands every request of the generated client to the transport.
fn hooks() -> TokenStream {
    quote! {
        impl From<::prospect_delete_transport::Parts> for Client {
            fn from(parts: ::prospect_delete_transport::Parts) -> Self {
                Self { baseurl: parts.base_url, client: parts.http, inner: parts.session }
            }
        }

        impl ClientHooks<::prospect_delete_transport::Session> for Client {
            async fn pre<E>(
                &self,
                request: &mut reqwest::Request,
                _: &OperationInfo,
            ) -> std::result::Result<(), Error<E>> {
                if self.inner.dress(request) {
                    Ok(())
                } else {
                    // The transport has the request now. This error ends the generated code's part.
                    Err(Error::Custom(String::new()))
                }
            }
        }
    }
}

fn format(document: &Document, tokens: &TokenStream) -> Result<String, Problem> {
    let mut file = syn::parse2(tokens.clone()).map_err(|error| {
        document.problem(
            "",
            format!("the generated code does not parse ({error})"),
            "report it",
        )
    })?;
    replace_path_encoder(&mut file);
    Ok(prettyplease::unparse(&file))
}

/// Puts the transport's path encoder in the place of the generator's.
///
/// The generator's leaves a backslash as it is, and a URL parser reads that as a slash: an id that
/// holds one would address another resource.
fn replace_path_encoder(file: &mut syn::File) {
    let mut replaced = false;
    for item in &mut file.items {
        let syn::Item::Use(item) = item else { continue };
        let syn::UseTree::Path(path) = &mut item.tree else {
            continue;
        };
        let syn::UseTree::Group(group) = path.tree.as_mut() else {
            continue;
        };
        let is_encoder = |tree: &syn::UseTree| matches!(tree, syn::UseTree::Name(name) if name.ident == "encode_path");
        if path.ident == "progenitor_client" && group.items.iter().any(is_encoder) {
            group.items = group
                .items
                .iter()
                .filter(|tree| !is_encoder(tree))
                .cloned()
                .collect();
            replaced = true;
        }
    }
    if replaced {
        file.items.push(syn::parse_quote! {
            #[allow(unused_imports)]
            use ::prospect_delete_transport::encode_path;
        });
    }
}
