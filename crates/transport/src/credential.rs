use std::{env, ffi::OsString, fmt, fs, io::Read};

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::{Authentication, InvalidInput, Provider, redact::Redactor};

/// A longer file is not a key.
const LONGEST_KEY: u64 = 8 * 1024;

/// A provider's key. Its value leaves this type only as a header of a request.
///
/// ```
/// use prospect_delete_transport::Credential;
///
/// let credential = Credential::new("kept out of sight")?;
/// assert_eq!(format!("{credential:?}"), "Credential([redacted])");
/// # Ok::<(), prospect_delete_transport::InvalidInput>(())
/// ```
#[derive(Clone)]
pub struct Credential(SecretString);

impl Credential {
    /// Takes a key that can stand in a header.
    ///
    /// # Errors
    ///
    /// The key is empty, or holds control characters, characters outside ASCII, or white space around
    /// it. The message does not show the key.
    pub fn new(key: impl Into<String>) -> Result<Self, InvalidInput> {
        Self::named("key", key.into())
    }

    /// Reads the key from the provider's variable, or from the file that the variable with `_FILE`
    /// behind its name points at. One line break at the end of the file is not part of the key.
    ///
    /// # Errors
    ///
    /// Neither variable is set, or both are, or the file cannot be read, or the key is malformed as in
    /// [`new`](Self::new). The message names the variable.
    pub fn from_env(provider: &Provider) -> Result<Self, InvalidInput> {
        Self::from_variables(provider, |name| env::var_os(name))
    }

    /// Whether either of the provider's two variables is set.
    #[must_use]
    pub fn is_set(provider: &Provider) -> bool {
        [provider.credential_variable, &file_variable(provider)]
            .iter()
            .any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
    }

    fn from_variables(
        provider: &Provider,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, InvalidInput> {
        let name = provider.credential_variable;
        let file_name = file_variable(provider);
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        match (set(name), set(&file_name)) {
            (None, None) => Err(InvalidInput::new(
                name,
                format!(
                    "is not set; put the {} key there, or its file's path in {file_name}",
                    provider.name
                ),
            )),
            (Some(_), Some(_)) => Err(InvalidInput::new(
                name,
                format!("and {file_name} are both set; unset one"),
            )),
            (Some(key), None) => match key.into_string() {
                Ok(key) => Self::named(name, key),
                Err(_) => Err(InvalidInput::new(
                    name,
                    "is not text; put the key there as it was issued",
                )),
            },
            (None, Some(path)) => {
                let unreadable = |why: String| {
                    InvalidInput::new(
                        &file_name,
                        format!("{why}; point it at a file with the key"),
                    )
                };
                let mut key = String::new();
                fs::File::open(path)
                    .and_then(|file| file.take(LONGEST_KEY + 1).read_to_string(&mut key))
                    .map_err(|error| unreadable(format!("cannot be read ({error})")))?;
                if key.len() as u64 > LONGEST_KEY {
                    return Err(unreadable("is too long for a key".to_owned()));
                }
                let key = key.strip_suffix('\n').unwrap_or(&key);
                Self::named(&file_name, key.strip_suffix('\r').unwrap_or(key).to_owned())
            }
        }
    }

    fn named(subject: &str, key: String) -> Result<Self, InvalidInput> {
        let refuse = |reason: &str| Err(InvalidInput::new(subject, reason));
        if key.trim().is_empty() {
            return refuse("is empty; give the key as it was issued");
        }
        if key.chars().any(char::is_control) {
            return refuse(
                "holds control characters (a line break?); give the key as it was issued",
            );
        }
        if !key.is_ascii() {
            return refuse(
                "holds characters that no header can carry; give the key as it was issued",
            );
        }
        if key.trim() != key {
            return refuse("has white space around it; give the key as it was issued");
        }
        Ok(Self(SecretString::from(key)))
    }

    /// The header that carries the key, marked so that nothing prints it.
    pub(crate) fn header(&self, authentication: Authentication) -> (http::HeaderName, HeaderValue) {
        let key = self.0.expose_secret();
        let (name, value) = match authentication {
            Authentication::Header(name) => (
                http::HeaderName::from_static(name),
                HeaderValue::from_str(key),
            ),
            Authentication::Bearer => (
                http::header::AUTHORIZATION,
                HeaderValue::from_str(&format!("Bearer {key}")),
            ),
        };
        let mut value = value.expect("checked when the credential was made");
        value.set_sensitive(true);
        (name, value)
    }

    /// A digest that tells this key from others without giving it away: the first 16 bytes of an HMAC
    /// with SHA-256 under the key, in hexadecimal. `context` keeps digests for different uses apart.
    #[cfg(feature = "fingerprint")]
    #[must_use]
    #[expect(
        clippy::missing_panics_doc,
        reason = "an HMAC takes a key of any length"
    )]
    pub fn fingerprint(&self, context: &str) -> String {
        use hmac::{Hmac, KeyInit, Mac};

        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(self.0.expose_secret().as_bytes())
            .expect("a key of any length makes an HMAC");
        mac.update(context.as_bytes());
        let digest = mac.finalize().into_bytes();
        let digits = digest[..16].iter().map(|byte| format!("{byte:02x}"));
        digits.collect::<Vec<_>>().concat()
    }

    pub(crate) fn redactor(&self) -> Redactor {
        Redactor::new(self.0.expose_secret())
    }
}

