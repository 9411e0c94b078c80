//! A run file that is read.

use std::collections::BTreeMap;

use prospect_delete_core::{Outcome, Target, TargetKind, provider, target_kind_of_code};
use rusqlite::{Connection, OptionalExtension, Row, types::ValueRef};

use super::{
    Database,
    schema::{LAST, OPEN, OUTCOME, of_name},
};
use crate::{
    Error, GuardViolation,
    counts::Counts,
    digest::hex,
    manifest::{Binding, Manifest},
    moment::from_millis,
    pass::{Pass, PassEnd},
    planned::{Planned, Sample},
    records::{Activity, AttemptRecord, LastAttempt, Line, Named, Reason, RequestRecord, Settled},
    store::Records,
};

/// The length of a keyed hash. Another may stand behind it, of what other spellings have in common.
const HASH: usize = 32;

/// What rows of one reason have in common.
const REASON: &str = "request.kind, attempt.http_status, attempt.kind, attempt.outcome";

impl Records for Database {
    fn name(&self) -> &str {
        &self.run
    }

    fn manifest(&self) -> Result<Manifest, Error> {
        let needed = |name: &str| -> Result<String, Error> {
            self.value(name)?
                .ok_or_else(|| Error::damaged(&self.run, format!("its {name} is missing")))
        };
        Ok(Manifest {
            run_id: needed("run_id")?,
            digest: needed("digest")?,
            planned_at: needed("planned_at")?,
            planned_by: needed("planned_by")?,
            planned_with: needed("planned_with")?,
            forgotten_at: self.value("forgotten_at")?,
        })
    }

    fn key_check(&self) -> Result<Option<String>, Error> {
        self.value("forget_check")
    }

    fn bindings(&self) -> Result<Vec<Binding>, Error> {
        let mut statement = self
            .connection
            .prepare("SELECT provider, base_url, fingerprint FROM account ORDER BY provider")
            .map_err(self.failed())?;
        let rows = statement
            .query_map([], |row| {
                let name: String = row.get(0)?;
                Ok((name, row.get(1)?, row.get(2)?))
            })
            .map_err(self.failed())?;
        rows.map(|row| {
            let (name, base_url, fingerprint) = row.map_err(self.failed())?;
            let provider =
                provider(&name).ok_or_else(|| self.unknown(format!("the provider {name}")))?;
            Ok(Binding {
                provider: provider.name,
                base_url,
                fingerprint,
            })
        })
        .collect()
    }

