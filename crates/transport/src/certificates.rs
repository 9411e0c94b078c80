//! The certificates that servers are checked against, as far as callers or the environment name them.

use std::{env, ffi::OsString, fmt, path::Path};

use rustls_pki_types::{CertificateDer, pem::PemObject};

use crate::InvalidInput;

/// Names a file of certificates to trust in the place of the system's.
const FILE: &str = "SSL_CERT_FILE";

/// Names folders of such files.
const FOLDERS: &str = "SSL_CERT_DIR";

/// Whether the variables are read here: elsewhere the system's own store is asked.
const ARE_READ: bool = cfg!(all(unix, not(target_vendor = "apple")));

/// Certificates that are trusted in addition to the platform's.
#[derive(Clone, Default)]
pub(crate) struct Roots(Vec<CertificateDer<'static>>);

impl Roots {
    /// Adds one certificate in DER form, or all that a text in PEM form has. What is within them is for the TLS library
    /// to check.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> Result<(), InvalidInput> {
        let refuse = |reason: &str| Err(InvalidInput::new("root certificate", reason));
        // What is in DER form is a sequence.
        if bytes.first() == Some(&0x30) {
            self.0.push(bytes.to_vec().into());
            return Ok(());
        }
        let certificates = CertificateDer::pem_slice_iter(bytes).collect::<Result<Vec<_>, _>>();
        match certificates {
            Ok(certificates) if certificates.is_empty() => {
                refuse("holds no certificate; give one in PEM or DER form")
            }
            Ok(certificates) => {
                self.0.extend(certificates);
                Ok(())
            }
            Err(_) => refuse("is damaged; give it in PEM or DER form, as it was issued"),
        }
    }

    /// What helps where TLS cannot be set up.
    pub(crate) fn advice(&self) -> &'static str {
        if self.0.is_empty() {
            "install the system's CA certificates"
        } else {
            "give root certificates as they were issued"
        }
    }

    /// All of them, in DER form.
    #[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &CertificateDer<'static>> {
        self.0.iter()
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} certificates", self.0.len())
    }
}

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
