//! Which providers there are. One is added by a line at the end of this file, a feature, and its crate.

use prospect_delete_transport::{Provider, TargetKind};

/// Declares the providers: each has a crate, and a feature that turns it on.
macro_rules! providers {
    ($($feature:literal: $package:ident as $provider:ident;)*) => {
        $(
            #[cfg(feature = $feature)]
            pub use $package as $provider;
        )*

        /// The providers that are turned on, in the order in which the project lists them.
        pub static PROVIDERS: &[&Provider] = &[
            $(
                #[cfg(feature = $feature)]
                &$package::PROVIDER,
            )*
        ];

        /// What can be listed and planned at each of them.
        pub(crate) static KINDS: &[&[&TargetKind]] = &[
            $(
                #[cfg(feature = $feature)]
                $package::targets::KINDS,
            )*
        ];
    };
}

providers! {
    "extrovert": prospect_delete_extrovert as extrovert;
    "nlpearl": prospect_delete_nlpearl as nlpearl;
    "woodpecker": prospect_delete_woodpecker as woodpecker;
    "unleashx": prospect_delete_unleashx as unleashx;
}
