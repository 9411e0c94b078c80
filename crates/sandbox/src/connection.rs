//! One client's connection, and the ways in which it ends early.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::answer::answer;
use crate::body::Outgoing;
use crate::cut::{Cut, Ending};
use crate::server::Server;

/// What makes hyper give the connection back without writing.
#[derive(Debug, Error)]
#[error("the connection is cut on purpose")]
struct CutOnPurpose;

type Answering = Pin<Box<dyn Future<Output = Result<Response<Outgoing>, CutOnPurpose>> + Send>>;

/// Answers the requests of one connection until it ends.
pub(crate) async fn serve(server: Arc<Server>, stream: TcpStream) {
    // Otherwise bytes that drip would be held back and sent together.
    let _ = stream.set_nodelay(true);
    let (cuts, mut cut) = mpsc::unbounded_channel();
    let service = service_fn(move |request: Request<Incoming>| -> Answering {
        let server = Arc::clone(&server);
        let cuts = cuts.clone();
        Box::pin(async move {
            match answer(server, request).await {
                Ending::Answered(response) => Ok(response),
                Ending::Cut(how) => {
                    // The receiver lives as long as the connection that polls this.
                    let _ = cuts.send(how);
                    Err(CutOnPurpose)
                }
            }
        })
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // How it ended does not matter: a client may leave whenever it likes.
    let _ = poll_fn(|context| connection.poll_without_shutdown(context)).await;
    let stream = connection.into_parts().io.into_inner();
    let _ = end(stream, cut.try_recv().ok()).await;
}

async fn end(mut stream: TcpStream, cut: Option<Cut>) -> io::Result<()> {
    match cut {
        Some(Cut::Reset) => return stream.set_zero_linger(),
        Some(Cut::After(bytes)) => stream.write_all(&bytes).await?,
        None => {}
    }
    stream.shutdown().await
}
