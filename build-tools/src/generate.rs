//! From a checked document to the code of a crate.

use std::{
    fmt::Display,
    panic::{self, AssertUnwindSafe},
    sync::{Mutex, PoisonError},
};

use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use progenitor_impl::{GenerationSettings, Generator, HooksMode, InterfaceStyle};
use quote::quote;
use serde_json::Value;

use crate::{
    Document, Problem, client, mock, names,
    operation::{METHODS, members, operations},
    prepare::{nothing, prepare},
    problem::child,
};

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
    // Says where a document is not OpenAPI, which what is made of it cannot.
    document.openapi()?;
    let (client, mock) = files(&document.value, features).map_err(|refusal| {
        let pointer = culprit(document, features);
        document.problem(pointer, refusal.fault, refusal.remedy)
    })?;
    let (constants, hooks) = (constants(document), hooks());
    let mut client = client;
    let more: syn::File = syn::parse_quote! { #constants #hooks };
    client.items.extend(more.items);
    let mut mock = mock;
    for file in std::iter::once(&mut client).chain(&mut mock) {
        quiet(file);
    }
    Ok(Generated {
        client: prettyplease::unparse(&client),
        mock: mock.as_ref().map(prettyplease::unparse),
    })
}

/// Why no code comes of a document.
struct Refusal {
    fault: String,
    remedy: &'static str,
}

impl Refusal {
    fn generator(reason: impl Display) -> Self {
        // A panic may print a whole tree.
        const ENOUGH: usize = 160;
        let reason = reason.to_string();
        let start: String = reason.chars().take(ENOUGH).collect();
        let rest = if start.len() < reason.len() {
            "…"
        } else {
            ""
        };
        Self {
            fault: format!("the generator cannot take this ({start}{rest})"),
            remedy: "describe it in a simpler way, and add a rule to the checks in build-tools",
        }
    }
}

/// The client and the mocks, with what is put right in them.
fn files(document: &Value, features: Features) -> Result<(syn::File, Option<syn::File>), Refusal> {
    let settings = settings(features);
    let prepared = prepare(document);
    let operations = operations(document);
    let spec = |value: Value| serde_json::from_value::<OpenAPI>(value).map_err(Refusal::generator);
    let file = |tokens: progenitor_impl::Result<TokenStream>| {
        let file = tokens
            .map_err(|error| error.to_string())
            .and_then(|tokens| syn::parse2(tokens).map_err(|error| error.to_string()))
            .map_err(Refusal::generator)?;
        names::unique(&file)
            .map(|()| file)
            .map_err(|fault| Refusal {
                fault,
                remedy: "give one of them another name, or leave it out",
            })
    };
    let spec_of_client = spec(prepared.client)?;
    let mut client = file(guarded(|| {
        Generator::new(&settings).generate_tokens(&spec_of_client)
    })?)?;
    client::finish(&mut client, &operations, &prepared.bodiless);
    if !features.mock {
        return Ok((client, None));
    }
    let spec_of_mock = spec(prepared.mock)?;
    let mut mock = file(guarded(|| {
        Generator::new(&settings).httpmock(&spec_of_mock, "crate::raw")
    })?)?;
    mock::finish(&mut mock, &operations);
    Ok((client, Some(mock)))
}

/// Names and imports are as the generator makes them, which compilers may find odd.
fn quiet(file: &mut syn::File) {
    for item in &mut file.items {
        if let syn::Item::Mod(module) = item {
            module
                .attrs
                .push(syn::parse_quote! { #[allow(nonstandard_style, unused_imports)] });
        }
    }
}

fn settings(features: Features) -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote! { ::prospect_delete_transport::generated::Session });
    if features.schemars {
        settings.with_derive("::schemars::JsonSchema");
    }
    settings
}

/// A last resort behind the checks: the generator's panics carry no place.
fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, Refusal> {
    // The hook belongs to the whole process, so two must not swap it at a time.
    static HOOK: Mutex<()> = Mutex::new(());
    let _hook = HOOK.lock().unwrap_or_else(PoisonError::into_inner);
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let result = panic::catch_unwind(AssertUnwindSafe(run));
    panic::set_hook(hook);
    result.map_err(|payload| {
        Refusal::generator(
            payload
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string))
                .unwrap_or_else(|| "it panicked".to_owned()),
        )
    })
}

/// The smallest part without which code comes of the document; the whole where there is none.
fn culprit(document: &Document, features: Features) -> String {
    let passes = |pointer: &str| files(&without(&document.value, pointer), features).is_ok();
    let mut place = String::new();
    let mut parts: Vec<String> = operations_and_schemas(&document.value);
    while let Some(part) = parts.iter().find(|part| passes(part)) {
        place.clone_from(part);
        parts = parts_of(&document.value, &place);
    }
    place
}

fn operations_and_schemas(document: &Value) -> Vec<String> {
    let operations = members(document, "/paths").flat_map(|(path, item)| {
        let path = child("/paths", path);
        METHODS
            .iter()
            .filter(|method| item.get(method).is_some())
            .map(|method| child(&path, method))
            .collect::<Vec<_>>()
    });
    let schemas = "/components/schemas";
    operations
        .chain(members(document, schemas).map(|(name, _)| child(schemas, name)))
        .collect()
}

/// The parts of an operation or a schema that it could do without.
fn parts_of(document: &Value, pointer: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for list in ["parameters", "enum", "allOf", "oneOf", "anyOf"] {
        let list = child(pointer, list);
        let length = document
            .pointer(&list)
            .and_then(Value::as_array)
            .map_or(0, Vec::len);
        parts.extend((0..length).map(|index| child(&list, &index.to_string())));
    }
    for map in ["properties", "responses"] {
        let map = child(pointer, map);
        parts.extend(members(document, &map).map(|(name, _)| child(&map, name)));
    }
    for one in ["items", "additionalProperties", "schema", "default"] {
        let one = child(pointer, one);
        parts.extend(document.pointer(&one).map(|_| one));
    }
    parts
}

/// The document without one part.
fn without(document: &Value, pointer: &str) -> Value {
    let mut without = document.clone();
    let Some((parent, token)) = pointer.rsplit_once('/') else {
        return without;
    };
    let token = token.replace("~1", "/").replace("~0", "~");
    match without.pointer_mut(parent) {
        Some(Value::Array(values)) => {
            if let Ok(index) = token.parse::<usize>() {
                values.remove(index);
            }
        }
        // Emptied, not removed: others may refer to it, and a parameter needs one.
        Some(Value::Object(of)) if parent.ends_with("/schemas") || token == "schema" => {
            of.insert(token, nothing());
        }
        Some(Value::Object(of)) => {
            of.remove(&token);
            if let Some((schema, "properties")) = parent.rsplit_once('/')
                && let Some(Value::Array(required)) =
                    without.pointer_mut(&child(schema, "required"))
            {
                required.retain(|name| *name != *token);
            }
        }
        _ => {}
    }
    without
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
        impl From<::prospect_delete_transport::generated::Parts> for Client {
            fn from(parts: ::prospect_delete_transport::generated::Parts) -> Self {
                Self { baseurl: parts.base_url, client: parts.http, inner: parts.session }
            }
        }

        impl ClientHooks<::prospect_delete_transport::generated::Session> for Client {
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
