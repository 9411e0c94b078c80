//! What is put right in the generated mocks: each matches the request that it describes, and no other.
//!
//! The generator writes values into regular expressions as they are, compares lists not at all, and looks
//! at each path without the others. It also has no answer that the document does not list; but servers throttle,
//! fail and take their time all the same.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{FnArg, ImplItem, Item, Type, parse_quote};

use crate::operation::{Operation, Parameter, Place, Segment, pascal};

/// Puts exact comparisons in the place of the generator's, and adds what any server may answer.
pub(crate) fn finish(file: &mut syn::File, operations: &[Operation]) {
    for item in &mut file.items {
        let Item::Mod(module) = item else { continue };
        let Some((_, items)) = &mut module.content else {
            continue;
        };
        for item in items {
            let Item::Impl(of) = item else { continue };
            let Type::Path(name) = of.self_ty.as_ref() else {
                continue;
            };
            let half = |of: &str| {
                operations.iter().find(|operation| {
                    name.path
                        .is_ident(&pascal(&format!("{}-{of}", operation.id)))
                })
            };
            // The inherent methods alone: a trait may be implemented for the same type.
            if of.trait_.is_none() && half("then").is_some() {
                of.items.extend(any_answer());
            }
            let Some(operation) = half("when") else {
                continue;
            };
            for item in &mut of.items {
                if let ImplItem::Fn(function) = item {
                    finish_setter(function, operation, operations);
                }
            }
        }
    }
    file.items.push(exactly());
}

/// Answers that no document has to list.
fn any_answer() -> [ImplItem; 3] {
    [
        parse_quote! {
            /// Too many requests: 429, with how long to wait in `Retry-After`, in whole seconds, rounded up.
            pub fn throttled(self, retry_after: ::std::time::Duration) -> Self {
                let whole = retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0);
                Self(self.0.status(429u16).header("retry-after", whole.to_string()).body(""))
            }
        },
        parse_quote! {
            /// Any status, documented or not, with an empty body.
            pub fn status(self, status: u16) -> Self {
                Self(self.0.status(status).body(""))
            }
        },
        parse_quote! {
            /// Answers only after this time, with whatever else is said.
            pub fn delay(self, time: ::std::time::Duration) -> Self {
                Self(self.0.delay(time))
            }
        },
    ]
}

fn finish_setter(function: &mut syn::ImplItemFn, operation: &Operation, all: &[Operation]) {
    let name = function.sig.ident.to_string();
    if name == "new" {
        function.block = new(operation, all);
        return;
    }
    let Some(parameter) = operation
        .parameters
        .iter()
        .find(|parameter| parameter.ident == name)
    else {
        return;
    };
    // An optional value is given as what can become one.
    let optional = function.sig.inputs.iter().any(|input| {
        matches!(input, FnArg::Typed(typed)
            if matches!(typed.ty.as_ref(), Type::Path(path) if path.path.is_ident("T")))
    });
    function.block = setter(parameter, operation, optional);
}

