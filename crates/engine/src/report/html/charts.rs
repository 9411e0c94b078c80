//! Outcomes by provider as bars, and how targets came to their outcomes over time.

use maud::{Markup, html};

use super::{
    standing::{STANDINGS, Standing, place},
    text::{Text, counted, moment, number},
};
use crate::{
    Error,
    counts::Counts,
    moment::from_millis,
    records::{Activity, Settled},
    report::Status,
    store::Records,
};

/// Widths of 1000 in all, none of them invisible.
fn widths(counts: &Counts) -> Vec<(usize, u64)> {
    const LEAST: u64 = 6;
    let mut widths: Vec<(usize, u64)> = STANDINGS
        .iter()
        .enumerate()
        .map(|(standing, of)| (standing, (of.count)(counts)))
        .filter(|(_, count)| *count > 0)
        .map(|(standing, count)| {
            let share = u128::from(count) * 1000 / u128::from(counts.targets.max(1));
            (standing, u64::try_from(share).unwrap_or(1000).max(LEAST))
        })
        .collect();
    let sum: u64 = widths.iter().map(|(_, width)| width).sum();
    if let Some((_, widest)) = widths.iter_mut().max_by_key(|(_, width)| *width) {
        *widest = (*widest + 1000).saturating_sub(sum);
    }
    widths
}

pub(super) fn bars(status: &Status) -> Markup {
    html! {
        @for (provider, counts) in &status.by_provider {
            div class="bar" {
                span { (Text(provider)) }
                (bar(provider, counts))
                span class="total" { (number(counts.targets)) }
            }
        }
        ul class="legend" {
            @for of in held(&status.counts).rev() {
                li class={ "outcome " (of.name) } {
                    span class="mark" aria-hidden="true" {}
                    (of.words())
                }
            }
        }
    }
}

/// The standings that any target has.
fn held(counts: &Counts) -> impl DoubleEndedIterator<Item = &'static Standing> {
    STANDINGS.iter().filter(|of| (of.count)(counts) > 0)
}

fn bar(provider: &str, counts: &Counts) -> Markup {
    let words: Vec<_> = held(counts)
        .map(|of| format!("{} {}", number((of.count)(counts)), of.words()))
        .collect();
    // What is done comes first, so that what is not stands out at the end.
    let mut x = 0;
    let parts = widths(counts).into_iter().rev().map(|(standing, width)| {
        let gap = u64::from(x > 0);
        let part = (STANDINGS[standing].name, x + gap, width - gap);
        x += width;
        part
    });
    html! {
        svg viewBox="0 0 1000 18" preserveAspectRatio="none" role="img"
            aria-label={ (Text(provider)) ": " (words.join(", ")) }
        {
            rect class="track" width="1000" height="18" {}
            @for (name, x, width) in parts {
                rect class=(name) x=(x) width=(width) height="18" {}
            }
        }
    }
}

/// How many targets had come to their present outcome at each moment of the passes. What lies between two
/// passes is left out: nothing happens in it.
pub(super) struct Progress {
    total: u64,
    spans: Vec<Span>,
}

struct Span {
    activity: Activity,
    /// Where its columns begin in the chart.
    start: usize,
    /// In each column, how many targets came to each standing.
    columns: Vec<[u64; STANDINGS.len()]>,
}

/// The chart's own measures. Beyond this many passes they have no room for a number each.
const COLUMNS: usize = 240;
const LEAST_COLUMNS: usize = 6;
const WIDTH: usize = 720;
const HEIGHT: usize = 180;
const NUMBERED: usize = 24;
const TOP: usize = 20;
const BOTTOM: usize = TOP + HEIGHT;

impl Progress {
    pub(super) fn read(run: &dyn Records, total: u64) -> Result<Self, Error> {
        let activities = run.activity()?;
        let length = |of: &Activity| of.ended.abs_diff(of.began).max(1);
        let all: u64 = activities.iter().map(length).sum();
        let mut start = 0;
        let mut spans: Vec<_> = activities
            .into_iter()
            .map(|activity| {
                let share =
                    u128::from(length(&activity)) * COLUMNS as u128 / u128::from(all.max(1));
                let columns = usize::try_from(share).unwrap_or(COLUMNS).max(LEAST_COLUMNS);
                let span = Span {
                    start,
                    columns: vec![[0; STANDINGS.len()]; columns],
                    activity,
                };
                start += columns;
                span
            })
            .collect();
        run.settled(&mut |settled: Settled| {
            let Ok(span) = spans.binary_search_by_key(&settled.pass, |span| span.activity.pass)
            else {
                return;
            };
            let Span {
                activity, columns, ..
            } = &mut spans[span];
            let last = columns.len() - 1;
            let since = settled.at.saturating_sub(activity.began).max(0);
            let column = u128::from(since.unsigned_abs()) * columns.len() as u128
                / u128::from(length(activity));
            let column = usize::try_from(column).unwrap_or(last).min(last);
            if let Some(standing) = place(settled.outcome) {
                columns[column][standing] += settled.targets.unsigned_abs();
            }
        })?;
        Ok(Self { total, spans })
    }

