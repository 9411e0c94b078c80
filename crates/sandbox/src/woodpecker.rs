//! Woodpecker: an agency's companies, and the operation that deletes their prospects: now a job, the deletion later.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use jiff::Timestamp;
use prospect_delete_specs::Document;
use serde::{Deserialize, Serialize};
use serde_json::json;
use thiserror::Error;

use crate::chance::Chance;
use crate::provider::{Operation, Service, Take, Violation};
use crate::reply::Reply;

/// One Woodpecker agency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WoodpeckerState {
    /// Client companies by id.
    pub companies: BTreeMap<i64, Company>,
    /// Deletions that were taken, carried out or not.
    pub deletion_requests: Vec<DeletionRequest>,
}

/// A client company of the agency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Company {
    /// The ids of its prospects.
    pub prospects: BTreeSet<i64>,
}

/// A deletion that Woodpecker took, to carry it out later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeletionRequest {
    /// The number that the answer gave.
    pub id: i64,
    /// Whose prospects go.
    pub company_id: i64,
    /// How many there were when it was taken.
    pub count: u64,
    /// Whether they are gone.
    pub completed: bool,
}

/// How much is made up for Woodpecker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GenerateWoodpecker {
    /// Client companies.
    pub companies: u32,
    /// Prospects of each company.
    pub prospects_per_company: u32,
}

/// What is deleted at Woodpecker.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Error)]
#[serde(tag = "kind")]
pub enum WoodpeckerRecord {
    /// A prospect of a client company.
    #[error("woodpecker prospect {prospect_id} of company {company_id}")]
    #[serde(rename = "woodpecker_prospect")]
    Prospect {
        /// The company.
        company_id: i64,
        /// The prospect.
        prospect_id: i64,
    },
}

/// Whose prospects go, all of them.
pub(crate) struct Deletion {
    company_id: i64,
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

impl Service for Agency {
    const DOCUMENT: Document = prospect_delete_specs::WOODPECKER;
    const DATA: &str = include_str!("woodpecker.yaml");
    const KEY: &str = "sandbox-woodpecker-key";
    const KEY_REFUSED: &str = "Invalid api key";
    const OPERATIONS: &[Operation<Deletion>] = &[Operation {
        id: "delete_company_prospects",
        name: "delete_company_prospects",
        read: |asked| {
            let company_id = asked.parameter.parse();
            let company_id =
                company_id.map_err(|_| Violation::new("company_id", "is not a number"))?;
            Ok(Deletion { company_id })
        },
    }];
    const ELSEWHERE: &[(&[Method], &str)] = &[
        (&[Method::GET, Method::DELETE], "/rest/v1/prospects"),
        (&[Method::POST], "/rest/v1/stop_followups"),
        (
            &[Method::GET, Method::POST],
            "/rest/v2/agency/blacklist/emails",
        ),
        (&[Method::POST], "/rest/v2/agency/blacklist/domains"),
        (&[Method::GET], "/rest/v2/agency/companies"),
        (
            &[Method::GET, Method::POST, Method::DELETE],
            "/rest/v2/blacklist/emails",
        ),
        (
            &[Method::GET, Method::POST, Method::DELETE],
            "/rest/v2/blacklist/domains",
        ),
    ];

    type State = WoodpeckerState;
    type Generate = GenerateWoodpecker;
    type Deletion = Deletion;
    type Record = WoodpeckerRecord;

    fn new(delay: Duration) -> Self {
        Self {
            delay,
            companies: BTreeMap::new(),
            deletion_requests: BTreeMap::new(),
            waiting: VecDeque::new(),
        }
    }

    fn add(&mut self, seed: &WoodpeckerState, now: Instant) {
        for (company_id, company) in &seed.companies {
            let known = self.companies.entry(*company_id).or_default();
            known.prospects.extend(&company.prospects);
        }
        for request in &seed.deletion_requests {
            self.take(request.clone(), None, now);
        }
    }

