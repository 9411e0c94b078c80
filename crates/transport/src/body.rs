//! Reads an answer's body: never more than the limit, and never past the attempt's time.
//!
//! The HTTP client's decompression has no limit and hides which coding a body came in, and `http-body-util`'s `Limited`
//! drops the piece that exceeds the limit. Here the beginning of a body is evidence, both sides are limited, and how
//! it ended decides the outcome. Decompression itself is `flate2`'s.

use std::{io::Read, time::Duration};

use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use http::{HeaderMap, header};
use tokio::time::{Instant, timeout_at};

/// The most that is read of a body, before and after decompression. The documented answers of all
/// providers have less than 1 KiB.
pub(crate) const LIMIT: usize = 1024 * 1024;

/// What came of a body.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) bytes: Bytes,
    pub(crate) end: End,
    /// The codings that it is in, where they are none that can be undone. `bytes` is empty then.
    pub(crate) coding: Option<String>,
}

/// How a body ended.
#[derive(Debug)]
pub(crate) enum End {
    /// As the protocol says that it ends.
    Complete,
    /// Before that; `bytes` has what came.
    BrokeOff(reqwest::Error),
    /// It did not end within the attempt's time; `bytes` has what came.
    TimedOut(Duration),
    /// It has more than [`LIMIT`]; `bytes` has that much.
    TooLarge,
    /// It is compressed, and cannot be decompressed; `bytes` has what could.
    Corrupt(std::io::Error),
}

impl Body {
    pub(crate) async fn read(
        mut response: reqwest::Response,
        headers: &HeaderMap,
        deadline: Instant,
        timeout: Duration,
    ) -> Self {
        let mut chunks = Chunks::default();
        let end = loop {
            match timeout_at(deadline, response.chunk()).await {
                Ok(Ok(Some(chunk))) => {
                    if !chunks.add(chunk) {
                        break End::TooLarge;
                    }
                }
                Ok(Ok(None)) => break End::Complete,
                Ok(Err(error)) => break End::BrokeOff(error.without_url()),
                Err(_) => break End::TimedOut(timeout),
            }
        };
        let bytes = chunks.join();
        match Coding::of(headers) {
            Coding::None => Self {
                bytes,
                end,
                coding: None,
            },
            Coding::Gzip => Self::unpack(&bytes, end),
            Coding::Foreign(coding) => Self {
                bytes: Bytes::new(),
                end,
                coding: Some(coding),
            },
        }
    }

    /// Every request asks for no compression, but a proxy may compress all the same.
    fn unpack(packed: &[u8], end: End) -> Self {
        let mut bytes = Vec::new();
        let mut reader = MultiGzDecoder::new(packed).take(LIMIT as u64 + 1);
        let unpacked = reader.read_to_end(&mut bytes);
        let end = match (end, unpacked) {
            _ if bytes.len() > LIMIT => End::TooLarge,
            (End::Complete, Err(error)) => End::Corrupt(error),
            (end, _) => end,
        };
        bytes.truncate(LIMIT);
        Self {
            bytes: bytes.into(),
            end,
            coding: None,
        }
    }
}

/// What came of a body so far, at most [`LIMIT`]. A body in one chunk, as the documented ones are, is not
/// copied.
#[derive(Default)]
struct Chunks {
    first: Bytes,
    rest: BytesMut,
}

impl Chunks {
    /// Whether the chunk was within the limit.
    fn add(&mut self, mut chunk: Bytes) -> bool {
        let room = LIMIT - self.first.len() - self.rest.len();
        let fits = chunk.len() <= room;
        chunk.truncate(room);
        if self.first.is_empty() {
            self.first = chunk;
        } else {
            self.rest.extend_from_slice(&chunk);
        }
        fits
    }

    fn join(self) -> Bytes {
        if self.rest.is_empty() {
            return self.first;
        }
        let mut whole = BytesMut::with_capacity(self.first.len() + self.rest.len());
        whole.extend_from_slice(&self.first);
        whole.extend_from_slice(&self.rest);
        whole.freeze()
    }
}

/// What was done to a body.
#[derive(Debug, PartialEq, Eq)]
enum Coding {
    None,
    Gzip,
    /// These codings, as the server names them.
    Foreign(String),
}

impl Coding {
    fn of(headers: &HeaderMap) -> Self {
        let coded = |name, harmless: &'static [&str]| {
            let values = headers.get_all(name).into_iter();
            let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
            let codings: Vec<String> = values
                .flat_map(|value| {
                    let codings = value.split(',').map(|coding| coding.trim().to_owned());
                    codings.collect::<Vec<_>>()
                })
                .filter(|coding| {
                    let is = |known: &&str| coding.eq_ignore_ascii_case(known);
                    !coding.is_empty() && !harmless.iter().any(is)
                })
                .collect();
            codings
        };
        // The HTTP client undoes chunks, and leaves what else was done for the transfer.
        let mut codings = coded(header::CONTENT_ENCODING, &["identity"]);
        codings.extend(coded(header::TRANSFER_ENCODING, &["chunked", "identity"]));
        match &codings[..] {
            [] => Self::None,
            [one]
                if ["gzip", "x-gzip"]
                    .iter()
                    .any(|gzip| one.eq_ignore_ascii_case(gzip)) =>
            {
                Self::Gzip
            }
            _ => Self::Foreign(codings.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn pack(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_compressed_body_is_unpacked_up_to_the_limit() {
        let small = Body::unpack(&pack(b"true"), End::Complete);
        assert_eq!(&small.bytes[..], b"true");
        assert!(matches!(small.end, End::Complete));

        let bomb = pack(&vec![b' '; 64 * LIMIT]);
        assert!(
            bomb.len() < LIMIT / 4,
            "a bomb that fits the limit before it is unpacked"
        );
        let bomb = Body::unpack(&bomb, End::Complete);
        assert_eq!(bomb.bytes.len(), LIMIT);
        assert!(matches!(bomb.end, End::TooLarge));
    }

    #[test]
    fn a_damaged_compressed_body_is_not_whole() {
        let mut packed = pack(b"{\"status\":\"success\"}");
        packed.truncate(packed.len() - 4);
        assert!(matches!(
            Body::unpack(&packed, End::Complete).end,
            End::Corrupt(_)
        ));
        assert!(matches!(
            Body::unpack(b"not gzip", End::Complete).end,
            End::Corrupt(_)
        ));
    }
}
