use std::time::{Duration, Instant};

use crate::provider::Service;
use crate::record::{Deleted, Record};
use crate::registry::{Deletion, Provider};
use crate::reply::Reply;
use crate::state::{Seed, State};

macro_rules! store {
    ($($name:ident crate::$field:ident::{$service:ident, $state:ident, $generate:ident, $record:ident},)*) => {
        /// All providers' data, and what was deleted of it.
        pub(crate) struct Store {
            $($field: crate::$field::$service,)*
            /// In order.
            deleted: Vec<Deleted>,
        }

        impl Store {
            /// Without data. A job that is done later is done after `delay`.
            pub(crate) fn new(delay: Duration) -> Self {
                Self {
                    $($field: Service::new(delay),)*
                    deleted: Vec::new(),
                }
            }

            pub(crate) fn add(&mut self, seed: &Seed, now: Instant) {
                // A job that was due before must not take what is added now.
                self.settle(now);
                $(Service::add(&mut self.$field, &seed.$field, now);)*
            }

            /// Does what `request` asks for.
            pub(crate) fn carry_out(
                &mut self,
                deletion: Deletion,
                request: u64,
                now: Instant,
            ) -> Reply {
                self.settle(now);
                let deleted = &mut self.deleted;
                match deletion {
                    $(Deletion::$name(deletion) => {
                        self.$field.carry_out(deletion, request, now, &mut |request, record| {
                            let record = Record::$name(record);
                            deleted.push(Deleted { request, record });
                        })
                    })*
                }
            }

            pub(crate) fn snapshot(&mut self, now: Instant) -> State {
                self.settle(now);
                State {
                    $($field: Service::snapshot(&self.$field),)*
                }
            }

            /// How many records there are for each provider.
            pub(crate) fn counts(&mut self, now: Instant) -> [(Provider, usize); Provider::ALL.len()] {
                self.settle(now);
                [$((Provider::$name, Service::count(&self.$field)),)*]
            }

            fn settle(&mut self, now: Instant) {
                let deleted = &mut self.deleted;
                $(self.$field.settle(now, &mut |request, record| {
                    let record = Record::$name(record);
                    deleted.push(Deleted { request, record });
                });)*
            }
        }
    };
}

each_provider!(store);

impl Store {
    /// Everything that was deleted, in order.
    pub(crate) fn deleted(&mut self, now: Instant) -> &[Deleted] {
        self.settle(now);
        &self.deleted
    }
}