    fn planned(&self) -> Result<BTreeMap<&'static str, Planned>, Error> {
        let sql = "SELECT kind, count FROM request WHERE parent IS NULL";
        let sums = self.sums(sql, [], |planned: &mut Planned, row| {
            planned.requests += 1;
            planned.targets += row.get::<_, i64>(1)?.unsigned_abs();
            Ok(())
        })?;
        let mut planned: BTreeMap<&'static str, Planned> = BTreeMap::new();
        for (kind, sum) in sums {
            let of = planned.entry(kind.provider().name).or_default();
            of.requests += sum.requests;
            of.targets += sum.targets;
            if kind.is_scope() {
                of.scopes += sum.targets;
            }
        }
        Ok(planned)
    }

    fn counts(&self) -> Result<BTreeMap<&'static str, Counts>, Error> {
        let sql = format!("SELECT kind, {OUTCOME}, count FROM request WHERE split = 0");
        let sums = self.sums(&sql, [], |counts: &mut Counts, row| {
            let outcome = of_name(row.get_ref(1)?.as_str().unwrap_or_default());
            counts.add(outcome, row.get::<_, i64>(2)?.unsigned_abs());
            Ok(())
        })?;
        let mut counts: BTreeMap<&'static str, Counts> = BTreeMap::new();
        for (kind, sum) in sums {
            let of = counts.entry(kind.provider().name).or_default();
            *of = of.plus(sum);
        }
        Ok(counts)
    }

    fn scopes(&self) -> Result<Vec<Target>, Error> {
        let mut statement = self
            .connection
            .prepare(
                "SELECT kind, key, options FROM request JOIN target ON target.id = first
                 WHERE scope AND parent IS NULL ORDER BY request.id",
            )
            .map_err(self.failed())?;
        let rows = statement
            .query_map([], |row| {
                let key = row.get_ref(1)?.as_str().ok().map(str::to_owned);
                Ok((row.get(0)?, key, row.get(2)?))
            })
            .map_err(self.failed())?;
        rows.map(|row| {
            let (kind, key, options) = row.map_err(self.failed())?;
            self.target(kind, key.as_deref(), options)
        })
        .collect()
    }

    fn sample(&self, most: u32) -> Result<Vec<Sample>, Error> {
        let ranges = {
            let mut statement = self
                .connection
                .prepare(
                    "SELECT kind, min(first), sum(count) FROM request
                     WHERE parent IS NULL AND NOT scope GROUP BY kind ORDER BY min(id)",
                )
                .map_err(self.failed())?;
            statement
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .and_then(Iterator::collect::<rusqlite::Result<Vec<(u8, i64, i64)>>>)
                .map_err(self.failed())?
        };
        let mut samples = Vec::new();
        for (kind, first, count) in ranges {
            let taken = count.min(most.into());
            let mut targets = Vec::new();
            for index in 0..taken {
                // The targets of a kind stand together, so that their numbers are a range.
                let step = if taken > 1 {
                    index * (count - 1) / (taken - 1)
                } else {
                    0
                };
                let read = || -> rusqlite::Result<(u8, Option<String>)> {
                    let options = self.connection.query_row(
                        "SELECT options FROM request WHERE parent IS NULL AND first <= ?1
                         ORDER BY first DESC LIMIT 1",
                        [first + step],
                        |row| row.get(0),
                    )?;
                    let key = self
                        .connection
                        .prepare_cached("SELECT key FROM target WHERE id = ?")?
                        .query_row([first + step], |row| {
                            Ok(row.get_ref(0)?.as_str().ok().map(str::to_owned))
                        })
                        .optional()?;
                    Ok((options, key.flatten()))
                };
                let (options, key) = read().map_err(self.failed())?;
                targets.push(self.target(kind, key.as_deref(), options)?);
            }
            samples.push(Sample {
                kind: self.kind(kind)?,
                targets,
                of: count.unsigned_abs(),
            });
        }
        Ok(samples)
    }

    fn passes(&self) -> Result<Vec<Pass>, Error> {
        let read = || -> rusqlite::Result<Vec<Pass>> {
            let mut sent = BTreeMap::new();
            let mut statement = self.connection.prepare(
                "SELECT pass, count(*) FROM attempt
                 WHERE (outcome IS NULL OR outcome <> 'not_sent') AND NOT shared GROUP BY pass",
            )?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                sent.insert(row.get::<_, i64>(0)?, row.get::<_, i64>(1)?.unsigned_abs());
            }
            self.connection
                .prepare("SELECT id, operator, version, began, ended, how FROM pass ORDER BY id")?
                .query_map([], |row| {
                    let end: Option<String> = row.get(5)?;
                    Ok(Pass {
                        by: row.get(1)?,
                        with: row.get(2)?,
                        began_at: from_millis(row.get(3)?),
                        ended_at: row.get::<_, Option<i64>>(4)?.map(from_millis),
                        end: end.as_deref().and_then(PassEnd::named),
                        requests_sent: sent.get(&row.get(0)?).copied().unwrap_or_default(),
                    })
                })?
                .collect()
        };
        read().map_err(self.failed())
    }

    fn reasons(&self, outcome: Outcome) -> Result<Vec<Reason>, Error> {
        let sql = format!(
            "SELECT {REASON}, sum(request.count), min(attempt.message)
             FROM request LEFT JOIN attempt ON {LAST}
             WHERE split = 0 AND {OUTCOME} = ?
             GROUP BY {REASON} ORDER BY 5 DESC, 1"
        );
        let mut statement = self.connection.prepare(&sql).map_err(self.failed())?;
        let rows = statement
            .query_map([outcome.as_str()], Why::read)
            .map_err(self.failed())?;
        rows.map(|why| why.map_err(self.failed())?.reason(self))
            .collect()
    }

    fn unknown_scopes(&self) -> Result<Vec<(Target, Reason)>, Error> {
        let sql = format!(
            "SELECT {REASON}, request.count, attempt.message, key, options
             FROM request JOIN target ON target.id = first LEFT JOIN attempt ON {LAST}
             WHERE scope AND parent IS NULL AND {OUTCOME} = 'unknown' ORDER BY request.id"
        );
        let mut statement = self.connection.prepare(&sql).map_err(self.failed())?;
        let rows = statement
            .query_map([], |row| {
                let key = row.get_ref(6)?.as_str().ok().map(str::to_owned);
                Ok((Why::read(row)?, key, row.get(7)?))
            })
            .map_err(self.failed())?;
        rows.map(|row| {
            let (why, key, options) = row.map_err(self.failed())?;
            let target = self.target(why.kind, key.as_deref(), options)?;
            Ok((target, why.reason(self)?))
        })
        .collect()
    }

    fn lines(&self, take: &mut dyn FnMut(&Line) -> Result<(), Error>) -> Result<(), Error> {
        let sql = format!(
            "SELECT request.kind, request.options, request.count, {OUTCOME},
                request.attempts + ({OPEN}), coalesce(attempt.ended, attempt.began),
                attempt.http_status, attempt.kind, attempt.message, attempt.request_id
             FROM request LEFT JOIN attempt ON {LAST}
             WHERE split = 0 ORDER BY request.first"
        );
        let mut requests = self.connection.prepare(&sql).map_err(self.failed())?;
        let mut requests = requests.query([]).map_err(self.failed())?;
        let mut targets = self
            .connection
            .prepare("SELECT key FROM target ORDER BY id")
            .map_err(self.failed())?;
        let mut targets = targets.query([]).map_err(self.failed())?;
        while let Some(row) = requests.next().map_err(self.failed())? {
            let read = || -> rusqlite::Result<_> {
                let kind: u8 = row.get(0)?;
                let options: u8 = row.get(1)?;
                let count: i64 = row.get(2)?;
                let outcome = of_name(row.get_ref(3)?.as_str()?);
                let attempts: u32 = row.get(4)?;
                let last = match row.get::<_, Option<i64>>(5)? {
                    None => None,
                    Some(at) => Some(LastAttempt {
                        at: from_millis(at),
                        http_status: row.get(6)?,
                        failure: row.get(7)?,
                        message: row.get(8)?,
                        request_id: row.get(9)?,
                    }),
                };
                Ok((kind, options, count, outcome, attempts, last))
            };
            let (code, options, count, outcome, attempts, last) = read().map_err(self.failed())?;
            let kind = self.kind(code)?;
            for _ in 0..count {
                let Some(target) = targets.next().map_err(self.failed())? else {
                    return Err(Error::damaged(&self.run, "targets are missing"));
                };
                let key = target.get_ref(0).map_err(self.failed())?;
                let (named, alike) = self.named(code, key, options)?;
                take(&Line {
                    kind,
                    named,
                    alike,
                    outcome,
                    attempts,
                    last: last.clone(),
                })?;
            }
        }
        Ok(())
    }

    fn requests(
        &self,
        outcome: Option<Outcome>,
        take: &mut dyn FnMut(&RequestRecord) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let sql = format!(
            "SELECT id, kind, options, first, count, attempts + ({OPEN})
             FROM request WHERE split = 0 AND {OUTCOME} = ? ORDER BY id"
        );
        let mut statement = self.connection.prepare(&sql).map_err(self.failed())?;
        let name = outcome.map_or("pending", Outcome::as_str);
        let mut rows = statement.query([name]).map_err(self.failed())?;
        while let Some(row) = rows.next().map_err(self.failed())? {
            let kind = self.kind(row.get(1).map_err(self.failed())?)?;
            let read = || -> rusqlite::Result<_> {
                Ok(RequestRecord {
                    id: row.get(0)?,
                    kind,
                    options: row.get(2)?,
                    first: row.get(3)?,
                    count: row.get(4)?,
                    attempts: row.get(5)?,
                })
            };
            take(&read().map_err(self.failed())?)?;
        }
        Ok(())
    }

    fn attempts(&self, request: &RequestRecord) -> Result<Vec<AttemptRecord>, Error> {
        attempts(&self.connection, request.id).map_err(self.failed())
    }

    fn targets(
        &self,
        request: &RequestRecord,
        take: &mut dyn FnMut(&Named) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT key FROM target WHERE id >= ? AND id < ? ORDER BY id")
            .map_err(self.failed())?;
        let mut keys = statement
            .query([request.first, request.first.saturating_add(request.count)])
            .map_err(self.failed())?;
        while let Some(key) = keys.next().map_err(self.failed())? {
            let key = key.get_ref(0).map_err(self.failed())?;
            let (named, _) = self.named(request.kind.code, key, request.options)?;
            take(&named)?;
        }
        Ok(())
    }

    fn activity(&self) -> Result<Vec<Activity>, Error> {
        let read = || {
            self.connection
                .prepare(
                    "SELECT pass.id, pass.began, max(coalesce(pass.ended, pass.began),
                        coalesce(max(coalesce(attempt.ended, attempt.began)), pass.began))
                     FROM pass JOIN attempt ON attempt.pass = pass.id GROUP BY pass.id ORDER BY pass.id",
                )?
                .query_map([], |row| {
                    Ok(Activity {
                        pass: row.get(0)?,
                        began: row.get(1)?,
                        ended: row.get(2)?,
                    })
                })?
                .collect::<rusqlite::Result<_>>()
        };
        read().map_err(self.failed())
    }

    fn settled(&self, take: &mut dyn FnMut(Settled)) -> Result<(), Error> {
        let mut read = || {
            let mut statement = self.connection.prepare(&format!(
                "SELECT {OUTCOME}, request.count, attempt.pass, coalesce(attempt.ended, attempt.began)
                 FROM request JOIN attempt ON {LAST}
                 WHERE split = 0"
            ))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                if let Some(outcome) = of_name(row.get_ref(0)?.as_str()?) {
                    take(Settled {
                        outcome,
                        targets: row.get(1)?,
                        pass: row.get(2)?,
                        at: row.get(3)?,
                    });
                }
            }
            Ok(())
        };
        read().map_err(self.failed())
    }
}

