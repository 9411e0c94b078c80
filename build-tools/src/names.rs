//! Names that the generator makes of a document's words. Two words may become one.

use std::collections::{BTreeMap, BTreeSet};

use quote::ToTokens;
use syn::{Fields, ImplItem, Item, TraitItem};

/// Sees that nothing in the code has the name of something beside it, which no compiler takes.
///
/// # Errors
///
/// What has.
pub(crate) fn unique(file: &syn::File) -> Result<(), String> {
    items(&file.items)
}

fn items(all: &[Item]) -> Result<(), String> {
    let mut types = Names::new("type");
    let mut functions: BTreeMap<String, Names> = BTreeMap::new();
    let mut traits = Names::new("implementation");
    for item in all {
        match item {
            Item::Struct(of) => {
                types.add(&of.ident)?;
                fields(&of.fields)?;
            }
            Item::Enum(of) => {
                types.add(&of.ident)?;
                let mut variants = Names::new("value of an enum");
                for variant in &of.variants {
                    variants.add(&variant.ident)?;
                    fields(&variant.fields)?;
                }
            }
            Item::Trait(of) => {
                types.add(&of.ident)?;
                let mut methods = Names::new("method");
                for item in &of.items {
                    if let TraitItem::Fn(function) = item {
                        methods.add(&function.sig.ident)?;
                    }
                }
            }
            Item::Mod(of) => {
                if let Some((_, inner)) = &of.content {
                    items(inner)?;
                }
            }
            Item::Impl(of) if of.trait_.is_none() => {
                let of_type = of.self_ty.to_token_stream().to_string();
                let methods = functions
                    .entry(of_type)
                    .or_insert_with(|| Names::new("method"));
                for item in &of.items {
                    if let ImplItem::Fn(function) = item {
                        methods.add(&function.sig.ident)?;
                    }
                }
            }
            Item::Impl(of) => {
                let of_trait = of.trait_.as_ref().map(|(path, _)| path.to_token_stream());
                let of_type = of.self_ty.to_token_stream();
                traits.add(&format!("{} for {of_type}", of_trait.unwrap_or_default()))?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn fields(fields: &Fields) -> Result<(), String> {
    let mut names = Names::new("field");
    for field in fields {
        if let Some(name) = &field.ident {
            names.add(name)?;
        }
    }
    Ok(())
}

/// The names of one kind in one place.
struct Names {
    kind: &'static str,
    seen: BTreeSet<String>,
}

impl Names {
    fn new(kind: &'static str) -> Self {
        Self {
            kind,
            seen: BTreeSet::new(),
        }
    }

    fn add(&mut self, name: &impl ToString) -> Result<(), String> {
        let name = name.to_string();
        if self.seen.contains(&name) {
            return Err(format!(
                "this and another become the same {} in Rust, {name:?}",
                self.kind
            ));
        }
        self.seen.insert(name);
        Ok(())
    }
}
