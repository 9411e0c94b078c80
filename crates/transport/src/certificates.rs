//! The certificates that servers are checked against, as far as the environment names them.

use std::{env, ffi::OsString, path::Path};

/// Names a file of certificates to trust in the place of the system's.
const FILE: &str = "SSL_CERT_FILE";

/// Names folders of such files.
const FOLDERS: &str = "SSL_CERT_DIR";

/// Whether the variables are read here: elsewhere the system's own store is asked.
const ARE_READ: bool = cfg!(all(unix, not(target_vendor = "apple")));

/// Sees that a file that is named can be used.
///
/// The TLS library passes over it where it cannot, and trusts what it finds in folders.
pub(crate) fn check() -> Result<(), String> {
    let Some(file) = set(FILE) else {
        return Ok(());
    };
    let shown = Path::new(&file).display();
    match std::fs::read(&file) {
        Err(error) => Err(format!(
            "{FILE} names {shown}, which cannot be read ({error}); name a file of certificates in PEM form"
        )),
        Ok(bytes) if !holds_certificates(&bytes) => Err(format!(
            "{FILE} names {shown}, which holds no certificates in PEM form"
        )),
        Ok(_) => Ok(()),
    }
}

/// Which certificates are trusted, where the environment says so.
pub(crate) fn note() -> String {
    let named: Vec<String> = [FILE, FOLDERS]
        .into_iter()
        .filter_map(|name| {
            let value = set(name)?;
            Some(format!("{name}={}", Path::new(&value).display()))
        })
        .collect();
    if named.is_empty() {
        String::new()
    } else {
        format!(
            "; the trusted certificates are those of {}",
            named.join(" and ")
        )
    }
}

fn set(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| ARE_READ && !value.is_empty())
}

#[cfg(feature = "rustls-ring")]
fn holds_certificates(bytes: &[u8]) -> bool {
    use rustls::pki_types::{CertificateDer, pem::PemObject};

    let certificates = CertificateDer::pem_slice_iter(bytes).filter_map(Result::ok);
    let mut trusted = rustls::RootCertStore::empty();
    let (usable, _) = trusted.add_parsable_certificates(certificates);
    usable > 0
}

#[cfg(not(feature = "rustls-ring"))]
fn holds_certificates(bytes: &[u8]) -> bool {
    let marks = [
        &b"-----BEGIN CERTIFICATE-----"[..],
        b"-----BEGIN TRUSTED CERTIFICATE-----",
    ];
    marks
        .iter()
        .any(|mark| bytes.windows(mark.len()).any(|window| window == *mark))
}