impl Database {
    /// A value of the manifest.
    fn value(&self, name: &str) -> Result<Option<String>, Error> {
        self.connection
            .query_row("SELECT value FROM manifest WHERE name = ?", [name], |row| {
                row.get(0)
            })
            .optional()
            .map_err(self.failed())
    }

    /// Sums of rows, by the kind that stands first in each. `GROUP BY` would sort all of them.
    pub(super) fn sums<T: Default>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        mut add: impl FnMut(&mut T, &Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<Vec<(&'static TargetKind, T)>, Error> {
        let mut sums: BTreeMap<u8, T> = BTreeMap::new();
        let read = || -> rusqlite::Result<()> {
            let mut statement = self.connection.prepare(sql)?;
            let mut rows = statement.query(parameters)?;
            while let Some(row) = rows.next()? {
                add(sums.entry(row.get(0)?).or_default(), row)?;
            }
            Ok(())
        };
        read().map_err(self.failed())?;
        sums.into_iter()
            .map(|(kind, sum)| Ok((self.kind(kind)?, sum)))
            .collect()
    }

    fn kind(&self, code: u8) -> Result<&'static TargetKind, Error> {
        target_kind_of_code(code)
            .ok_or_else(|| self.unknown(format!("a kind of target by the number {code}")))
    }

