//! What a plan is, whatever order and however often its rows come.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use proptest::prelude::*;
use prospect_delete_core::{
    Config, Credential, PROVIDERS,
    extrovert::{
        self, Scope,
        targets::{self, PERSON, everybody, person},
    },
    nlpearl::{
        self,
        targets::{LEAD, lead},
    },
    unleashx::{
        self,
        targets::{audience, campaign},
    },
    woodpecker::targets::company,
};
use prospect_delete_engine::{
    Account, Batches, Conflict, Error, Line, Named, Operator, Origin, Plan, Planner, RunFile,
    Store, Target, Unusable, target_kinds,
};

fn accounts() -> Vec<Account> {
    PROVIDERS
        .iter()
        .map(|provider| {
            let credential = Credential::new("a key that is long enough").unwrap();
            Account::new(provider, credential, Config::new()).unwrap()
        })
        .collect()
}

/// What ends a plan here.
#[derive(Debug)]
enum Ended {
    Conflict(Conflict),
    Error(Error),
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

fn plan(folder: &Path, name: &str, rows: &[Target], most: usize) -> Result<Plan, Ended> {
    let mut planner = Planner::new(folder);
    for (line, target) in rows.iter().enumerate() {
        let origin = Origin {
            list: 0,
            line: line as u64 + 1,
        };
        planner.add(target, origin)?;
    }
    let mut batches = Batches::default();
    for provider in [
        &extrovert::PROVIDER,
        &nlpearl::PROVIDER,
        &unleashx::PROVIDER,
    ] {
        batches.set(provider, most);
    }
    planner.finish(
        &RunFile::at(folder.join(name)),
        &accounts(),
        &batches,
        &Operator::here("test"),
        |conflict| Err(Ended::Conflict(conflict)),
    )
}

/// A target of any kind, out of so few that many come twice.
fn target() -> impl Strategy<Value = Target> {
    let id = 0..40_u128;
    let number = 1..40_i64;
    prop_oneof![
        // The option depends on the person, so that no two rows conflict.
        (id.clone(), 0..4_u128).prop_map(|(profile, user)| {
            let user = uuid::Uuid::from_u128(user + 1);
            person(user, &format!("p{profile}"), profile % 2 == 0).unwrap()
        }),
        id.clone()
            .prop_map(|person| prospect(&format!("www.linkedin.com/in/{person}"), false)),
        (0..3, id.clone()).prop_map(|(pearl, number)| {
            lead(&format!("pearl-{pearl}"), &format!("l{number}")).unwrap()
        }),
        (1..3_i64, number.clone())
            .prop_map(|(campaign_id, audience_id)| { audience(campaign_id, audience_id).unwrap() }),
        id.prop_map(|list| {
            everybody(Scope::List(uuid::Uuid::from_u128(list + 1)), true).unwrap()
        }),
        Just(everybody(Scope::All, false).unwrap()),
        Just(everybody(Scope::Campaign, false).unwrap()),
        number
            .clone()
            .prop_map(|company_id| company(company_id).unwrap()),
        number.prop_map(|campaign_id| campaign(campaign_id).unwrap()),
    ]
}

fn targets_of(run: &Path) -> Vec<Target> {
    let mut targets = Vec::new();
    RunFile::at(run)
        .read()
        .unwrap()
        .lines(&mut |line: &Line| {
            let Named::Target(target) = &line.named else {
                panic!("not forgotten");
            };
            assert_eq!(line.outcome_name(), "pending");
            targets.push(target.clone());
            Ok(())
        })
        .unwrap();
    targets
}

/// Kind and size of each planned request, as the database has them.
fn requests(run: &Path) -> Vec<(u8, usize)> {
    let database = rusqlite::Connection::open(run).unwrap();
    let mut statement = database
        .prepare("SELECT kind, count FROM request ORDER BY id")
        .unwrap();
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))
        .unwrap();
    rows.map(|row| {
        row.map(|(kind, count)| (kind, usize::try_from(count).unwrap()))
            .unwrap()
    })
    .collect()
}

