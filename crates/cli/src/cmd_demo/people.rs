//! Who is in the demonstration: who is to go, and who is to stay.

use std::ops::Range;

use prospect_delete_core::extrovert::Uuid;

/// For each one that goes, so many of its kind stay: a deletion that reaches too far is seen.
pub(super) const KEPT_FOR_EACH: usize = 2;

/// Teammates, campaigns and lists of the Extrovert team.
pub(super) const ADA: Uuid = Uuid::from_u128(0xA1);
pub(super) const NOAH: Uuid = Uuid::from_u128(0xA2);
pub(super) const SPRING: Uuid = Uuid::from_u128(0xC1);
pub(super) const AUTUMN: Uuid = Uuid::from_u128(0xC2);
pub(super) const NOAHS: Uuid = Uuid::from_u128(0xC3);
pub(super) const OLD_LIST: Uuid = Uuid::from_u128(0xB1);
pub(super) const NEW_LIST: Uuid = Uuid::from_u128(0xB2);

/// The person who is taken out of one campaign alone.
pub(super) const JOHN: &str = "https://www.linkedin.com/in/john-doe";

/// Two outbound campaigns that call the same leads.
pub(super) const PEARL: &str = "66b2f0c4a1d3e5f708192a3b";
pub(super) const OTHER_PEARL: &str = "66b2f0c4a1d3e5f708192a3c";

/// The client who leaves, and one who stays.
pub(super) const LEAVING_COMPANY: i64 = 123;
pub(super) const STAYING_COMPANY: i64 = 456;

/// Campaigns with the same audience ids.
pub(super) const DRAFT: i64 = 42;
pub(super) const RUNNING: i64 = 43;

/// All ids of one kind; the first `targets` of them are to go.
pub(super) fn numbers(targets: usize) -> Range<usize> {
    0..targets * (1 + KEPT_FOR_EACH)
}

pub(super) fn profile(number: usize) -> String {
    format!("ACoAA{number}")
}

pub(super) fn lead(number: usize) -> String {
    format!("66b2f0c4{number:016x}")
}

/// The id of a Woodpecker prospect or an UnleashX audience record.
pub(super) fn record(number: usize) -> i64 {
    1 + i64::try_from(number).expect("at most 300,000")
}
