//! The digest of a plan: what was reviewed, in 64 characters.
//!
//! It is the root of a tree. A leaf is the hash of one request, over all that decides whom it deletes: the
//! account's address and fingerprint, the kind, the options and the targets. A page is the hash of 1,024 leaves, and the root
//! that of all pages. So one reading of the whole plan, compared with the root, leaves the hashes of its pages
//! behind, which are few enough to keep; and whatever is read later is compared with those before it is sent.
//!
//! Names, texts and lists are hashed with their lengths before them, so that no two plans hash alike.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use prospect_delete_core::target_kinds;

use crate::manifest::Binding;

/// How many requests make a page.
pub(crate) const PAGE: usize = 1024;

pub(crate) type Hash = [u8; 32];

/// Makes the leaves of one plan.
#[derive(Clone, Debug)]
pub(crate) struct Leaves {
    /// For each kind, by its code, what all its leaves begin with.
    beginnings: BTreeMap<u8, Sha256>,
}

impl Leaves {
    pub(crate) fn new(bindings: &[Binding]) -> Self {
        let mut beginnings = BTreeMap::new();
        for kind in target_kinds() {
            let of = |binding: &&Binding| binding.provider == kind.provider().name;
            let Some(binding) = bindings.iter().find(of) else {
                continue;
            };
            let mut beginning = Sha256::new();
            text(&mut beginning, "prospect-delete request 2");
            text(&mut beginning, binding.provider);
            text(&mut beginning, &binding.base_url);
            text(
                &mut beginning,
                binding.fingerprint.as_deref().unwrap_or_default(),
            );
            text(&mut beginning, kind.name);
            beginnings.insert(kind.code, beginning);
        }
        Self { beginnings }
    }

    /// Begins the leaf of a request; `None` where the plan has no account for such.
    pub(crate) fn leaf(&self, kind: u8, options: u8, targets: i64) -> Option<Leaf> {
        let mut leaf = self.beginnings.get(&kind)?.clone();
        leaf.update([options]);
        leaf.update(targets.to_be_bytes());
        Some(Leaf(leaf))
    }
}

/// A request that is being hashed, target by target.
pub(crate) struct Leaf(Sha256);

impl Leaf {
    pub(crate) fn target(&mut self, key: &str) {
        text(&mut self.0, key);
    }

    pub(crate) fn end(self) -> Hash {
        self.0.finalize().into()
    }
}

/// A page, leaf by leaf.
#[derive(Debug, Default)]
pub(crate) struct Page {
    leaves: Sha256,
    count: usize,
}

impl Page {
    pub(crate) fn push(&mut self, leaf: &Hash) {
        self.leaves.update(leaf);
        self.count += 1;
    }

    pub(crate) fn end(self) -> Hash {
        self.leaves.finalize().into()
    }
}

/// The tree over all requests of a plan, leaf by leaf in their order.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    open: Page,
    pages: Vec<Hash>,
    leaves: u64,
}

impl Tree {
    pub(crate) fn push(&mut self, leaf: &Hash) {
        self.open.push(leaf);
        self.leaves += 1;
        if self.open.count == PAGE {
            self.pages.push(std::mem::take(&mut self.open).end());
        }
    }

    /// The hashes of the pages, and the plan's digest in hexadecimal.
    pub(crate) fn end(mut self) -> (Vec<Hash>, String) {
        if self.open.count > 0 {
            self.pages.push(self.open.end());
        }
        let mut root = Sha256::new();
        text(&mut root, "prospect-delete plan 2");
        root.update(self.leaves.to_be_bytes());
        for page in &self.pages {
            root.update(page);
        }
        (self.pages, hex(&root.finalize()))
    }
}

/// The digest of a plan while it is made.
#[derive(Debug)]
pub(crate) struct PlanDigest {
    pub(crate) leaves: Leaves,
    pub(crate) tree: Tree,
}

impl PlanDigest {
    pub(crate) fn new(bindings: &[Binding]) -> Self {
        Self {
            leaves: Leaves::new(bindings),
            tree: Tree::default(),
        }
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn text(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_be_bytes());
    hash.update(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use prospect_delete_core::{TargetKind, nlpearl::targets::LEAD, woodpecker::targets::COMPANY};

    use super::*;

    fn bindings(base_url: &str, fingerprint: &str) -> Vec<Binding> {
        vec![Binding {
            provider: "nlpearl",
            base_url: base_url.to_owned(),
            fingerprint: Some(fingerprint.to_owned()),
        }]
    }

    fn digest(bindings: &[Binding], requests: &[(&TargetKind, u8, &[&str])]) -> Option<String> {
        let leaves = Leaves::new(bindings);
        let mut tree = Tree::default();
        for (kind, options, keys) in requests {
            let count = i64::try_from(keys.len()).unwrap();
            let mut leaf = leaves.leaf(kind.code, *options, count)?;
            keys.iter().for_each(|key| leaf.target(key));
            tree.push(&leaf.end());
        }
        Some(tree.end().1)
    }

    #[test]
    fn whatever_decides_whom_a_plan_deletes_changes_its_digest() {
        let here = bindings("https://a.example", "key");
        let plan: &[(&TargetKind, u8, &[&str])] = &[(&LEAD, 0, &["ab", "c"]), (&LEAD, 0, &["d"])];
        let digest_of = |requests| digest(&here, requests).unwrap();
        let others: [&[(&TargetKind, u8, &[&str])]; 7] = [
            &[(&LEAD, 0, &["a", "bc"]), (&LEAD, 0, &["d"])],
            &[(&LEAD, 0, &["ab"]), (&LEAD, 0, &["c", "d"])],
            &[(&LEAD, 0, &["c", "ab"]), (&LEAD, 0, &["d"])],
            &[(&LEAD, 0, &["d"]), (&LEAD, 0, &["ab", "c"])],
            &[(&LEAD, 1, &["ab", "c"]), (&LEAD, 0, &["d"])],
            &[(&LEAD, 0, &["ab", "c"])],
            &[(&LEAD, 0, &["ab", "c", "d"])],
        ];
        for other in others {
            assert_ne!(digest_of(other), digest_of(plan), "{other:?}");
        }
        for elsewhere in [
            bindings("https://b.example", "key"),
            bindings("https://a.example", "other"),
            bindings("https://a.examplek", "ey"),
        ] {
            assert_ne!(digest(&elsewhere, plan), digest(&here, plan));
        }
        assert_eq!(digest_of(plan), digest_of(plan));
    }

    #[test]
    fn a_kind_without_an_account_has_no_leaf() {
        let here = bindings("https://a.example", "key");
        let company: &[(&TargetKind, u8, &[&str])] = &[(&COMPANY, 0, &["1"])];
        assert_eq!(digest(&here, company), None);
    }
}
