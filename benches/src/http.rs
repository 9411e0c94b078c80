//! As much of HTTP as the servers need to tell one request from the next.

/// A request that has arrived whole.
#[derive(Debug)]
pub struct Arrived<'a> {
    /// The path, with its query.
    pub path: &'a str,
    /// Its bytes in all.
    pub length: usize,
}

/// The request at the start of `bytes`, once all of it is there.
///
/// # Panics
///
/// When it is not HTTP.
#[must_use]
pub fn arrived(bytes: &[u8]) -> Option<Arrived<'_>> {
    let end = bytes.windows(4).position(|end| end == b"\r\n\r\n")?;
    let head = str::from_utf8(&bytes[..end]).expect("a head of text");
    let (request, fields) = head.split_once("\r\n").unwrap_or((head, ""));
    let body = fields
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| {
            value.trim().parse().expect("the length of a body")
        });
    let length = end + 4 + body;
    (bytes.len() >= length).then(|| Arrived {
        path: request.split(' ').nth(1).expect("a path"),
        length,
    })
}
