//! What an answer's body says against its status: a success that is denied, a refusal that counts deletions.
//!
//! Both are rules of this project, so no library has them. The body is looked at by [`json`](crate::json) rather than
//! by `serde_json`, which takes the last of two fields of one name, and stops at a number that fits no type and at
//! 128 levels: a denial behind them would not be heard.

use crate::json::{Look, Path, leading_number, walk, words};

/// Whether a body denies that what was asked is done, whatever else it says.
///
/// It does so at the top, in `data`, in each entry of a `data` that is a list, and in Woodpecker's `status`
/// object:
///
/// - `success`, `ok`, `isSuccess` (and `succeeded`, `successful`): false, or 0, or a text that begins with
///   false, no, err or fail;
/// - `error`, `errors`, `failed` (and `failure`, `hasErrors`, `errorMessage`, `failedCount` and the like): other
///   than null, false, 0, "", [] and {};
/// - `status`, `statusCode`, `code`: 400 or above, or below 0, or a text that begins with such a number, with err
///   or fail, or with `E_` (Woodpecker's codes);
/// - an id or a count that is negative.
///
/// Names are compared without case and punctuation, and a number counts as a text as well.
pub(crate) fn denies_success(body: &[u8]) -> bool {
    let mut denies = false;
    walk(body, |path, look| {
        denies = denies || field(path).is_some_and(|name| field_denies(name, look));
    });
    denies
}

/// The field at a place where an answer speaks of the whole request.
fn field(path: &Path) -> Option<&str> {
    let within = |name: &Option<String>, names: &[&str]| {
        name.as_deref()
            .is_some_and(|name| names.contains(&plain(name).as_str()))
    };
    match path {
        [Some(name)] => Some(name),
        [outer, Some(name)] if within(outer, &["data", "status"]) => Some(name),
        [outer, None, Some(name)] if within(outer, &["data"]) => Some(name),
        _ => None,
    }
}

fn field_denies(name: &str, look: &Look<'_>) -> bool {
    match plain(name).as_str() {
        "success" | "ok" | "issuccess" | "isok" | "succeeded" | "successful" | "issuccessful" => {
            match look {
                Look::Bool(yes) => !yes,
                Look::Number(number) => number.parse() == Ok(0.0),
                Look::Text(text) => {
                    leading_number(text) == Some(0.0)
                        || begins_with(text, &["false", "no", "err", "fail"])
                }
                _ => false,
            }
        }
        "error" | "errors" | "failed" | "failure" | "failures" | "iserror" | "haserror"
        | "haserrors" | "isfailed" | "errormessage" | "errormessages" | "errorcount"
        | "errorscount" | "failedcount" | "failurecount" | "numfailed" | "failedids" => {
            match look {
                Look::Null | Look::Bool(false) => false,
                Look::Bool(true) => true,
                Look::Number(number) => number.parse() != Ok(0.0),
                Look::Text(text) => {
                    let text = text.trim();
                    !(text.is_empty() || text.parse() == Ok(0.0) || text == "false")
                }
                Look::List { empty } | Look::Object { empty } => !empty,
            }
        }
        "status" | "statuscode" | "code" | "httpstatus" | "httpcode" | "httpstatuscode" => {
            let bad = |number: f64| !(0.0..400.0).contains(&number);
            match look {
                Look::Number(number) => number.parse().is_ok_and(bad),
                Look::Text(text) => {
                    begins_with(text, &["err", "fail", "e_"])
                        || leading_number(text).is_some_and(bad)
                }
                _ => false,
            }
        }
        _ => {
            let counts = words(name).last().is_some_and(|word| {
                ["id", "ids", "count", "counts", "total"].contains(&word.as_str())
            }) || counts_deletions(name);
            counts && number(look).is_some_and(|number| number < 0.0)
        }
    }
}

/// Whether a body counts something as deleted: more than none under a name such as `deleted`, `deletedCount`,
/// `numRemoved`, `affectedRows` or `succeeded`, at whatever depth, or a list of what was deleted.
///
/// Of a body that broke off, what came is looked at.
pub(crate) fn counts_any_deletion(body: &[u8]) -> bool {
    let mut counts = false;
    walk(body, |path, look| {
        counts = counts || is_count_of_deletions(path, look);
    });
    counts
}

fn is_count_of_deletions(path: &Path, look: &Look<'_>) -> bool {
    let mut fields = path.iter().rev().flatten();
    let Some(field) = fields.next() else {
        return false;
    };
    // `{"deleted":{"leads":2}}` counts, and `{"deleted":{"requested":2}}` does not.
    let within = |speaks: fn(&str) -> bool| {
        speaks(field) || !is_of_others(field) && fields.clone().any(|outer| speaks(outer))
    };
    match look {
        Look::Bool(yes) => *yes && speaks_of_deletions(field),
        Look::List { empty } => !empty && within(speaks_of_deletions),
        Look::Number(_) | Look::Text(_) => {
            number(look).is_some_and(|number| number > 0.0) && within(counts_deletions)
                || speaks_of_deletions(field)
                    && matches!(look, Look::Text(text) if begins_with(text, &["true", "yes"]))
        }
        _ => false,
    }
}