    fn carry_out(
        &mut self,
        deletion: Deletion,
        request: u64,
        now: Instant,
        _gone: Take<'_, WoodpeckerRecord>,
    ) -> Reply {
        let Deletion { company_id } = deletion;
        let Some(company) = self.companies.get(&company_id) else {
            return refuse_unknown();
        };
        let count = company.prospects.len() as u64;
        let id = self.next_id();
        self.take(
            DeletionRequest {
                id,
                company_id,
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

    /// Carries out the jobs that are due.
    fn settle(&mut self, now: Instant, gone: Take<'_, WoodpeckerRecord>) {
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
                for prospect_id in std::mem::take(&mut company.prospects) {
                    let record = WoodpeckerRecord::Prospect {
                        company_id,
                        prospect_id,
                    };
                    gone(job.request, record);
                }
            }
        }
    }

    fn snapshot(&self) -> WoodpeckerState {
        WoodpeckerState {
            companies: self.companies.clone(),
            deletion_requests: self.deletion_requests.values().cloned().collect(),
        }
    }

    fn count(&self) -> usize {
        let companies = self.companies.values();
        companies.map(|company| company.prospects.len()).sum()
    }

    fn refuse(status: StatusCode, detail: &str) -> Reply {
        let title = match status {
            StatusCode::BAD_REQUEST => "Bad request",
            other => other.canonical_reason().unwrap_or("Error"),
        };
        let body = json!({
            "title": title,
            "status": status.as_u16(),
            "detail": detail,
            "timestamp": Timestamp::now().strftime("%Y-%m-%d %H:%M:%S").to_string(),
        });
        Reply::json(status, &body)
    }

    fn not_found(path: &str) -> Option<Reply> {
        path.starts_with("/rest/").then(refuse_unknown)
    }

    fn most_generated(counts: &GenerateWoodpecker) -> u64 {
        u64::from(counts.companies) * u64::from(counts.prospects_per_company.max(1))
    }

    fn generate(counts: &Self::Generate, chance: &mut Chance) -> Self::State {
        let companies = (1..=i64::from(counts.companies)).map(|company_id| {
            let prospects = chance.distinct(counts.prospects_per_company, Chance::number);
            (company_id, Company { prospects })
        });
        WoodpeckerState {
            companies: companies.collect(),
            deletion_requests: Vec::new(),
        }
    }
}

fn refuse_unknown() -> Reply {
    Agency::refuse(StatusCode::NOT_FOUND, "Requested resource does not exist")
}

impl Agency {
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

    fn agency(delay: Duration, now: Instant) -> Agency {
        let mut agency = Agency::new(delay);
        let seed = serde_json::from_str(r#"{"companies":{"7":{"prospects":[1,2]}}}"#);
        agency.add(&seed.expect("a seed"), now);
        agency
    }

    fn delete(agency: &mut Agency, now: Instant) {
        let deletion = Deletion { company_id: 7 };
        let reply = agency.carry_out(deletion, 1, now, &mut |_, _| {});
        assert_eq!(reply.status, StatusCode::ACCEPTED);
    }

    #[test]
    fn a_job_takes_effect_when_its_delay_is_over_and_not_before() {
        let now = Instant::now();
        let delay = Duration::from_secs(60);
        let mut agency = agency(delay, now);
        delete(&mut agency, now);

        let mut gone = Vec::new();
        let mut take = |request, record| gone.push((request, record));
        agency.settle(now + Duration::from_secs(59), &mut take);
        assert_eq!(agency.companies[&7].prospects.len(), 2);
        assert!(!agency.deletion_requests[&1].completed);

        agency.settle(now + delay, &mut take);
        assert!(agency.companies[&7].prospects.is_empty());
        assert!(agency.deletion_requests[&1].completed);
        let expected = [1, 2].map(|prospect_id| {
            let record = WoodpeckerRecord::Prospect {
                company_id: 7,
                prospect_id,
            };
            (Some(1), record)
        });
        assert_eq!(gone, expected);
    }

    #[test]
    fn jobs_fall_due_one_by_one() {
        let now = Instant::now();
        let delay = Duration::from_secs(60);
        let mut agency = agency(delay, now);
        delete(&mut agency, now);
        delete(&mut agency, now + delay);

        agency.settle(now + delay, &mut |_, _| {});
        assert!(agency.deletion_requests[&1].completed);
        assert!(!agency.deletion_requests[&2].completed);
    }
}
