use std::{sync::Arc, thread};

use rustls::{ServerConfig, crypto::ring, pki_types::PrivatePkcs8KeyDer};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use crate::http::arrived;

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 4\r\n\r\ntrue";

/// Answers every request with `true` and keeps connections open. Runs on a thread of its own until the
/// program ends, so that its work is not counted as a client's.
#[derive(Debug)]
pub struct Server {
    base_url: String,
}

impl Server {
    /// Listens on a port of the system's choice.
    ///
    /// # Panics
    ///
    /// When there is no port.
    #[must_use]
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a listener");
        let base_url = format!("http://{}", listener.local_addr().expect("an address"));
        thread::spawn(move || {
            crate::runtime().block_on(async {
                let listener = TcpListener::from_std(listener).expect("a listener");
                while let Ok((stream, _)) = listener.accept().await {
                    let _ = stream.set_nodelay(true);
                    tokio::spawn(serve(stream));
                }
            });
        });
        Self { base_url }
    }

    /// The same over TLS, as `localhost`, with its certificate as PEM.
    ///
    /// # Panics
    ///
    /// When there is no port.
    #[must_use]
    pub fn start_tls() -> (Self, String) {
        let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]);
        let pair = pair.expect("a certificate");
        let pem = pair.cert.pem();
        let key = PrivatePkcs8KeyDer::from(pair.signing_key.serialize_der());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![pair.cert.into()], key.into())
            .expect("a configuration");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a listener");
        let port = listener.local_addr().expect("an address").port();
        thread::spawn(move || {
            crate::runtime().block_on(async {
                let listener = TcpListener::from_std(listener).expect("a listener");
                while let Ok((stream, _)) = listener.accept().await {
                    let _ = stream.set_nodelay(true);
                    let accepting = acceptor.accept(stream);
                    tokio::spawn(async move {
                        if let Ok(stream) = accepting.await {
                            serve(stream).await;
                        }
                    });
                }
            });
        });
        let base_url = format!("https://localhost:{port}");
        (Self { base_url }, pem)
    }

    /// The server's address.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let mut request = Vec::with_capacity(4096);
    loop {
        match stream.read_buf(&mut request).await {
            Ok(0) | Err(_) => return,
            // A client sends its next request only when it has the answer to this one.
            Ok(_) if arrived(&request).is_some() => request.clear(),
            Ok(_) => continue,
        }
        if stream.write_all(ANSWER).await.is_err() {
            return;
        }
    }
}
