//! Queries of the clients' own. They ask for rows and do nothing else: the connection is the store's, and a statement that
//! set how it works, or began a transaction, would be felt by everybody.

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode};
use serde_json::Value;

use crate::store::error::StoreError;
use crate::store::look::Columns;

use super::connection::Sqlite;

/// Pragmas whose value says what to look at; that of others is set.
const LOOKING: [&str; 7] =
    ["table_info", "table_xinfo", "index_list", "index_info", "index_xinfo", "integrity_check", "quick_check"];

impl Sqlite {
    pub(super) fn read_only(&self, sql: &str) -> Result<Columns, StoreError> {
        self.connection.authorizer(Some(only_reading))?; // asked while a statement is prepared: some take effect then
        let read = read(&self.connection, sql);
        self.connection.authorizer(None::<fn(AuthContext<'_>) -> Authorization>)?;
        match read {
            Ok(Some(columns)) => Ok(columns),
            Err(error) if error.sqlite_error_code() != Some(ErrorCode::AuthorizationForStatementDenied) => {
                Err(error.into())
            }
            Ok(None) | Err(_) => Err(StoreError::NotReading { sql: sql.to_owned() }),
        }
    }
}

fn only_reading(context: AuthContext<'_>) -> Authorization {
    let is_reading = match context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Function { .. } | AuthAction::Recursive => true,
        AuthAction::Pragma { pragma_value: None, .. } => true,
        AuthAction::Pragma { pragma_name, .. } => LOOKING.iter().any(|name| name.eq_ignore_ascii_case(pragma_name)),
        _ => false,
    };
    if is_reading { Authorization::Allow } else { Authorization::Deny }
}

/// The rows of a statement; nothing of one that would write.
fn read(connection: &Connection, sql: &str) -> rusqlite::Result<Option<Columns>> {
    let mut statement = connection.prepare(sql)?;
    if !statement.readonly() {
        return Ok(None);
    }
    let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let count = columns.len();
    let rows = statement.query_map([], |row| (0..count).map(|at| row.get_ref(at).map(value)).collect())?;
    Ok(Some(Columns { columns, rows: rows.collect::<rusqlite::Result<_>>()? }))
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(text) | ValueRef::Blob(text) => String::from_utf8_lossy(text).into(),
    }
}
