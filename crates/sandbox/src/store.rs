use std::time::{Duration, Instant};

use crate::judge::Deletion;
use crate::record::{Deleted, Gone};
use crate::reply::Reply;
use crate::state::{NlpearlState, Seed, State, UnleashxState};
use crate::woodpecker::Agency;
use crate::{extrovert, nlpearl, unleashx};

/// All providers' data, and what was deleted of it.
pub(crate) struct Store {
    extrovert: extrovert::Records,
    nlpearl: NlpearlState,
    woodpecker: Agency,
    unleashx: UnleashxState,
    gone: Gone,
}

impl Store {
    pub(crate) fn new(woodpecker_delay: Duration) -> Self {
        Self {
            extrovert: extrovert::Records::default(),
            nlpearl: NlpearlState::default(),
            woodpecker: Agency::new(woodpecker_delay),
            unleashx: UnleashxState::default(),
            gone: Gone::default(),
        }
    }

    pub(crate) fn add(&mut self, seed: &Seed, now: Instant) {
        // A job that was due before must not take what is added now.
        self.settle(now);
        self.extrovert.add(&seed.extrovert);
        nlpearl::add(&mut self.nlpearl, &seed.nlpearl);
        self.woodpecker.add(&seed.woodpecker, now);
        unleashx::add(&mut self.unleashx, &seed.unleashx);
    }

    /// Does what `request` asks for.
    pub(crate) fn carry_out(&mut self, deletion: Deletion, request: u64, now: Instant) -> Reply {
        self.settle(now);
        let gone = self.gone.by(Some(request));
        match deletion {
            Deletion::Extrovert(deletion) => deletion.carry_out(&mut self.extrovert, gone),
            Deletion::Nlpearl(deletion) => deletion.carry_out(&mut self.nlpearl, gone),
            Deletion::Woodpecker(deletion) => {
                deletion.carry_out(&mut self.woodpecker, request, now)
            }
            Deletion::Unleashx(deletion) => deletion.carry_out(&mut self.unleashx, gone),
        }
    }

    pub(crate) fn snapshot(&mut self, now: Instant) -> State {
        self.settle(now);
        State {
            extrovert: self.extrovert.snapshot(),
            nlpearl: self.nlpearl.clone(),
            woodpecker: self.woodpecker.snapshot(),
            unleashx: self.unleashx.clone(),
        }
    }

    /// Everything that was deleted, in order.
    pub(crate) fn deleted(&mut self, now: Instant) -> &[Deleted] {
        self.settle(now);
        self.gone.all()
    }

    /// How many records there are for each provider.
    pub(crate) fn counts(&mut self, now: Instant) -> Counts {
        self.settle(now);
        Counts {
            extrovert: self.extrovert.count(),
            nlpearl: self.nlpearl.pearls.values().map(|p| p.leads.len()).sum(),
            woodpecker: self.woodpecker.count(),
            unleashx: self
                .unleashx
                .campaigns
                .values()
                .map(|campaign| campaign.audience.len())
                .sum(),
        }
    }

    fn settle(&mut self, now: Instant) {
        self.woodpecker.settle(&mut self.gone, now);
    }
}

/// How many records each provider has.
pub(crate) struct Counts {
    pub(crate) extrovert: usize,
    pub(crate) nlpearl: usize,
    pub(crate) woodpecker: usize,
    pub(crate) unleashx: usize,
}