/// Whether a number in a field of this name counts what was deleted.
fn counts_deletions(field: &str) -> bool {
    speaks_of_deletions(field)
        || words(field).iter().any(|word| is_effect(word)) && !is_of_others(field)
}

/// Whether a field of this name tells what was deleted, and not when or by whom.
fn speaks_of_deletions(field: &str) -> bool {
    let words = words(field);
    let is_detail = |word: &String| {
        [
            "at",
            "on",
            "by",
            "date",
            "time",
            "since",
            "reason",
            "deletedat",
            "deletedon",
            "deletedby",
            "removedat",
            "removedby",
        ]
        .contains(&word.as_str())
    };
    words.iter().any(|word| is_deletion(word))
        && !words.last().is_some_and(is_detail)
        && !is_of_others(field)
}

fn is_deletion(word: &str) -> bool {
    [
        "deleted",
        "deletion",
        "removed",
        "removal",
        "erased",
        "erasure",
        "purged",
        "destroyed",
    ]
    .iter()
    .any(|stem| word.contains(stem))
        && !["un", "not", "non"]
            .iter()
            .any(|prefix| word.starts_with(prefix))
}

/// Words that speak of an effect without saying which; in an answer to a deletion it is that.
fn is_effect(word: &str) -> bool {
    [
        "affected",
        "succeeded",
        "successful",
        "success",
        "successes",
    ]
    .contains(&word)
        || word.starts_with("affected")
        || word.starts_with("success") && word.ends_with("count")
}

/// Whether a name speaks of those that were not deleted.
fn is_of_others(name: &str) -> bool {
    words(name).iter().any(|word| {
        [
            "not",
            "non",
            "un",
            "failed",
            "failure",
            "failures",
            "failing",
            "error",
            "errors",
            "skipped",
            "remaining",
            "pending",
            "requested",
            "be",
            "to",
            "can",
            "cannot",
            "max",
            "limit",
            "code",
            "status",
            "request",
        ]
        .contains(&word.as_str())
    })
}

fn number(look: &Look<'_>) -> Option<f64> {
    match look {
        Look::Number(number) => number.parse().ok(),
        Look::Text(text) => leading_number(text),
        _ => None,
    }
}

fn begins_with(text: &str, beginnings: &[&str]) -> bool {
    let text = text.trim_start().to_ascii_lowercase();
    beginnings
        .iter()
        .any(|beginning| text.starts_with(beginning))
}

/// A name without case and punctuation.
fn plain(name: &str) -> String {
    words(name).concat()
}

