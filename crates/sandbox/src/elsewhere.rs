//! What the providers have besides, as far as it is publicly known, and the sandbox has not.

use http::{Method, StatusCode};

use crate::contract::{is_fixed, same_path};
use crate::operation::Provider;
use crate::refusal;
use crate::reply::Reply;

/// Methods, path, and whose it is.
type Known = (Provider, &'static [Method], &'static str);

use Provider::{Extrovert, Nlpearl, Unleashx, Woodpecker};

const GET: &[Method] = &[Method::GET];
const POST: &[Method] = &[Method::POST];
const PUT: &[Method] = &[Method::PUT];
const DELETE: &[Method] = &[Method::DELETE];

const KNOWN: &[Known] = &[
    (Extrovert, DELETE, "/api/client/v1/workspace/prospects"),
    (Extrovert, GET, "/api/client/v1/prospects"),
    (Extrovert, GET, "/client/v2/campaign"),
    (Extrovert, GET, "/client/v2/prospects"),
    (Extrovert, GET, "/client/v2/prospects/{id}"),
    (Extrovert, GET, "/client/v2/user/team-members"),
    (Extrovert, POST, "/client/v2/prospect-list"),
    (
        Extrovert,
        POST,
        "/client/v2/prospect-list/{id}/add-users-to-list",
    ),
    (Nlpearl, GET, "/{version}/Account"),
    (Nlpearl, GET, "/{version}/Account/PhoneNumbers"),
    (Nlpearl, GET, "/{version}/Account/TextChannels"),
    (Nlpearl, GET, "/{version}/Account/Users"),
    (Nlpearl, GET, "/{version}/Account/Voices"),
    (Nlpearl, POST, "/{version}/Account/AuditLog"),
    (Nlpearl, POST, "/{version}/Account/Blacklist"),
    (Nlpearl, POST, "/{version}/Account/Blacklist/Remove"),
    (Nlpearl, POST, "/{version}/Account/Blacklist/Search"),
    (Nlpearl, DELETE, "/{version}/Call"),
    (Nlpearl, GET, "/{version}/Call/{id}"),
    (Nlpearl, GET, "/{version}/Inbound"),
    (Nlpearl, GET, "/{version}/Inbound/{id}"),
    (Nlpearl, POST, "/{version}/Inbound/{id}/Active"),
    (Nlpearl, POST, "/{version}/Inbound/{id}/Analytics"),
    (Nlpearl, POST, "/{version}/Inbound/{id}/Calls"),
    (Nlpearl, GET, "/{version}/Inbound/{id}/OngoingCalls"),
    (Nlpearl, GET, "/{version}/Outbound"),
    (Nlpearl, GET, "/{version}/Outbound/CallRequest/{id}"),
    (Nlpearl, GET, "/{version}/Outbound/{id}"),
    (Nlpearl, POST, "/{version}/Outbound/{id}/Active"),
    (Nlpearl, POST, "/{version}/Outbound/{id}/Analytics"),
    (Nlpearl, POST, "/{version}/Outbound/{id}/Call"),
    (Nlpearl, POST, "/{version}/Outbound/{id}/CallRequest"),
    (Nlpearl, POST, "/{version}/Outbound/{id}/Calls"),
    (
        Nlpearl,
        &[Method::POST, Method::PUT],
        "/{version}/Outbound/{id}/Lead",
    ),
    (
        Nlpearl,
        &[Method::GET, Method::PUT],
        "/{version}/Outbound/{id}/Lead/{lead}",
    ),
    (
        Nlpearl,
        GET,
        "/{version}/Outbound/{id}/Lead/External/{lead}",
    ),
    (
        Nlpearl,
        GET,
        "/{version}/Outbound/{id}/Lead/PhoneNumber/{number}",
    ),
    (Nlpearl, POST, "/{version}/Outbound/{id}/Leads"),
    (Nlpearl, POST, "/{version}/Outbound/{id}/Leads/Add"),
    (Nlpearl, DELETE, "/{version}/Outbound/{id}/Leads/External"),
    (Nlpearl, DELETE, "/v1/Outbound/{id}/Leads"),
    (Nlpearl, &[Method::GET, Method::POST], "/{version}/Pearl"),
    (Nlpearl, GET, "/{version}/Pearl/Credential/{id}"),
    (Nlpearl, POST, "/{version}/Pearl/Text"),
    (Nlpearl, PUT, "/{version}/Pearl/Text/{id}"),
    (Nlpearl, POST, "/{version}/Pearl/Voice"),
    (Nlpearl, PUT, "/{version}/Pearl/Voice/{id}"),
    (
        Nlpearl,
        &[Method::GET, Method::PUT],
        "/{version}/Pearl/{id}",
    ),
    (Nlpearl, PUT, "/{version}/Pearl/{id}/Active"),
    (Nlpearl, POST, "/{version}/Pearl/{id}/Analytics"),
    (Nlpearl, POST, "/{version}/Pearl/{id}/Calls"),
    (Nlpearl, POST, "/{version}/Pearl/{id}/Calls/Bulk"),
    (Nlpearl, PUT, "/{version}/Pearl/{id}/Memory/{number}/Reset"),
    (Nlpearl, GET, "/{version}/Pearl/{id}/OngoingCalls"),
    (Nlpearl, PUT, "/{version}/Pearl/{id}/ResetMemory"),
    (Nlpearl, GET, "/{version}/Pearl/{id}/Settings"),
    (Nlpearl, PUT, "/{version}/Pearl/{id}/Settings/Inbound"),
    (Nlpearl, PUT, "/{version}/Pearl/{id}/Settings/Outbound"),
    (
        Woodpecker,
        &[Method::GET, Method::DELETE],
        "/rest/v1/prospects",
    ),
    (Woodpecker, POST, "/rest/v1/stop_followups"),
    (
        Woodpecker,
        &[Method::GET, Method::POST],
        "/rest/v2/agency/blacklist/emails",
    ),
    (Woodpecker, POST, "/rest/v2/agency/blacklist/domains"),
    (Woodpecker, GET, "/rest/v2/agency/companies"),
    (
        Woodpecker,
        &[Method::GET, Method::POST, Method::DELETE],
        "/rest/v2/blacklist/emails",
    ),
    (
        Woodpecker,
        &[Method::GET, Method::POST, Method::DELETE],
        "/rest/v2/blacklist/domains",
    ),
    (Unleashx, GET, "/api/v1/global/audience-list"),
    (Unleashx, GET, "/api/v1/global/campaign-audience-stats"),
    (Unleashx, POST, "/api/v1/global/update-campaign"),
    (Unleashx, POST, "/api/v1/global/verify"),
];

/// The answer to a request that a provider would know what to do with.
pub(crate) fn answer(method: &Method, path: &str) -> Option<Reply> {
    // `/client/v2/prospects/delete-selected` names no prospect.
    let fixed = is_fixed(path);
    let (provider, _, _) = KNOWN.iter().find(|(provider, methods, known)| {
        // NLPearl has the same under both versions, one renamed parameter aside.
        let of_version =
            *provider != Nlpearl || path.starts_with("/v1/") || path.starts_with("/v2/");
        let same = *known == path || !fixed && same_path(known, path);
        of_version && methods.contains(method) && same
    })?;
    let detail = format!(
        "The sandbox does not have this, though {} does: {method} {path}",
        provider.name()
    );
    Some(refusal::refuse(
        *provider,
        StatusCode::NOT_IMPLEMENTED,
        &detail,
    ))
}
