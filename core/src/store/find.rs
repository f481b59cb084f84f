//! What people call a workflow: the beginning of its subject, or of the execution's id inside it.

use serde_json::Value;

use crate::environment::Limits;
use crate::subject::Subject;

use super::backend::Backend;
use super::error::StoreError;

/// Workflows read at once while looking for an execution's id.
const PAGE: usize = 10_000;

/// The subjects that a text stands for, at most `limit`: the one that it is; else those that begin with it; else those
/// whose execution's id begins with it, for which every workflow is read.
pub(super) fn subjects(
    backend: &mut dyn Backend,
    text: &str,
    limits: &Limits,
    limit: usize,
) -> Result<Vec<String>, StoreError> {
    if text.is_empty() || text.contains('\0') {
        return Ok(Vec::new());
    }
    let quoted = text.replace('\'', "''");
    let exact = texts(backend, &format!("SELECT subject, id FROM workflow WHERE subject = '{quoted}'"))?;
    if !exact.is_empty() {
        return Ok(exact.into_iter().map(|(subject, _)| subject).collect());
    }
    let sql = format!(
        "SELECT subject, id FROM workflow WHERE subject > '{quoted}' AND subject < '{quoted}' || char(1114111) \
         ORDER BY subject LIMIT {limit}"
    );
    let begun = texts(backend, &sql)?;
    if !begun.is_empty() {
        return Ok(begun.into_iter().map(|(subject, _)| subject).collect());
    }
    let (mut found, mut last) = (Vec::new(), 0);
    loop {
        let sql = format!(
            "SELECT subject, id FROM workflow WHERE id > {last} AND consumer IS NOT NULL ORDER BY id LIMIT {PAGE}"
        );
        let page = texts(backend, &sql)?;
        let Some((_, newest)) = page.last() else { return Ok(found) };
        last = *newest;
        let named = |subject: &String| {
            Subject::parse(subject, limits).is_ok_and(|subject| subject.execution().starts_with(text))
        };
        found.extend(page.into_iter().map(|(subject, _)| subject).filter(named));
        if found.len() >= limit {
            found.truncate(limit);
            return Ok(found);
        }
    }
}

fn texts(backend: &mut dyn Backend, sql: &str) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = backend.query(sql)?.rows;
    Ok(rows
        .into_iter()
        .filter_map(|row| match &row[..] {
            [Value::String(text), Value::Number(id)] => Some((text.clone(), id.as_i64()?)),
            _ => None,
        })
        .collect())
}
