//! The plan in a run file, as it is compared with its digest.

use rusqlite::ErrorCode;

use super::{
    Database, fault,
    rows::{REQUEST, request},
};
use crate::store::{
    RequestId,
    checked::{Fault, PlanRows},
    rows::RequestRow,
};

/// The plan in a run file.
pub(super) struct Plan<'a>(pub(super) &'a Database);

impl PlanRows for Plan<'_> {
    fn last(&self) -> Result<(RequestId, i64), Fault> {
        self.0
            .connection
            .query_row(
                "SELECT coalesce((SELECT id FROM request WHERE parent IS NULL ORDER BY id DESC LIMIT 1), 0),
                    coalesce((SELECT max(id) FROM target), 0)",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .map_err(self.0.not_planned())
    }

    fn requests(&self, first: RequestId, last: RequestId) -> Result<Vec<RequestRow>, Fault> {
        let read = || -> rusqlite::Result<_> {
            self.0
                .connection
                .prepare_cached(&format!(
                    "SELECT {REQUEST} FROM request WHERE id >= ? AND id <= ? ORDER BY id"
                ))?
                .query_map([first, last], request)?
                .collect()
        };
        read().map_err(self.0.not_planned())
    }

    fn keys(
        &self,
        first: i64,
        end: i64,
        take: &mut dyn FnMut(i64, &str) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut statement = self
            .0
            .connection
            .prepare_cached("SELECT id, key FROM target WHERE id >= ? AND id < ? ORDER BY id")
            .map_err(self.0.not_planned())?;
        let mut rows = statement
            .query([first, end])
            .map_err(self.0.not_planned())?;
        while let Some(row) = rows.next().map_err(self.0.not_planned())? {
            let key = row.get_ref(1).map_err(self.0.not_planned())?;
            let key = key.as_str().map_err(|_| Fault::NotPlanned)?;
            take(row.get(0).map_err(self.0.not_planned())?, key)?;
        }
        Ok(())
    }
}

impl Database {
    /// Tables that are not there, are something else, or hold values of another type were changed since they were
    /// planned.
    pub(super) fn not_planned(&self) -> impl Fn(rusqlite::Error) -> Fault + use<'_> {
        |error| match error.sqlite_error_code() {
            None
            | Some(
                ErrorCode::Unknown
                | ErrorCode::TypeMismatch
                | ErrorCode::SchemaChanged
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::AuthorizationForStatementDenied,
            ) => Fault::NotPlanned,
            Some(_) => Fault::Store(fault::database(&self.run, error)),
        }
    }
}
