use serde::{Deserialize, Serialize};

use crate::registry::Provider;

macro_rules! credentials {
    ($($name:ident crate::$field:ident::{$service:ident, $state:ident, $generate:ident, $record:ident},)*) => {
        /// The one key for each provider that a sandbox accepts.
        ///
        /// They open nothing but the sandbox, so they may be printed. Each is sent where the provider's document says;
        /// that of `nlpearl` is account id and secret, joined by a colon.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Credentials {
            $(
                #[doc = concat!("The key for `", stringify!($field), "`.")]
                pub $field: String,
            )*
        }

        impl Credentials {
            /// The key for the provider of this name.
            #[must_use]
            pub fn named(&self, provider: &str) -> Option<&str> {
                Provider::named(provider).map(|provider| self.of(provider))
            }

            /// The key for a provider.
            pub(crate) fn of(&self, provider: Provider) -> &str {
                match provider {
                    $(Provider::$name => &self.$field,)*
                }
            }
        }

        impl Default for Credentials {
            fn default() -> Self {
                Self {
                    $($field: Provider::$name.key().to_owned(),)*
                }
            }
        }
    };
}

each_provider!(credentials);
