//! Woodpecker's call, and what it does: now a job, the deletion later.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use http::StatusCode;
use serde_json::json;

use crate::contract::Violation;
use crate::operation::Provider;
use crate::record::{Gone, Record};
use crate::refusal;
use crate::reply::Reply;
use crate::state::{Company, DeletionRequest, WoodpeckerState};

/// Whose prospects go, all of them.
pub(crate) struct Deletion {
    company_id: i64,
}

impl Deletion {
    pub(crate) fn of_company(segment: &str) -> Result<Self, Violation> {
        let company_id = segment
            .parse()
            .map_err(|_| Violation::new("company_id", "is not a number"))?;
        Ok(Self { company_id })
    }

    pub(crate) fn carry_out(self, agency: &mut Agency, request: u64, now: Instant) -> Reply {
        let Some(company) = agency.companies.get(&self.company_id) else {
            return refuse_unknown();
        };
        let count = company.prospects.len() as u64;
        let id = agency.next_id();
        agency.take(
            DeletionRequest {
                id,
                company_id: self.company_id,
                count,
                completed: false,
            },
            Some(request),
            now,
        );
        Reply::json(
            StatusCode::ACCEPTED,
            &json!({ "deletion_request_id": id, "count": count }),
        )
    }
}

/// The answer at an address of Woodpecker's where there is nothing.
pub(crate) fn not_found(path: &str) -> Option<Reply> {
    path.starts_with("/rest/").then(refuse_unknown)
}

fn refuse_unknown() -> Reply {
    refusal::refuse(
        Provider::Woodpecker,
        StatusCode::NOT_FOUND,
        "Requested resource does not exist",
    )
}

/// The agency's companies and its jobs, finished and waiting.
pub(crate) struct Agency {
    delay: Duration,
    companies: BTreeMap<i64, Company>,
    deletion_requests: BTreeMap<i64, DeletionRequest>,
    /// In the order in which they fall due, since all wait equally long.
    waiting: VecDeque<Job>,
}

/// A deletion that waits to be carried out.
struct Job {
    due: Instant,
    id: i64,
    /// The request that asked for it, unless it was seeded.
    request: Option<u64>,
}

impl Agency {
    pub(crate) fn new(delay: Duration) -> Self {
        Self {
            delay,
            companies: BTreeMap::new(),
            deletion_requests: BTreeMap::new(),
            waiting: VecDeque::new(),
        }
    }

    pub(crate) fn add(&mut self, seed: &WoodpeckerState, now: Instant) {
        for (company_id, company) in &seed.companies {
            let known = self.companies.entry(*company_id).or_default();
            known.prospects.extend(&company.prospects);
        }
        for request in &seed.deletion_requests {
            self.take(request.clone(), None, now);
        }
    }

    /// Carries out the jobs that are due.
    pub(crate) fn settle(&mut self, gone: &mut Gone, now: Instant) {
        while self.waiting.front().is_some_and(|job| job.due <= now) {
            let Some(job) = self.waiting.pop_front() else {
                break;
            };
            let Some(request) = self.deletion_requests.get_mut(&job.id) else {
                continue;
            };
            request.completed = true;
            let company_id = request.company_id;
            if let Some(company) = self.companies.get_mut(&company_id) {
                let mut gone = gone.by(job.request);
                for prospect_id in std::mem::take(&mut company.prospects) {
                    gone.take(Record::company_prospect(company_id, prospect_id));
                }
            }
        }
    }

    pub(crate) fn snapshot(&self) -> WoodpeckerState {
        WoodpeckerState {
            companies: self.companies.clone(),
            deletion_requests: self.deletion_requests.values().cloned().collect(),
        }
    }

    /// How many prospects all companies have.
    pub(crate) fn count(&self) -> usize {
        let companies = self.companies.values();
        companies.map(|company| company.prospects.len()).sum()
    }

    fn next_id(&self) -> i64 {
        let last = self.deletion_requests.last_key_value();
        last.map_or(1, |(id, _)| id.saturating_add(1))
    }

    fn take(&mut self, taken: DeletionRequest, request: Option<u64>, now: Instant) {
        // A wait that no clock can express never ends.
        if !taken.completed
            && let Some(due) = now.checked_add(self.delay)
        {
            let id = taken.id;
            self.waiting.push_back(Job { due, id, request });
        }
        self.deletion_requests.insert(taken.id, taken);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Deleted;

    fn agency(delay: Duration, now: Instant) -> Agency {
        let mut agency = Agency::new(delay);
        let seed = serde_json::from_str(r#"{"companies":{"7":{"prospects":[1,2]}}}"#);
        agency.add(&seed.expect("a seed"), now);
        agency
    }

    fn delete(agency: &mut Agency, now: Instant) {
        let deletion = Deletion::of_company("7").expect("a number");
        let reply = deletion.carry_out(agency, 1, now);
        assert_eq!(reply.status, StatusCode::ACCEPTED);
    }

    #[test]
    fn a_job_takes_effect_when_its_delay_is_over_and_not_before() {
        let now = Instant::now();
        let delay = Duration::from_secs(60);
        let mut agency = agency(delay, now);
        delete(&mut agency, now);

        let mut gone = Gone::default();
        agency.settle(&mut gone, now + Duration::from_secs(59));
        assert_eq!(agency.companies[&7].prospects.len(), 2);
        assert!(!agency.deletion_requests[&1].completed);

        agency.settle(&mut gone, now + delay);
        assert!(agency.companies[&7].prospects.is_empty());
        assert!(agency.deletion_requests[&1].completed);
        let expected = [1, 2].map(|prospect_id| Deleted {
            request: Some(1),
            record: Record::company_prospect(7, prospect_id),
        });
        assert_eq!(gone.all(), expected);
    }

    #[test]
    fn jobs_fall_due_one_by_one() {
        let now = Instant::now();
        let delay = Duration::from_secs(60);
        let mut agency = agency(delay, now);
        delete(&mut agency, now);
        delete(&mut agency, now + delay);

        agency.settle(&mut Gone::default(), now + delay);
        assert!(agency.deletion_requests[&1].completed);
        assert!(!agency.deletion_requests[&2].completed);
    }
}
