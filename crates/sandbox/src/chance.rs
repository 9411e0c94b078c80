//! Chance that can be repeated: the same seed gives the same numbers on every machine and in every version.

use std::collections::BTreeSet;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use uuid::{Builder, Uuid};

pub(crate) struct Chance(ChaCha8Rng);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Whether something of this probability happens now.
    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        // 53 bits fit a float exactly, so that 1 always happens and 0 never does.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let drawn = (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        drawn < probability
    }

    /// A number below `end`, each as likely as the others, but for a difference nobody can measure.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(end);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// 128 random bits, for ids.
    pub(crate) fn bits(&mut self) -> u128 {
        u128::from(self.0.next_u64()) << 64 | u128::from(self.0.next_u64())
    }

    /// One to three places below `end`, in ascending order, or none if there is none.
    pub(crate) fn some_of(&mut self, end: usize) -> BTreeSet<usize> {
        let most = if end == 0 { 0 } else { 1 + self.below(3) };
        (0..most)
            .map(|_| usize::try_from(self.below(end as u64)).unwrap_or(0))
            .collect()
    }

    /// So many ids, no two alike.
    pub(crate) fn distinct<Id: Ord>(
        &mut self,
        count: u32,
        draw: impl Fn(&mut Self) -> Id,
    ) -> BTreeSet<Id> {
        let mut ids = BTreeSet::new();
        while ids.len() < count as usize {
            ids.insert(draw(self));
        }
        ids
    }

    pub(crate) fn number(&mut self) -> i64 {
        // Within what any reader of JSON takes for a whole number.
        1 + i64::try_from(self.below(1 << 52)).unwrap_or(0)
    }

    pub(crate) fn uuid(&mut self) -> Uuid {
        Builder::from_random_bytes(self.bits().to_be_bytes()).into_uuid()
    }
}
