//! The answer to what the providers have besides, as far as it is publicly known, and the sandbox has not.

use http::{Method, StatusCode};

use crate::contract::{is_fixed, same_path};
use crate::registry::Provider;
use crate::reply::Reply;

/// The answer to a request that a provider would know what to do with.
pub(crate) fn answer(method: &Method, path: &str) -> Option<Reply> {
    // `/client/v2/prospects/delete-selected` names no prospect.
    let fixed = is_fixed(path);
    let provider = Provider::ALL.into_iter().find(|provider| {
        let mut known = provider.elsewhere(path).iter();
        known.any(|(methods, known)| {
            methods.contains(method) && (*known == path || !fixed && same_path(known, path))
        })
    })?;
    let detail = format!(
        "The sandbox does not have this, though {} does: {method} {path}",
        provider.name()
    );
    Some(provider.refuse(StatusCode::NOT_IMPLEMENTED, &detail))
}
