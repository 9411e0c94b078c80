//! How a request ends, in order or not.

use bytes::{BufMut, Bytes, BytesMut};
use http::Response;

use crate::body::Outgoing;
use crate::reply::Reply;

/// How a request ends.
pub(crate) enum Ending {
    Answered(Response<Outgoing>),
    Cut(Cut),
}

/// How a connection ends before its time.
#[derive(Debug)]
pub(crate) enum Cut {
    /// With a reset, and not a byte.
    Reset,
    /// In order, after these bytes.
    After(Bytes),
}

impl Cut {
    /// A head that announces the whole of `reply`, and the first `bytes` of its body.
    pub(crate) fn within(reply: &Reply, bytes: usize) -> Self {
        let mut wire = BytesMut::new();
        let reason = reply.status.canonical_reason().unwrap_or_default();
        wire.put_slice(format!("HTTP/1.1 {} {reason}\r\n", reply.status.as_u16()).as_bytes());
        for (name, value) in &reply.headers {
            wire.put_slice(name.as_str().as_bytes());
            wire.put_slice(b": ");
            wire.put_slice(value.as_bytes());
            wire.put_slice(b"\r\n");
        }
        wire.put_slice(format!("content-length: {}\r\n\r\n", reply.body.len()).as_bytes());
        wire.put_slice(&reply.body[..bytes.min(reply.body.len())]);
        Self::After(wire.freeze())
    }
}