/// The variable that points at a file with the key.
fn file_variable(provider: &Provider) -> String {
    format!("{}_FILE", provider.credential_variable)
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({})", crate::redact::REDACTED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static PROVIDER: Provider = Provider::new(
        "example",
        "https://example.com",
        Authentication::Bearer,
        "EXAMPLE_API_KEY",
        "EXAMPLE_BASE_URL",
    );

    fn read(variables: &[(&str, &str)]) -> Result<String, String> {
        Credential::from_variables(&PROVIDER, |name| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| OsString::from(value))
        })
        .map(|credential| credential.0.expose_secret().to_owned())
        .map_err(|error| error.to_string())
    }

    #[test]
    fn a_key_comes_from_its_variable_or_its_file() {
        let file = std::env::temp_dir().join(format!("prospect-delete-key-{}", std::process::id()));
        fs::write(&file, "from-file\n").unwrap();
        let path = file.to_str().unwrap();
        assert_eq!(read(&[("EXAMPLE_API_KEY", "abc")]), Ok("abc".to_owned()));
        assert_eq!(
            read(&[("EXAMPLE_API_KEY_FILE", path)]),
            Ok("from-file".to_owned())
        );
        let both = read(&[("EXAMPLE_API_KEY", "abc"), ("EXAMPLE_API_KEY_FILE", path)]).unwrap_err();
        assert!(both.contains("both set"), "{both}");
        fs::remove_file(file).unwrap();
        for nothing in [
            &[][..],
            &[("EXAMPLE_API_KEY", "")],
            &[("EXAMPLE_API_KEY_FILE", "/no/such/file")],
        ] {
            let error = read(nothing).unwrap_err();
            assert!(error.starts_with("EXAMPLE_API_KEY"), "{error}");
        }
    }

    #[test]
    fn a_malformed_key_is_refused_without_showing_it() {
        for key in [
            "canary\n",
            "can\0ary",
            " canary",
            "canary ",
            "canaryü",
            "\u{7f}canary",
            "   ",
        ] {
            let error = Credential::new(key).unwrap_err().to_string();
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn the_header_is_marked_as_sensitive() {
        let credential = Credential::new("canary").unwrap();
        for authentication in [Authentication::Bearer, Authentication::Header("x-api-key")] {
            let (_, value) = credential.header(authentication);
            assert!(value.is_sensitive());
            assert!(!format!("{value:?}").contains("canary"));
        }
    }
}