    pub(super) fn chart(&self) -> Markup {
        let (Some(first), Some(last)) = (self.spans.first(), self.spans.last()) else {
            return nothing();
        };
        if self.total == 0 {
            return nothing();
        }
        let at = |millis| moment(&from_millis(millis));
        let view = format!("0 0 {WIDTH} {}", BOTTOM + 24);
        html! {
            svg class="progress" viewBox=(view) role="img" aria-labelledby="progress-title progress-caption" {
                @for (index, span) in self.spans.iter().enumerate() { (self.pass(index, span)) }
                @for (name, path) in self.areas() { path class=(name) d=(path) {} }
                @for share in [0, 1, 2] {
                    @let at = tenth(self.y(self.total * share / 2));
                    line x1="0" x2=(WIDTH) y1=(at) y2=(at) {}
                }
                text x="0" y="14" { (counted(self.total, "target")) }
            }
            figcaption id="progress-caption" {
                "Targets that had come to their present outcome, from "
                (at(first.activity.began)) " to " (at(last.activity.ended)) "."
                @if self.spans.len() > 1 { " Time between passes is left out." }
            }
        }
    }

    /// A pass's ground and its number.
    fn pass(&self, index: usize, span: &Span) -> Markup {
        let (from, to) = (self.x(span.start), self.x(span.start + span.columns.len()));
        let only = if to - from > 600 { "pass " } else { "" };
        html! {
            @if index.is_multiple_of(2) && self.spans.len() > 1 {
                rect class="band" x=(tenth(from)) y=(TOP) width=(tenth(to - from)) height=(HEIGHT) {}
            }
            @if self.spans.len() <= NUMBERED {
                text x=(tenth(usize::midpoint(from, to))) y=(BOTTOM + 18) text-anchor="middle" {
                    (only) (span.activity.pass)
                }
            }
        }
    }

    /// The outline of each standing, from the bottom up to its top. The highest is drawn first and the others over it.
    fn areas(&self) -> Vec<(&'static str, String)> {
        // Each standing lies on those below it.
        let mut sums = [0; STANDINGS.len()];
        let mut heights = Vec::with_capacity(self.columns());
        for column in self.spans.iter().flat_map(|span| &span.columns) {
            for (sum, count) in sums.iter_mut().zip(column) {
                *sum += count;
            }
            let mut below = 0;
            let mut tops = [0; STANDINGS.len()];
            for (top, sum) in tops.iter_mut().zip(&sums).rev() {
                below += sum;
                *top = below;
            }
            heights.push(tops);
        }
        let outline = |standing: usize| {
            let steps: String = heights
                .iter()
                .enumerate()
                .flat_map(|(column, tops)| {
                    let (x, y) = (self.x(column + 1), self.y(tops[standing]));
                    ["V".to_owned(), tenth(y), "H".to_owned(), tenth(x)]
                })
                .collect();
            format!("M0 {BOTTOM}{steps}V{BOTTOM}Z")
        };
        STANDINGS
            .iter()
            .enumerate()
            .filter(|(standing, _)| sums[*standing] > 0)
            .map(|(standing, of)| (of.name, outline(standing)))
            .collect()
    }

    fn columns(&self) -> usize {
        self.spans.iter().map(|span| span.columns.len()).sum()
    }

    /// Where a column begins, in tenths.
    fn x(&self, column: usize) -> usize {
        column * WIDTH * 10 / self.columns()
    }

    /// How high so many targets reach, in tenths from above.
    fn y(&self, targets: u64) -> usize {
        let up = u128::from(targets) * (HEIGHT as u128 * 10) / u128::from(self.total);
        BOTTOM * 10 - usize::try_from(up).unwrap_or(HEIGHT * 10).min(HEIGHT * 10)
    }
}

fn nothing() -> Markup {
    html! { p { "Nothing was sent yet." } }
}

fn tenth(tenths: usize) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::{STANDINGS, widths};
    use crate::counts::Counts;

    #[test]
    fn one_in_a_million_is_seen_in_a_bar() {
        let counts = Counts {
            targets: 1_000_000,
            deleted: 999_998,
            unknown: 1,
            pending: 1,
            ..Counts::default()
        };
        let widths = widths(&counts);
        let names: Vec<_> = widths.iter().map(|(of, _)| STANDINGS[*of].name).collect();
        assert_eq!(names, ["unknown", "pending", "deleted"]);
        assert_eq!(widths.iter().map(|(_, width)| width).sum::<u64>(), 1000);
        assert!(widths.iter().all(|(_, width)| *width >= 6), "{widths:?}");
    }
}
