//! All providers. One is added by a line of [`each_provider`], its document, and its module.

use http::{Method, StatusCode};
use prospect_delete_specs::Document;

use crate::provider::{Asked, Service, Violation};
use crate::reply::Reply;

/// Calls a macro with every provider: its name, and of its module the data, the shape in which it is seeded, how much is
/// made up, and what is deleted.
macro_rules! each_provider {
    ($macro:ident) => {
        $macro! {
            Extrovert crate::extrovert::{Records, ExtrovertState, GenerateExtrovert, ExtrovertRecord},
            Nlpearl crate::nlpearl::{NlpearlState, NlpearlState, GenerateNlpearl, NlpearlRecord},
            Woodpecker crate::woodpecker::{Agency, WoodpeckerState, GenerateWoodpecker, WoodpeckerRecord},
            Unleashx crate::unleashx::{UnleashxState, UnleashxState, GenerateUnleashx, UnleashxRecord},
        }
    };
}

macro_rules! dispatch {
    ($($name:ident crate::$field:ident::{$service:ident, $state:ident, $generate:ident, $record:ident},)*) => {
        /// Whose API a request speaks.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Provider {
            $($name,)*
        }

        /// A request that the document allows, in the provider's own terms.
        pub(crate) enum Deletion {
            $($name(crate::$field::Deletion),)*
        }

        impl Provider {
            pub(crate) const ALL: [Self; [$(stringify!($name)),*].len()] = [$(Self::$name),*];

            pub(crate) fn document(self) -> Document {
                match self {
                    $(Self::$name => crate::$field::$service::DOCUMENT,)*
                }
            }

            /// What the control routes say of its data, as YAML.
            pub(crate) fn data(self) -> &'static str {
                match self {
                    $(Self::$name => crate::$field::$service::DATA,)*
                }
            }

            /// The name that its schema has in the description of the control routes.
            pub(crate) fn schema(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            /// The key that is accepted unless another is chosen.
            pub(crate) fn key(self) -> &'static str {
                match self {
                    $(Self::$name => crate::$field::$service::KEY,)*
                }
            }

            /// The name that control routes and records give to the operation of this `operationId`.
            pub(crate) fn operation(self, id: &str) -> Option<&'static str> {
                match self {
                    $(Self::$name => {
                        let mut operations = crate::$field::$service::OPERATIONS.iter();
                        operations.find(|known| known.id == id).map(|known| known.name)
                    })*
                }
            }

            /// Reads a request to the operation of this `operationId`.
            pub(crate) fn read(self, id: &str, asked: Asked<'_>) -> Result<Deletion, Violation> {
                match self {
                    $(Self::$name => {
                        let mut operations = crate::$field::$service::OPERATIONS.iter();
                        let operation = operations.find(|known| known.id == id);
                        let operation = operation.expect("contracts are of known operations");
                        (operation.read)(asked).map(Deletion::$name)
                    })*
                }
            }

            /// A refusal that one sentence explains.
            pub(crate) fn refuse(self, status: StatusCode, detail: &str) -> Reply {
                match self {
                    $(Self::$name => crate::$field::$service::refuse(status, detail),)*
                }
            }

            /// The request is not what the document asks for.
            pub(crate) fn invalid(self, violations: &[Violation]) -> Reply {
                match self {
                    $(Self::$name => crate::$field::$service::invalid(violations),)*
                }
            }

            /// The key is missing or wrong.
            pub(crate) fn unauthorized(self) -> Reply {
                let detail = match self {
                    $(Self::$name => crate::$field::$service::KEY_REFUSED,)*
                };
                self.refuse(StatusCode::UNAUTHORIZED, detail)
            }

            /// The answer at an address where there is nothing, if the address is this provider's.
            pub(crate) fn not_found(self, path: &str) -> Option<Reply> {
                match self {
                    $(Self::$name => crate::$field::$service::not_found(path),)*
                }
            }

            /// Whether a media type is taken that the document does not name.
            pub(crate) fn also_takes(self, media_type: &str) -> bool {
                match self {
                    $(Self::$name => crate::$field::$service::also_takes(media_type),)*
                }
            }

            /// Methods and path of what the provider is known to have at such a path, and the sandbox has not.
            pub(crate) fn elsewhere(self, path: &str) -> &'static [(&'static [Method], &'static str)] {
                match self {
                    $(Self::$name if crate::$field::$service::is_elsewhere(path) => crate::$field::$service::ELSEWHERE,)*
                    _ => &[],
                }
            }
        }
    };
}

each_provider!(dispatch);

impl Provider {
    pub(crate) fn name(self) -> &'static str {
        self.document().provider
    }

    /// The provider of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}