/// The method, the path, and no parameter that the operation does not have.
fn new(operation: &Operation, all: &[Operation]) -> syn::Block {
    let method = quote::format_ident!("{}", operation.method.to_uppercase());
    let path = template(&operation.path);
    let rivals = all
        .iter()
        .filter(|other| {
            other.method == operation.method
                && other.path.len() == operation.path.len()
                && other.openness() < operation.openness()
        })
        .map(|other| {
            let path = template(&other.path);
            quote! { &[#path] }
        });
    let names = operation
        .parameters
        .iter()
        .filter(|parameter| matches!(parameter.place, Place::Query { .. }))
        .map(|parameter| &parameter.name);
    parse_quote! {{
        Self(inner.method(::httpmock::Method::#method).is_true(|request| {
            super::exactly::path(request, &[#path], &[#(#rivals),*])
                && super::exactly::known(request, &[#(#names),*])
        }))
    }}
}

fn template(path: &[Segment]) -> TokenStream {
    let segments = path.iter().map(|Segment { before, value }| match value {
        None => quote! { (#before, ::std::option::Option::None) },
        Some((_, after)) => quote! { (#before, ::std::option::Option::Some(#after)) },
    });
    quote! { #(#segments),* }
}

fn setter(parameter: &Parameter, operation: &Operation, optional: bool) -> syn::Block {
    let name = &parameter.name;
    let texts = |convert: TokenStream| {
        if optional {
            quote! {
                match value.into() {
                    ::std::option::Option::Some(value) => #convert,
                    ::std::option::Option::None => ::std::vec::Vec::new(),
                }
            }
        } else {
            convert
        }
    };
    match parameter.place {
        Place::Path => {
            let (index, segment) = operation
                .path
                .iter()
                .enumerate()
                .find(|(_, segment)| matches!(&segment.value, Some((of, _)) if of == name))
                .expect("the checks compare template and parameters");
            let before = &segment.before;
            let after = segment.value.as_ref().map(|(_, after)| after);
            parse_quote! {{
                let value = value.to_string();
                Self(self.0.is_true(move |request| {
                    super::exactly::segment(request, #index, #before, &value, #after)
                }))
            }}
        }
        Place::Query { joined } => {
            let values = texts(quote! { super::exactly::texts(&value) });
            let compare = if joined {
                quote! { joined }
            } else {
                quote! { query }
            };
            parse_quote! {{
                let values = #values;
                Self(self.0.is_true(move |request| {
                    super::exactly::#compare(request, #name, &values)
                }))
            }}
        }
        Place::Header => {
            let values = texts(quote! { ::std::vec![value.to_string()] });
            parse_quote! {{
                let values = #values;
                Self(self.0.is_true(move |request| {
                    super::exactly::header(request, #name, &values)
                }))
            }}
        }
    }
}

/// The comparisons, which see what a server sees.
fn exactly() -> Item {
    parse_quote! {
        /// Compares requests with what a mock describes.
        mod exactly {
            #![allow(dead_code)]

            use ::httpmock::HttpMockRequest as Request;

            /// Fixed text; with a second, a value between the two.
            type Segment = (&'static str, Option<&'static str>);

            /// What a percent-encoded text stands for.
            fn decoded(text: &str, plus: u8) -> Vec<u8> {
                let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
                let bytes = text.as_bytes();
                let mut decoded = Vec::new();
                let mut at = 0;
                while let Some(byte) = bytes.get(at) {
                    match (byte, digit(bytes.get(at + 1)), digit(bytes.get(at + 2))) {
                        (b'%', Some(high), Some(low)) => {
                            decoded.push((high * 16 + low) as u8);
                            at += 2;
                        }
                        (b'+', ..) => decoded.push(plus),
                        (byte, ..) => decoded.push(*byte),
                    }
                    at += 1;
                }
                decoded
            }

            fn segments(request: &Request) -> Vec<Vec<u8>> {
                let uri = request.uri();
                uri.path().split('/').skip(1).map(|segment| decoded(segment, b'+')).collect()
            }

            fn fits(segments: &[Vec<u8>], template: &[Segment]) -> bool {
                segments.len() == template.len()
                    && segments.iter().zip(template).all(|(segment, (before, after))| match after {
                        None => *segment == decoded(before, b'+'),
                        Some(after) => {
                            let (before, after) = (decoded(before, b'+'), decoded(after, b'+'));
                            segment.len() > before.len() + after.len()
                                && segment.starts_with(&before)
                                && segment.ends_with(&after)
                        }
                    })
            }

            /// Whether the path is of this operation, and of none that describes it more closely.
            pub fn path(request: &Request, template: &[Segment], closer: &[&[Segment]]) -> bool {
                let segments = segments(request);
                fits(&segments, template) && !closer.iter().any(|other| fits(&segments, other))
            }

            pub fn segment(request: &Request, index: usize, before: &str, value: &str, after: &str) -> bool {
                let whole = [&*decoded(before, b'+'), value.as_bytes(), &*decoded(after, b'+')].concat();
                segments(request).get(index) == Some(&whole)
            }

            /// The parameters of the query, names decoded and values as they are.
            fn pairs(request: &Request) -> Vec<(Vec<u8>, String)> {
                let uri = request.uri();
                uri.query()
                    .unwrap_or_default()
                    .split('&')
                    .filter(|pair| !pair.is_empty())
                    .map(|pair| {
                        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                        (decoded(name, b' '), value.to_owned())
                    })
                    .collect()
            }

            /// Whether the query has no parameter but these.
            pub fn known(request: &Request, names: &[&str]) -> bool {
                pairs(request).iter().all(|(name, _)| names.iter().any(|known| known.as_bytes() == name))
            }

            fn given(request: &Request, name: &str) -> Vec<String> {
                let is_it = |pair: &(Vec<u8>, String)| pair.0 == name.as_bytes();
                pairs(request).into_iter().filter(is_it).map(|(_, value)| value).collect()
            }

            fn same<'a>(given: impl Iterator<Item = &'a str>, values: &[String]) -> bool {
                given.map(|text| decoded(text, b' ')).eq(values.iter().map(|value| value.as_bytes().to_vec()))
            }

            /// Whether a parameter is there once for each value, in their order.
            pub fn query(request: &Request, name: &str, values: &[String]) -> bool {
                same(given(request, name).iter().map(String::as_str), values)
            }

            /// Whether a parameter is there once with all values, separated by commas.
            pub fn joined(request: &Request, name: &str, values: &[String]) -> bool {
                match given(request, name).as_slice() {
                    [] => values.is_empty(),
                    [one] => !values.is_empty() && same(one.split(','), values),
                    _ => false,
                }
            }

            pub fn header(request: &Request, name: &str, values: &[String]) -> bool {
                let is_it = |header: &&(String, String)| header.0.eq_ignore_ascii_case(name);
                request.headers_vec().iter().filter(is_it).map(|(_, value)| value).eq(values)
            }

            /// The texts that a value becomes in a query: one, or one for each of a list.
            pub fn texts<T: ::serde::Serialize>(value: &T) -> Vec<String> {
                fn collect(value: ::serde_json::Value, texts: &mut Vec<String>) {
                    match value {
                        ::serde_json::Value::Null => {}
                        ::serde_json::Value::String(text) => texts.push(text),
                        ::serde_json::Value::Array(values) => {
                            values.into_iter().for_each(|value| collect(value, texts));
                        }
                        other => texts.push(other.to_string()),
                    }
                }
                let mut texts = Vec::new();
                collect(::serde_json::to_value(value).expect("what a query can hold"), &mut texts);
                texts
            }
        }
    }
}
