//! What clients read: workflows, histories, answers, counts.

use std::sync::Arc;

use rusqlite::{Row, params};
use serde_json::Value;

use crate::store::error::StoreError;
use crate::store::look::{Answered, Counts, Posting, STATES, Which, WorkflowRow};

use super::connection::{Sqlite, text};

const WORKFLOW: &str = "SELECT w.subject, w.consumer, w.version, p.subject, w.revision, w.status, w.control, k.name, w.changed, NULL \
                        FROM workflow w LEFT JOIN workflow p ON p.id = w.parent LEFT JOIN worker k ON k.id = w.busy";

/// `CROSS`: the tree first. Left to itself SQLite reads the whole table in the order of `seq`.
const ANSWER: &str = "WITH RECURSIVE tree(seq) AS (SELECT seq FROM delivery WHERE cause = ?1 \
                      UNION SELECT d.seq FROM delivery d JOIN tree ON d.cause = tree.seq) \
                      SELECT d.event FROM tree CROSS JOIN delivery d ON d.seq = tree.seq \
                      WHERE d.consumer = ?2 AND (d.due <= ?3 OR d.state <> 0) ORDER BY d.due, d.seq LIMIT 1";

impl Sqlite {
    pub(super) fn list(&self, which: &Which) -> Result<Vec<WorkflowRow>, StoreError> {
        let limit = if which.limit == 0 { 100 } else { which.limit };
        let sql = format!(
            "{WORKFLOW} WHERE w.consumer IS NOT NULL AND (?1 IS NULL OR w.status = ?1) AND (?2 IS NULL OR w.control = ?2) \
             AND (?3 IS NULL OR w.consumer = ?3) ORDER BY w.changed DESC, w.id DESC LIMIT ?4 OFFSET ?5"
        );
        let status = which.status.map(|status| status.as_str());
        let (limit, skip) = (size(limit), size(which.skip));
        self.rows(&sql, params![status, which.control, which.consumer, limit, skip], workflow)
    }

    pub(super) fn find(&self, subject: &str) -> Result<Option<WorkflowRow>, StoreError> {
        let sql = WORKFLOW.replace("NULL FROM", "w.record FROM");
        self.row(&format!("{sql} WHERE w.subject = ?1"), [subject], workflow)
    }

    pub(super) fn walk(&self, subject: &str) -> Result<Vec<WorkflowRow>, StoreError> {
        let sql = format!(
            "WITH RECURSIVE tree(id, depth) AS (SELECT id, 0 FROM workflow WHERE subject = ?1 \
             UNION SELECT c.id, depth + 1 FROM workflow c JOIN tree ON c.parent = tree.id) \
             {WORKFLOW} JOIN tree ON tree.id = w.id ORDER BY tree.depth, w.id"
        );
        self.rows(&sql, [subject], workflow)
    }

    /// Deliveries by a condition with one parameter.
    pub(super) fn postings(&self, condition: &str, parameter: &str, limit: usize) -> Result<Vec<Posting>, StoreError> {
        let sql = format!(
            "SELECT d.seq, d.cause, w.subject, d.consumer, d.domain, \
             CASE WHEN d.lane AND d.state = 0 AND d.tries > 0 AND w.busy IS NOT NULL THEN 1 ELSE d.state END, \
             d.due, d.tries, d.done, d.failures, d.event \
             FROM delivery d JOIN workflow w ON w.id = d.workflow WHERE {condition} ORDER BY d.seq LIMIT ?2"
        );
        self.rows(&sql, params![parameter, size(limit)], posting)
    }

    /// The first event that came back to the source of a published one, among all that it led to. One that is delivered
    /// later has not come before.
    pub(super) fn find_answer(&self, seq: i64, now: i64) -> Result<Answered, StoreError> {
        let own = |row: &Row<'_>| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Option<String>>(1)?, row.get::<_, Option<String>>(2)?))
        };
        let sql = "SELECT state, event ->> '$.source', failures FROM delivery WHERE seq = ?1";
        let Some((state, source, failures)) = self.row(sql, [seq], own)? else {
            return Err(StoreError::UnknownDelivery { seq });
        };
        let answer = self.row(ANSWER, params![seq, source.unwrap_or_default(), now], |row| text(row, 0))?;
        Ok(match (answer, state) {
            (Some(answer), _) => Answered::By(answer),
            (None, 3) => Answered::Dead(failures.as_deref().unwrap_or("[]").into()),
            (None, 4) => Answered::Dropped,
            (None, _) => Answered::Not,
        })
    }

    pub(super) fn count(&self, now: i64) -> Result<Counts, StoreError> {
        let pair = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
        let workflows = self.rows(
            "SELECT CASE control WHEN 'cancel' THEN 'cancelled' WHEN 'pause' THEN 'paused' ELSE status END AS what, count(*) \
             FROM workflow WHERE consumer IS NOT NULL GROUP BY what ORDER BY what",
            [],
            pair,
        )?;
        let by_state = |row: &Row<'_>| Ok((state(row.get(0)?).to_owned(), row.get::<_, i64>(1)?));
        let deliveries =
            self.rows("SELECT state, count(*) FROM delivery GROUP BY state ORDER BY state", [], by_state)?;
        let domains = self.rows(
            "SELECT domain, count(*) FROM delivery WHERE state = 0 AND domain <> '' GROUP BY domain ORDER BY domain",
            [],
            pair,
        )?;
        let workers = self.rows("SELECT name FROM worker WHERE until >= ?1 ORDER BY name", [now], |row| row.get(0))?;
        Ok(Counts { workflows, deliveries, domains, workers })
    }
}

fn workflow(row: &Row<'_>) -> rusqlite::Result<WorkflowRow> {
    Ok(WorkflowRow {
        subject: row.get(0)?,
        consumer: row.get(1)?,
        version: row.get(2)?,
        parent: row.get(3)?,
        revision: row.get(4)?,
        status: row.get(5)?,
        control: row.get(6)?,
        worker: row.get(7)?,
        changed: row.get(8)?,
        record: row.get_ref(9)?.as_str_or_null()?.map(Arc::from),
    })
}

fn posting(row: &Row<'_>) -> rusqlite::Result<Posting> {
    let failures: Option<String> = row.get(9)?;
    Ok(Posting {
        seq: row.get(0)?,
        cause: row.get(1)?,
        subject: row.get(2)?,
        consumer: row.get(3)?,
        domain: row.get(4)?,
        state: state(row.get(5)?),
        due: row.get(6)?,
        tries: row.get(7)?,
        done: row.get(8)?,
        failures: failures.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or(Value::Array(Vec::new())),
        event: text(row, 10)?,
    })
}

pub(super) fn state(number: i64) -> &'static str {
    usize::try_from(number).ok().and_then(|at| STATES.get(at)).copied().unwrap_or("unknown")
}

fn size(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{ANSWER, Sqlite};

    #[test]
    fn an_answer_is_found_without_reading_the_whole_table() {
        let store = Sqlite::open("sqlite::memory:").unwrap();
        let plan =
            store.rows(&format!("EXPLAIN QUERY PLAN {ANSWER}"), [1, 1, 1], |row| row.get::<_, String>(3)).unwrap();
        assert!(plan.iter().any(|step| step.starts_with("SEARCH d USING INTEGER PRIMARY KEY")), "{plan:?}");
        assert!(!plan.iter().any(|step| step == "SCAN d"), "{plan:?}");
    }
}
