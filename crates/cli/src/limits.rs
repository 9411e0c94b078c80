//! How much of a provider's time a run takes, as flags and the configuration give it.

use std::num::NonZeroU32;

use prospect_delete_engine::Rate;

/// The most requests at a time that anybody may ask for.
const MOST_AT_A_TIME: u32 = 1000;

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