/// The fewest requests that can name these targets.
fn fewest(targets: &[Target], most: usize) -> usize {
    let mut groups: BTreeMap<String, usize> = BTreeMap::new();
    let mut alone = 0;
    for target in targets {
        let kind = target.kind();
        if kind.batch == 1 {
            alone += 1;
            continue;
        }
        let shared: Vec<_> = target.values().take(kind.shared).collect();
        let group = format!("{kind} {} {}", target.options(), shared.join(" "));
        *groups.entry(group).or_default() += 1;
    }
    alone
        + groups
            .values()
            .map(|count| count.div_ceil(most))
            .sum::<usize>()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_target_is_lost_and_none_is_twice(
        (rows, turned) in prop::collection::vec(target(), 0..300)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        most in 1..20_usize,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let first = plan(folder.path(), "first.db", &rows, most).unwrap();
        let second = plan(folder.path(), "second.db", &turned, most).unwrap();
        prop_assert_eq!(&first.manifest.digest, &second.manifest.digest);
        prop_assert_ne!(&first.manifest.run_id, &second.manifest.run_id);

        let planned = targets_of(&folder.path().join("first.db"));
        let mut once: Vec<_> = planned.iter().map(ToString::to_string).collect();
        once.sort();
        let mut meant: Vec<_> = rows.iter().map(ToString::to_string).collect();
        meant.sort();
        meant.dedup();
        prop_assert_eq!(&once, &meant);
        prop_assert!(planned.iter().all(|target| rows.contains(target)), "an option was changed");
        prop_assert_eq!(first.targets, meant.len() as u64);
        prop_assert_eq!(first.duplicates, (rows.len() - meant.len()) as u64);
        let scopes = planned.iter().filter(|target| target.kind().is_scope()).count();
        prop_assert_eq!(first.scopes, scopes as u64);

        let requests = requests(&folder.path().join("first.db"));
        prop_assert_eq!(first.requests, requests.len() as u64);
        prop_assert_eq!(requests.len(), fewest(&planned, most));
        for (kind, count) in requests {
            let kind = target_kinds().iter().find(|known| known.code == kind);
            let alone = kind.expect("a kind").batch == 1;
            let allowed = if alone { 1 } else { most };
            prop_assert!(count <= allowed, "{count} in one request");
        }
    }
}

/// A prospect of one campaign, by what stands behind `https://`.
fn prospect(address: &str, reject_posts: bool) -> Target {
    let address = format!("https://{address}");
    targets::prospect(uuid::Uuid::from_u128(7), &address, reject_posts).unwrap()
}

#[test]
fn addresses_that_fold_alike_are_told_and_sent_as_given() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [
        prospect("www.linkedin.com/in/jo", true),
        prospect("de.linkedin.com/in/Jo/", true),
        prospect("www.linkedin.com/in/jo", true),
        prospect("linkedin.com/in/j%6f?x=1", true),
        prospect("www.linkedin.com/in/other", false),
        prospect("www.linkedin.com/in/jo-2", false),
        prospect("www.linkedin.com/in/ACoAABcd_EFgh-Ijklmno", false),
        prospect("www.linkedin.com/in/acoaabcd_efgh-ijklmno", false),
        targets::prospect(
            uuid::Uuid::from_u128(8),
            "https://www.linkedin.com/in/jo",
            false,
        )
        .unwrap(),
    ];
    let planned = plan(folder.path(), "run.db", &rows, 10).unwrap();
    assert_eq!(
        (planned.targets, planned.duplicates, planned.alike),
        (8, 1, 2)
    );
    let mut targets = targets_of(&folder.path().join("run.db"));
    let mut meant = rows.to_vec();
    meant.remove(2);
    targets.sort_by_key(ToString::to_string);
    meant.sort_by_key(ToString::to_string);
    assert_eq!(targets, meant);
}

#[test]
fn addresses_that_fold_alike_must_agree_whether_posts_are_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [
        prospect("www.linkedin.com/in/before", true),
        prospect("www.linkedin.com/in/jo", false),
        prospect("www.linkedin.com/in/JO", false),
        prospect("de.linkedin.com/in/jo/", true),
        prospect("www.linkedin.com/in/joanna", true),
        prospect("www.linkedin.com/in/z", false),
    ];
    for turn in 0..rows.len() {
        let mut rows = rows.clone();
        rows.rotate_left(turn);
        let mut planner = Planner::new(folder.path());
        for (line, target) in (1..).zip(&rows) {
            planner.add(target, Origin { list: 0, line }).unwrap();
        }
        let mut conflicts = Vec::new();
        let out = folder.path().join(format!("run{turn}.db"));
        let made = planner
            .finish(
                &RunFile::at(&out),
                &accounts(),
                &Batches::default(),
                &Operator::here("test"),
                |conflict| {
                    conflicts.push(conflict);
                    Ok::<(), Error>(())
                },
            )
            .unwrap();
        let [conflict] = &conflicts[..] else {
            panic!("{conflicts:?}");
        };
        assert_eq!(conflict.count, 3);
        for (row, named) in conflict.rows.iter().zip(&conflict.named) {
            assert_eq!(&rows[usize::try_from(row.line).unwrap() - 1], named);
        }
        let mut named = conflict.named.clone();
        named.sort_by_key(ToString::to_string);
        let expected = [
            prospect("de.linkedin.com/in/jo/", true),
            prospect("www.linkedin.com/in/JO", false),
            prospect("www.linkedin.com/in/jo", false),
        ];
        assert_eq!(named, expected);
        assert_eq!((made.targets, made.alike), (3, 0));
        let sent: BTreeSet<_> = targets_of(&out).iter().map(ToString::to_string).collect();
        let of = |name: &str| prospect(&format!("www.linkedin.com/in/{name}"), false).to_string();
        assert_eq!(sent, BTreeSet::from([of("before"), of("joanna"), of("z")]));
    }
}

