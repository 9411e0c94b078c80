use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but RFC 3986's unreserved characters.
const NOT_UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Writes a value as one path segment.
///
/// Stricter than a URL parser asks for: what such a parser would read as a separator (`/`, and `\` in
/// http addresses) or drop (tab and line breaks) never stands for itself. The two values that cannot
/// be written so, `.` and `..`, are refused by [`check_path_segment`](crate::check_path_segment).
#[must_use]
pub fn encode_path(value: &str) -> Cow<'_, str> {
    utf8_percent_encode(value, NOT_UNRESERVED).into()
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;
    use url::Url;

    use super::*;

    #[test]
    fn every_accepted_id_is_one_segment_that_decodes_to_itself() {
        let ids = [
            "a", "a/b", "a\\b", "a?b", "a#b", "a%2fb", "%2e%2e", "...", "a b", "ü", "a;b=c", "@",
            ":", "\t",
        ];
        for id in ids {
            let url = Url::parse(&format!(
                "https://host/v2/Outbound/{}/Leads",
                encode_path(id)
            ))
            .unwrap();
            let segments: Vec<_> = url.path_segments().unwrap().collect();
            assert_eq!(segments.len(), 4, "{id:?} became {url}");
            assert_eq!(percent_decode_str(segments[2]).decode_utf8().unwrap(), id);
            assert_eq!((url.query(), url.fragment()), (None, None), "{id:?}");
        }
    }
}
