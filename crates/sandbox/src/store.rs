use std::time::{Duration, Instant};

use crate::judge::Deletion;
use crate::reply::Reply;
use crate::state::{NlpearlState, Seed, State, UnleashxState};
use crate::woodpecker::Agency;
use crate::{extrovert, nlpearl, unleashx};

/// All providers' data.
pub(crate) struct Store {
    extrovert: extrovert::Records,
    nlpearl: NlpearlState,
    woodpecker: Agency,
    unleashx: UnleashxState,
}

impl Store {
    pub(crate) fn new(woodpecker_delay: Duration) -> Self {
        Self {
            extrovert: extrovert::Records::default(),
            nlpearl: NlpearlState::default(),
            woodpecker: Agency::new(woodpecker_delay),
            unleashx: UnleashxState::default(),
        }
    }

    pub(crate) fn add(&mut self, seed: &Seed, now: Instant) {
        // A job that was due before must not take what is added now.
        self.woodpecker.settle(now);
        self.extrovert.add(&seed.extrovert);
        nlpearl::add(&mut self.nlpearl, &seed.nlpearl);
        self.woodpecker.add(&seed.woodpecker, now);
        unleashx::add(&mut self.unleashx, &seed.unleashx);
    }

    pub(crate) fn carry_out(&mut self, deletion: Deletion, now: Instant) -> Reply {
        self.woodpecker.settle(now);
        match deletion {
            Deletion::Extrovert(deletion) => deletion.carry_out(&mut self.extrovert),
            Deletion::Nlpearl(deletion) => deletion.carry_out(&mut self.nlpearl),
            Deletion::Woodpecker(deletion) => deletion.carry_out(&mut self.woodpecker, now),
            Deletion::Unleashx(deletion) => deletion.carry_out(&mut self.unleashx),
        }
    }

    pub(crate) fn snapshot(&mut self, now: Instant) -> State {
        self.woodpecker.settle(now);
        State {
            extrovert: self.extrovert.snapshot(),
            nlpearl: self.nlpearl.clone(),
            woodpecker: self.woodpecker.snapshot(),
            unleashx: self.unleashx.clone(),
        }
    }
}
