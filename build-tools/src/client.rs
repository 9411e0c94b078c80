//! What is put right in the generated client.

use std::collections::BTreeMap;

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{
    Expr, GenericArgument, ImplItem, Item, Pat, PathArguments, ReturnType, Stmt, Type, parse_quote,
};

use crate::{
    operation::{Operation, Place, pascal},
    prepare::{Bodiless, Status},
};

/// Writes what the documents say into the methods that send: lists that are one parameter, and answers
/// without a body beside answers with one.
pub(crate) fn finish(file: &mut syn::File, operations: &[Operation], bodiless: &[Bodiless]) {
    replace_path_encoder(file);
    for item in &mut file.items {
        if let Item::Mod(module) = item
            && module.ident == "types"
            && let Some((_, items)) = &mut module.content
        {
            schemas_of_listed_values(items);
        }
    }
    let mut any_joined = false;
    for operation in operations {
        let joined: Vec<_> = operation
            .parameters
            .iter()
            .filter(|parameter| parameter.place == Place::Query { joined: true })
            .collect();
        let bodiless = bodiless.iter().find(|of| of.operation == operation.id);
        if joined.is_empty() && bodiless.is_none() {
            continue;
        }
        let Some(send) = send(file, &pascal(&operation.id)) else {
            continue;
        };
        // The last is written first, since each stands right behind the request.
        for parameter in joined.into_iter().rev() {
            any_joined = true;
            join(&mut send.block, &parameter.name, &parameter.ident);
        }
        if let Some(bodiless) = bodiless {
            optional_answers(send, bodiless);
        }
    }
    if any_joined {
        file.items.push(append_joined());
    }
}

/// The method that sends, of a builder.
fn send<'a>(file: &'a mut syn::File, builder: &str) -> Option<&'a mut syn::ImplItemFn> {
    let module = file.items.iter_mut().find_map(|item| match item {
        Item::Mod(module) if module.ident == "builder" => module.content.as_mut(),
        _ => None,
    })?;
    module.1.iter_mut().find_map(|item| {
        let Item::Impl(of) = item else { return None };
        let Type::Path(path) = of.self_ty.as_ref() else {
            return None;
        };
        if path.path.segments.last()?.ident != builder {
            return None;
        }
        of.items.iter_mut().find_map(|item| match item {
            ImplItem::Fn(function) if function.sig.ident == "send" => Some(function),
            _ => None,
        })
    })
}

/// Takes one list out of the query as the generator writes it, and appends it as one parameter.
fn join(block: &mut syn::Block, name: &str, ident: &str) {
    let literal = format!("{name:?}");
    let ident = format_ident!("{ident}");
    let found = block
        .stmts
        .iter_mut()
        .enumerate()
        .find_map(|(index, statement)| {
            let Stmt::Local(local) = statement else {
                return None;
            };
            let Pat::Ident(request) = &local.pat else {
                return None;
            };
            let request = request.ident.clone();
            let init = local.init.as_mut()?;
            without_query(&mut init.expr, &literal).then_some((index, request))
        });
    if let Some((index, request)) = found {
        block.stmts.insert(
            index + 1,
            parse_quote! {
                super::append_joined(&mut #request, #name, &#ident)
                    .map_err(Error::InvalidRequest)?;
            },
        );
    }
}

/// Takes `.query(&QueryParam::new("name", …))` out of a chain of calls.
fn without_query(expression: &mut Expr, literal: &str) -> bool {
    match expression {
        Expr::Try(inner) => without_query(&mut inner.expr, literal),
        Expr::MethodCall(call) => {
            let is_it = call.method == "query"
                && call.args.iter().any(|argument| {
                    let Expr::Reference(reference) = argument else {
                        return false;
                    };
                    let Expr::Call(new) = reference.expr.as_ref() else {
                        return false;
                    };
                    matches!(new.args.first(), Some(Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }))
                        if format!("{:?}", text.value()) == literal)
                });
            if is_it {
                *expression = (*call.receiver).clone();
                return true;
            }
            without_query(&mut call.receiver, literal)
        }
        _ => false,
    }
}