    /// A target by its key, unless a hash took its place.
    fn target(&self, kind: u8, key: Option<&str>, options: u8) -> Result<Target, Error> {
        let key = key.ok_or_else(|| GuardViolation::Forgotten {
            run: self.run.clone(),
        })?;
        Target::from_key(self.kind(kind)?, key, options)
            .map_err(|error| Error::damaged(&self.run, error.to_string()))
    }

    /// What names a target, and the hash of what other spellings of it have in common with it.
    fn named(
        &self,
        kind: u8,
        key: ValueRef<'_>,
        options: u8,
    ) -> Result<(Named, Option<String>), Error> {
        if let ValueRef::Blob(hash) = key {
            let (hash, folded) = hash.split_at(hash.len().min(HASH));
            let alike = (!folded.is_empty()).then(|| hex(folded));
            return Ok((Named::Hash(hex(hash)), alike));
        }
        let key = key.as_str().unwrap_or_default();
        let target = self.target(kind, Some(key), options)?;
        Ok((Named::Target(target), None))
    }
}

/// A reason as it is read.
struct Why {
    kind: u8,
    http_status: Option<u16>,
    failure: Option<String>,
    last: Option<String>,
    targets: i64,
    message: Option<String>,
}

impl Why {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            kind: row.get(0)?,
            http_status: row.get(1)?,
            failure: row.get(2)?,
            last: row.get(3)?,
            targets: row.get(4)?,
            message: row.get(5)?,
        })
    }

    fn reason(self, run: &Database) -> Result<Reason, Error> {
        Ok(Reason {
            kind: run.kind(self.kind)?,
            http_status: self.http_status,
            failure: self.failure,
            last: self.last.as_deref().and_then(of_name),
            message: self.message,
            targets: self.targets.unsigned_abs(),
        })
    }
}