#[test]
fn a_conflict_of_very_many_rows_shows_rows_of_both_kinds() {
    let folder = tempfile::tempdir().unwrap();
    let mut planner = Planner::new(folder.path());
    for line in 1..=10_000 {
        let target = prospect(&format!("www.linkedin.com/in/jo?{line}"), line == 5_000);
        planner.add(&target, Origin { list: 0, line }).unwrap();
    }
    let mut conflicts = Vec::new();
    planner
        .finish(
            &RunFile::at(folder.path().join("run.db")),
            &accounts(),
            &Batches::default(),
            &Operator::here("test"),
            |conflict| {
                conflicts.push(conflict);
                Ok::<(), Error>(())
            },
        )
        .unwrap();
    let [conflict] = &conflicts[..] else {
        panic!("{}", conflicts.len());
    };
    assert_eq!(conflict.count, 10_000);
    assert!(conflict.rows.len() <= 16);
    assert!(conflict.rows.iter().any(|row| row.line == 5_000));
}

#[test]
fn another_plan_has_another_digest() {
    let folder = tempfile::tempdir().unwrap();
    let lead = |pearl: &str, id: &str| lead(pearl, id).unwrap();
    let all = |reject_posts| everybody(Scope::All, reject_posts).unwrap();
    let mut digests = BTreeSet::new();
    for (name, rows, most) in [
        ("together", vec![lead("p", "1"), lead("p", "2")], 2),
        ("apart", vec![lead("p", "1"), lead("p", "2")], 1),
        ("one", vec![lead("p", "1")], 2),
        ("run together", vec![lead("p", "12")], 2),
        ("nobody", vec![], 2),
        ("elsewhere", vec![lead("p1", "1")], 2),
        ("with posts", vec![all(true)], 2),
        ("without posts", vec![all(false)], 2),
    ] {
        let plan = plan(folder.path(), name, &rows, most).unwrap();
        assert!(digests.insert(plan.manifest.digest), "{name}");
    }
}

#[test]
fn what_ends_a_plan_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let person = |reject_posts| person(uuid::Uuid::from_u128(1), "p", reject_posts).unwrap();
    let rows = [person(true), person(false)];
    let conflict = plan(folder.path(), "run.db", &rows, 1).unwrap_err();
    let Ended::Conflict(conflict) = conflict else {
        panic!("{conflict:?}");
    };
    assert_eq!(conflict.count, 2);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

    std::fs::write(folder.path().join("run.db"), "kept").unwrap();
    let there = plan(folder.path(), "run.db", &rows[..1], 1).unwrap_err();
    assert!(
        matches!(
            there,
            Ended::Error(Error::Unusable(Unusable::Exists { .. }))
        ),
        "{there:?}"
    );
    assert_eq!(
        std::fs::read(folder.path().join("run.db")).unwrap(),
        b"kept"
    );
}

#[test]
fn no_target_is_made_that_could_not_be_sent() {
    for (pearl_id, lead_id) in [
        ("p", ""),
        ("p\u{1f}q", "l"),
        ("p", "l\u{1f}m"),
        ("p", " l"),
        ("p", "l\0"),
        ("p", "NULL"),
        ("..", "l"),
    ] {
        let error = lead(pearl_id, lead_id).unwrap_err().to_string();
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    let campaign_id = uuid::Uuid::from_u128(7);
    for address in ["www.linkedin.com/in/jo\0", "www.linkedin.com/company/jo"] {
        let address = format!("https://{address}");
        assert!(targets::prospect(campaign_id, &address, false).is_err());
    }
    assert!(company(0).is_err());
}

#[test]
fn a_sample_shows_the_first_the_last_and_some_between_of_each_kind() {
    let folder = tempfile::tempdir().unwrap();
    let lead = |number: usize| lead("p", &format!("l{number:03}")).unwrap();
    let person = |profile: &str, reject_posts| {
        person(uuid::Uuid::from_u128(1), profile, reject_posts).unwrap()
    };
    let mut rows: Vec<_> = (0..100).map(lead).collect();
    rows.extend([person("a", false), person("b", true)]);
    rows.push(company(1).unwrap());
    plan(folder.path(), "run.db", &rows, 7).unwrap();
    let run = RunFile::at(folder.path().join("run.db")).read().unwrap();
    let sample = run.sample(4).unwrap();
    let shown: Vec<_> = sample
        .iter()
        .map(|sample| (sample.kind, sample.of, sample.targets.clone()))
        .collect();
    assert_eq!(
        shown,
        [
            (&PERSON, 2, vec![person("a", false), person("b", true)]),
            (&LEAD, 100, vec![lead(0), lead(33), lead(66), lead(99)]),
        ]
    );
    assert_eq!(run.sample(1).unwrap()[1].targets, [lead(0)]);
}
