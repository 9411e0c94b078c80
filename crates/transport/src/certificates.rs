//! What is said of the certificates that servers are checked against.

use std::{env, ffi::OsString, path::Path};

/// Names a file of certificates to use in the place of the system's.
const VARIABLE: &str = "SSL_CERT_FILE";

/// Whether the variable is read here: elsewhere the system's own store is asked.
const IS_READ: bool = cfg!(all(unix, not(target_vendor = "apple")));

/// What helps where TLS cannot be set up for lack of certificates.
pub(crate) fn help() -> String {
    let Some(file) = file() else {
        return "install the system's CA certificates".to_owned();
    };
    let shown = Path::new(&file).display();
    match std::fs::read(&file) {
        Err(error) => format!("{VARIABLE} names {shown}, which cannot be read ({error})"),
        Ok(_) => format!("{VARIABLE} names {shown}, which holds no certificates in PEM form"),
    }
}

/// Where the certificates come from, where somebody has said so.
pub(crate) fn note() -> Option<String> {
    let file = file()?;
    Some(format!(
        "; trusted are the certificates of {} ({VARIABLE})",
        Path::new(&file).display()
    ))
}

fn file() -> Option<OsString> {
    env::var_os(VARIABLE).filter(|_| IS_READ)
}