fn append_joined() -> Item {
    parse_quote! {
        /// Adds a list to the query as one parameter, its values separated by commas (`explode: false`).
        fn append_joined<T: ::serde::Serialize>(
            request: &mut reqwest::Request,
            name: &str,
            list: &T,
        ) -> ::std::result::Result<(), ::std::string::String> {
            let list = ::serde_json::to_value(list).map_err(|error| error.to_string())?;
            let mut scratch = request.url().clone();
            let mut encoded = |text: &str| {
                scratch.set_query(None);
                scratch.query_pairs_mut().append_pair(text, "");
                scratch.query().unwrap_or_default().trim_end_matches('=').to_owned()
            };
            let name = encoded(name);
            let values: ::std::vec::Vec<::std::string::String> = list
                .as_array()
                .into_iter()
                .flatten()
                .map(|value| match value {
                    ::serde_json::Value::String(text) => encoded(text),
                    other => encoded(&other.to_string()),
                })
                .collect();
            if !values.is_empty() {
                let before = request.url().query().map(|query| format!("{query}&"));
                let query = format!("{}{name}={}", before.unwrap_or_default(), values.join(","));
                request.url_mut().set_query(Some(&query));
            }
            Ok(())
        }
    }
}

/// Makes the answers optional: `None` is one without a body.
fn optional_answers(send: &mut syn::ImplItemFn, bodiless: &Bodiless) {
    let ReturnType::Type(_, output) = &mut send.sig.output else {
        return;
    };
    let mut types: [Type; 2] = [parse_quote! { () }, parse_quote! { () }];
    for (index, made) in [&bodiless.success, &bodiless.failure].iter().enumerate() {
        if !made.is_empty()
            && let Some(answer) = argument(output, index).and_then(|of| argument(of, 0))
        {
            types[index] = answer.clone();
            let inner = &types[index];
            *answer = parse_quote! { ::std::option::Option<#inner> };
        }
    }
    let [found, refused] = types;
    let Some(Stmt::Expr(Expr::Match(answer), _)) = send.block.stmts.last_mut() else {
        return;
    };
    // `response.status().as_u16()`
    let mut response = answer.expr.as_ref();
    while let Expr::MethodCall(call) = response {
        response = &call.receiver;
    }
    let response = response.clone();
    for arm in &mut answer.arms {
        let mut body = arm.body.as_ref();
        while let Expr::Block(block) = body {
            match block.block.stmts.as_slice() {
                [Stmt::Expr(inner, None)] => body = inner,
                _ => break,
            }
        }
        let reads = |body: &Expr| quote! { #body }.to_string().contains("from_response");
        let replacement: Option<Expr> = match body {
            Expr::Await(read) if !bodiless.success.is_empty() && reads(body) => Some(
                parse_quote! { #read.and_then(|value: ResponseValue<#found>| value.map(Some)) },
            ),
            Expr::Call(_) if !bodiless.failure.is_empty() && reads(body) => Some(parse_quote! {
                Err(Error::ErrorResponse(
                    ResponseValue::from_response(#response)
                        .await
                        .and_then(|value: ResponseValue<#refused>| value.map(Some))?
                ))
            }),
            _ => None,
        };
        if let Some(replacement) = replacement {
            *arm.body = replacement;
        }
    }
    let success = quote! { ResponseValue::empty(#response).map(|()| None) };
    let failure = quote! {
        match ResponseValue::empty(#response).map(|()| None) {
            Ok(value) => Err(Error::ErrorResponse(value)),
            Err(error) => Err(error),
        }
    };
    let all = bodiless
        .success
        .iter()
        .map(|status| (status, &success))
        .chain(bodiless.failure.iter().map(|status| (status, &failure)));
    for (status, body) in all {
        match status {
            Status::Code(code) => answer.arms.insert(0, arm(&quote! { #code }, body)),
            // After each single status, before whatever else is open.
            Status::Range(digit) => {
                let (first, last) = (digit * 100, digit * 100 + 99);
                let single = |arm: &syn::Arm| matches!(arm.pat, Pat::Lit(_));
                let place = answer.arms.iter().take_while(|arm| single(arm)).count();
                answer
                    .arms
                    .insert(place, arm(&quote! { #first..=#last }, body));
            }
        }
    }
}

fn arm(pattern: &TokenStream, body: &TokenStream) -> syn::Arm {
    parse_quote! { #pattern => { #body } }
}

/// The generic argument of a type, by its place.
fn argument(of: &mut Type, index: usize) -> Option<&mut Type> {
    let Type::Path(path) = of else { return None };
    let PathArguments::AngleBracketed(arguments) = &mut path.path.segments.last_mut()?.arguments
    else {
        return None;
    };
    match arguments.args.iter_mut().nth(index)? {
        GenericArgument::Type(of) => Some(of),
        _ => None,
    }
}

/// The generator writes JSON Schemas of numbers with listed values for a `schemars` of long ago.
fn schemas_of_listed_values(items: &mut [Item]) {
    let inner: BTreeMap<String, Type> = items
        .iter()
        .filter_map(|item| match item {
            Item::Struct(of) => Some((of.ident.to_string(), of.fields.iter().next()?.ty.clone())),
            _ => None,
        })
        .collect();
    for item in items {
        let Item::Impl(of) = item else { continue };
        let of_schema = of.trait_.as_ref().is_some_and(|(path, _)| {
            path.segments
                .last()
                .is_some_and(|last| last.ident == "JsonSchema")
        });
        let name = of.self_ty.to_token_stream().to_string();
        let Some(inner) = inner.get(&name).filter(|_| of_schema) else {
            continue;
        };
        let json_schema = of.items.iter().find_map(|item| match item {
            ImplItem::Fn(function) if function.sig.ident == "json_schema" => Some(&function.block),
            _ => None,
        });
        let tokens = json_schema.map(ToTokens::to_token_stream);
        let (values, refused) = literals(tokens.unwrap_or_default());
        let values = quote! {
            ::serde_json::Value::Array(::std::vec![
                #(::serde_json::from_str(#values).expect("JSON")),*
            ])
        };
        let (keyword, values) = if refused {
            (
                "not",
                quote! { ::serde_json::Value::Object(::std::iter::once(("enum".to_owned(), #values)).collect()) },
            )
        } else {
            ("enum", values)
        };
        let this = of.self_ty.clone();
        *of = parse_quote! {
            impl ::schemars::JsonSchema for #this {
                fn schema_name() -> ::std::borrow::Cow<'static, str> {
                    #name.into()
                }

                fn json_schema(generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                    let mut schema = <#inner as ::schemars::JsonSchema>::json_schema(generator);
                    schema.insert(#keyword.to_owned(), #values);
                    schema
                }
            }
        };
    }
}

/// The texts in some code, and whether it holds the word `not`.
fn literals(tokens: TokenStream) -> (Vec<String>, bool) {
    let mut texts = Vec::new();
    let mut not = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (inner, inner_not) = literals(group.stream());
                texts.extend(inner);
                not |= inner_not;
            }
            TokenTree::Literal(literal) => {
                if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                    texts.push(text.value());
                }
            }
            TokenTree::Ident(ident) => not |= ident == "not",
            TokenTree::Punct(_) => {}
        }
    }
    (texts, not)
}

/// Puts the transport's path encoder in the place of the generator's.
///
/// The generator's leaves a backslash as it is, and a URL parser reads that as a slash: an id that
/// holds one would address another resource.
fn replace_path_encoder(file: &mut syn::File) {
    let mut replaced = false;
    for item in &mut file.items {
        let Item::Use(item) = item else { continue };
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
        file.items.push(parse_quote! {
            #[allow(unused_imports)]
            use ::prospect_delete_transport::generated::encode_path;
        });
    }
}