/// Whether a body says that there were too many requests, by this code of the provider's: as a text of its own
/// that is or begins with the code, wherever in a JSON body, or at the beginning of one that is none.
pub(crate) fn says_code(body: &[u8], code: &str) -> bool {
    let is_code = |text: &str| {
        text.trim_start().strip_prefix(code).is_some_and(|behind| {
            !behind.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        })
    };
    let mut said = false;
    walk(body, |_, look| {
        said = said || matches!(look, Look::Text(text) if is_code(text));
    });
    said || is_code(&String::from_utf8_lossy(
        &body[..body.len().min(code.len() + 64)],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_is_found_in_every_form() {
        for body in [
            r#"{"success":false}"#,
            r#"{"Success":false}"#,
            r#"{"is_success":false}"#,
            r#"{"isSuccess":"false"}"#,
            r#"{"ok":0}"#,
            r#"{"data":{"ok":false}}"#,
            r#"{"data":[{"success":true},{"success":false}]}"#,
            r#"{"error":"no"}"#,
            r#"{"error":{"code":1}}"#,
            r#"{"errors":["x"]}"#,
            r#"{"errors":[null]}"#,
            r#"{"data":{"errors":{"a":1}}}"#,
            r#"{"failed":1}"#,
            r#"{"failed":"2"}"#,
            r#"{"failed":true}"#,
            r#"{"failedCount":1}"#,
            r#"{"hasErrors":true}"#,
            r#"{"status":400}"#,
            r#"{"status":"500"}"#,
            r#"{"status":1e999}"#,
            r#"{"x":1e999,"success":false}"#,
            r#"{"STATUS":"Error"}"#,
            r#"{"statusCode":"500 Internal Server Error"}"#,
            r#"{"status_code":422}"#,
            r#"{"code":"ERR_X"}"#,
            r#"{"code":"Failure"}"#,
            r#"{"status":{"status":"ERROR","code":"E_SESSION"}}"#,
            r#"{"status":"success","status":"failed"}"#,
            r#"{"deletion_request_id":-1,"count":1}"#,
            r#"{"id":"-7"}"#,
            r#"{"data":{"deletedCount":-3}}"#,
            r#"{"count":-0.5}"#,
        ] {
            assert!(denies_success(body.as_bytes()), "{body}");
        }
    }

    #[test]
    fn what_surrounds_a_success_denies_nothing() {
        for body in [
            "true",
            "",
            "[false]",
            r#"{"status":"success","data":null,"message":"error-free"}"#,
            r#"{"success":true,"error":null,"errors":[],"failed":0,"ok":"true"}"#,
            r#"{"error":"","errors":{},"failed":false,"failedCount":"0"}"#,
            r#"{"status":200,"statusCode":"201","code":0}"#,
            r#"{"code":"OK","data":{"status":"done","code":"200"}}"#,
            r#"{"data":{"prospect":{"status":"error","success":false}}}"#,
            r#"{"id":5,"count":0,"latitude":-3.5,"balance":-4}"#,
            r#"{"warnings":["x"],"new":{"error":"y"},"errorRate":0.5}"#,
        ] {
            assert!(!denies_success(body.as_bytes()), "{body}");
        }
    }

    #[test]
    fn deletions_are_counted_under_every_name() {
        for body in [
            r#"{"deleted":1}"#,
            r#"{"deleted":"2"}"#,
            r#"{"deleted":["a"]}"#,
            r#"{"deleted":true}"#,
            r#"{"deletedCount":3}"#,
            r#"{"deleted_count":3}"#,
            r#"{"DeletedCount":3}"#,
            r#"{"deletedcount":3}"#,
            r#"{"numDeleted":1}"#,
            r#"{"data":{"result":{"removed":1}}}"#,
            r#"{"removedCount":1}"#,
            r#"{"records_removed":1.0}"#,
            r#"{"results":[{"id":"a","deleted":false},{"id":"b","deleted":true}]}"#,
            r#"{"deleted":{"leads":2}}"#,
            r#"{"deletedIds":["a"]}"#,
            r#"{"affectedRows":2}"#,
            r#"{"successCount":2,"failedCount":1}"#,
            r#"{"succeeded":2}"#,
            r#"{"totalDeletions":2}"#,
            r#"{"message":"x","deleted":7,"cut":"he"#,
        ] {
            assert!(counts_any_deletion(body.as_bytes()), "{body}");
        }
        for body in [
            "",
            "deleted: 3",
            r#"{"deleted":0}"#,
            r#"{"deleted":"0"}"#,
            r#"{"deleted":[]}"#,
            r#"{"deleted":false}"#,
            r#"{"deleted":null}"#,
            r#"{"deleted":-1}"#,
            r#"{"notDeleted":3}"#,
            r#"{"not_deleted":["a"]}"#,
            r#"{"undeleted":3}"#,
            r#"{"deletedAt":1784111777}"#,
            r#"{"deleted_at":"2026-07-15"}"#,
            r#"{"toBeDeleted":3}"#,
            r#"{"failedDeletions":3}"#,
            r#"{"deleted":{"count":0,"requested":2}}"#,
            r#"{"success":false}"#,
            r#"{"success":true}"#,
            r#"{"status":404,"count":3,"message":"2 deleted"}"#,
            r#"{"affectedFields":["leadIds"]}"#,
            r#"{"deletion_request_id":77}"#,
        ] {
            assert!(!counts_any_deletion(body.as_bytes()), "{body}");
        }
    }

    #[test]
    fn a_code_is_said_by_a_text_of_its_own() {
        let code = "E_TOO_MANY_REQUESTS";
        for body in [
            r#"{"status":{"status":"ERROR","code":"E_TOO_MANY_REQUESTS","msg":"x"}}"#,
            r#"{"title":"E_TOO_MANY_REQUESTS"}"#,
            r#"{"detail":"E_TOO_MANY_REQUESTS: slow down"}"#,
            r#"{"errors":[{"code":"E_TOO_MANY_REQUESTS"}]}"#,
            r#"{"code":"E_TOO_MANY_REQUESTS","msg":"cut he"#,
            "E_TOO_MANY_REQUESTS",
        ] {
            assert!(says_code(body.as_bytes(), code), "{body}");
        }
        for body in [
            "",
            r#"{"code":"E_TOO_MANY_REQUESTS_TODAY"}"#,
            r#"{"code":"E_SESSION"}"#,
            r#"{"detail":"one of E_SESSION, E_TOO_MANY_REQUESTS"}"#,
            r#"{"E_TOO_MANY_REQUESTS":1}"#,
        ] {
            assert!(!says_code(body.as_bytes(), code), "{body}");
        }
    }
}
