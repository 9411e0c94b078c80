//! Values as flags and the configuration give them, and what is used where neither gives one.

use std::{num::NonZeroU32, time::Duration};

use prospect_delete_core::{PROVIDERS, Provider};
use prospect_delete_engine::Rate;

/// No attempt is given longer than a day.
const LONGEST_SECONDS: f64 = 24.0 * 60.0 * 60.0;

/// The time for one attempt, unless it was said otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// The most attempts for one request, unless it was said otherwise.
pub const MAX_ATTEMPTS: u32 = 5;

/// The longest wait between two attempts, unless it was said otherwise.
pub const MAX_WAIT: Duration = Duration::from_secs(60);

/// The most requests at a time that anybody may ask for.
const MOST_AT_A_TIME: u32 = 1000;

/// How alike two names are, from 0 to 1, for one to be taken for the other mistyped.
const ALIKE: f64 = 0.8;

/// Reads seconds, with fractions, at most a day.
pub fn seconds(text: &str) -> Result<Duration, String> {
    text.parse::<f64>()
        .ok()
        .filter(|seconds| (0.0..=LONGEST_SECONDS).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("give seconds, at most {LONGEST_SECONDS}"))
}

/// More than none, and at most a day.
pub fn positive_seconds(text: &str) -> Result<Duration, String> {
    seconds(text)?
        .checked_sub(Duration::from_nanos(1))
        .map_or_else(
            || Err("give more than 0 seconds".to_owned()),
            |_| seconds(text),
        )
}

/// Reads `PROVIDER=VALUE`.
pub fn per_provider<T>(
    text: &str,
    value: impl FnOnce(&str) -> Result<T, String>,
) -> Result<(&'static Provider, T), String> {
    let names = || {
        PROVIDERS
            .iter()
            .map(|provider| provider.name)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (name, text) = text.split_once('=').ok_or("write it as PROVIDER=VALUE")?;
    let provider = PROVIDERS
        .iter()
        .find(|provider| provider.name == name)
        .ok_or_else(|| {
            let meant = suggestion(name, PROVIDERS.iter().map(|provider| provider.name));
            format!(
                "there is no such provider{meant}; the providers are {}",
                names()
            )
        })?;
    Ok((provider, value(text)?))
}

/// Requests in a time.
pub fn rate(text: &str) -> Result<Rate, String> {
    const WAYS: &str = "give N/s, N/min or unlimited";
    if text == "unlimited" {
        return Ok(Rate::Unlimited);
    }
    let (number, unit) = text.split_once('/').ok_or(WAYS)?;
    let number: NonZeroU32 = number.parse().map_err(|_| WAYS)?;
    match unit {
        "s" => Ok(Rate::per_second(number)),
        "min" => Ok(Rate::per_minute(number)),
        _ => Err(WAYS.to_owned()),
    }
}

/// A rate in the form that [`rate`] reads.
pub fn written(rate: Rate) -> String {
    match rate {
        Rate::Unlimited => "unlimited".to_owned(),
        Rate::Per { requests, period } if period.as_secs() == 60 => format!("{requests}/min"),
        Rate::Per { requests, .. } => format!("{requests}/s"),
    }
}

/// Requests at a time.
pub fn concurrency(text: &str) -> Result<NonZeroU32, String> {
    text.parse()
        .ok()
        .filter(|number: &NonZeroU32| number.get() <= MOST_AT_A_TIME)
        .ok_or_else(|| format!("give a number from 1 to {MOST_AT_A_TIME}"))
}

/// Targets that one request names.
pub fn batch(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|number| *number > 0)
        .ok_or_else(|| "give a number above 0".to_owned())
}

/// The name that was probably meant, to be put behind what is wrong.
pub fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    known
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map_or_else(String::new, |(_, known)| {
            format!(" (did you mean {known}?)")
        })
}
