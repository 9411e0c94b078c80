//! The shape in which the sandbox's data is seeded and shown.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::data;

static EXAMPLE: LazyLock<State> =
    LazyLock::new(|| serde_json::from_value(data::example()).expect("the example is a seed"));

/// Data to put into a sandbox. What one sandbox shows as its state seeds another.
pub type Seed = State;

macro_rules! state {
    ($($name:ident crate::$field:ident::{$service:ident, $state:ident, $generate:ident, $record:ident},)*) => {
        /// Everything that a sandbox holds, at one moment.
        ///
        /// Lists are in ascending order of their ids. References between records are not checked.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct State {
            $(
                #[doc = concat!("What `", stringify!($field), "` has.")]
                pub $field: crate::$field::$state,
            )*
        }
    };
}

each_provider!(state);

impl State {
    /// Data on which the samples in the vendors' documents work as they stand.
    #[must_use]
    pub fn example() -> Self {
        EXAMPLE.clone()
    }
}