/// The attempts that named the targets of a request, the oldest first. Where one said something else of a part, that
/// stands in its place.
fn attempts(connection: &Connection, request: i64) -> rusqlite::Result<Vec<AttemptRecord>> {
    let mut line = Vec::new();
    let mut next = Some(request);
    while let Some(id) = next {
        let (parent, count) = connection
            .prepare_cached("SELECT parent, count FROM request WHERE id = ?")?
            .query_row([id], |row| Ok((row.get::<_, Option<i64>>(0)?, row.get(1)?)))?;
        line.push((id, count));
        // Parts come after what they are of, so that this ends in a damaged file too.
        next = parent.filter(|parent| *parent < id);
    }
    let mut attempts = BTreeMap::new();
    for (request, named) in line.into_iter().rev() {
        let mut statement = connection.prepare_cached(
            "SELECT began, ended, outcome, kind, http_status, message, request_id, retry_after_s,
                count, pass, id
             FROM attempt WHERE request = ? ORDER BY id",
        )?;
        let mut rows = statement.query([request])?;
        while let Some(row) = rows.next()? {
            let attempt = AttemptRecord {
                began: row.get(0)?,
                ended: row.get(1)?,
                outcome: row.get_ref(2)?.as_str_or_null()?.and_then(of_name),
                failure: row.get(3)?,
                http_status: row.get(4)?,
                message: row.get(5)?,
                request_id: row.get(6)?,
                retry_after_s: row.get(7)?,
                count: row.get(8)?,
                pass: row.get(9)?,
                named,
            };
            attempts.insert(row.get::<_, i64>(10)?, attempt);
        }
    }
    Ok(attempts.into_values().collect())
}
