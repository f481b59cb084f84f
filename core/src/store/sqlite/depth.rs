//! How many events wait for whom. A count walks the index that claims use, and stops: it costs the same whether ten
//! thousand events wait or ten million.

use rusqlite::params;

use crate::store::backend::Served;
use crate::store::depth::Depth;
use crate::store::error::StoreError;

use super::connection::Sqlite;

/// Events of handlers.
const DELIVERIES: &str = "SELECT count(*) FROM (SELECT 1 FROM delivery WHERE state = 0 AND NOT lane AND domain = '' \
                          AND consumer = ?1 AND version = ?2 AND due <= ?3 LIMIT ?4)";

/// Mail of lanes that may be claimed. The limit is inside, so that mail which is not due, too, is looked at so often only.
const FREE: &str = "SELECT count(*) FROM (SELECT d.due FROM workflow w CROSS JOIN delivery d ON d.workflow = w.id \
                    WHERE w.busy IS NULL AND w.due IS NOT NULL AND w.control = 'run' \
                    AND w.consumer = ?1 AND w.version = ?2 AND w.due <= ?3 AND d.state = 0 AND d.lane LIMIT ?4) \
                    WHERE due <= ?3";

/// Mail of lanes that a worker is at, without the one that it is at.
const BUSY: &str = "SELECT count(*) FROM (SELECT d.due FROM workflow w CROSS JOIN delivery d ON d.workflow = w.id \
                    WHERE w.busy IS NOT NULL AND w.control = 'run' AND w.consumer = ?1 AND w.version = ?2 \
                    AND d.state = 0 AND d.lane AND (d.tries = 0) = 1 LIMIT ?4) WHERE due <= ?3";

impl Sqlite {
    pub(super) fn count_waiting(&self, served: &[Served], now: i64) -> Result<Vec<Depth>, StoreError> {
        let mut depths: Vec<Depth> = Vec::new();
        for served in served {
            let at = depths.iter().position(|depth| depth.consumer == served.consumer).unwrap_or_else(|| {
                depths.push(Depth { consumer: served.consumer.clone(), waiting: 0 });
                depths.len() - 1
            });
            let statements: &[&str] = if served.lane { &[FREE, BUSY] } else { &[DELIVERIES] };
            for sql in statements {
                let left = i64::try_from(Depth::MOST - depths[at].waiting).unwrap_or(i64::MAX);
                let values = params![served.consumer, served.version, now, left];
                let found: Option<i64> = self.row(sql, values, |row| row.get(0))?;
                depths[at].waiting += usize::try_from(found.unwrap_or_default()).unwrap_or_default();
            }
        }
        Ok(depths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_walks_an_index_that_holds_only_what_waits() {
        let store = Sqlite::open("sqlite::memory:").unwrap();
        let plan = |sql: &str| {
            let sql = format!("EXPLAIN QUERY PLAN {sql}");
            let steps = store.rows(&sql, params!["a", "1.0.0", 0, 10], |row| row.get::<_, String>(3)).unwrap();
            steps.into_iter().filter(|step| step.starts_with("SEARCH") || step.starts_with("SCAN")).collect::<Vec<_>>()
        };
        let uses = |sql: &str, indexes: &[&str]| {
            let steps = plan(sql);
            let found = indexes.iter().all(|index| steps.iter().any(|step| step.contains(index)));
            assert!(found, "{indexes:?}: {steps:?}");
        };
        uses(DELIVERIES, &["INDEX delivery_due (consumer=? AND version=? AND due<?)"]);
        uses(FREE, &["INDEX workflow_due (consumer=? AND version=?", "INDEX delivery_lane (workflow=?"]);
        uses(BUSY, &["INDEX workflow_busy", "INDEX delivery_lane (workflow=?"]);
    }
}
