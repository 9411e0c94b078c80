//! The listener, which hands out connections until the server stops.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::connection;
use crate::server::{Server, Settings};

/// How long to wait when the system has no socket left to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// Starts a server.
pub(crate) async fn start(settings: Settings) -> io::Result<Arc<Server>> {
    let server = Server::bind(settings).await?;
    server.spawn(accept(Arc::clone(&server)));
    Ok(server)
}

async fn accept(server: Arc<Server>) {
    while let Some(accepted) = server.next_connection().await {
        match accepted {
            Ok(stream) => server.spawn(connection::serve(Arc::clone(&server), stream)),
            Err(_) => sleep(ACCEPT_PAUSE).await,
        }
    }
}
