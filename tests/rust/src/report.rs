//! The rows that every language's runner reports, as a table and as JSON.

use std::path::PathBuf;
use std::{env, fs, io};

use serde_json::{Value, json};

/// What came of one file.
pub(crate) struct Row {
    pub(crate) file: String,
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    /// Cases whose expectation `differences.json` replaces.
    pub(crate) differences: usize,
}

/// Prints the table.
pub(crate) fn show(rows: &[Row]) {
    println!("{:<30}{:>8}{:>8}{:>13}", "file", "passed", "failed", "differences");
    for row in rows {
        println!("{:<30}{:>8}{:>8}{:>13}", row.file, row.passed, row.failed, row.differences);
    }
}

/// Writes the rows into the folder that `ARVO_REPORTS` names, if it is set.
pub(crate) fn write(rows: &[Row]) -> io::Result<()> {
    let Some(folder) = env::var_os("ARVO_REPORTS").map(PathBuf::from) else { return Ok(()) };
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "language": "Rust", "suite": "vectors", "file": row.file,
                "passed": row.passed, "failed": row.failed, "differences": row.differences,
            })
        })
        .collect();
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("rust-vectors.json"), format!("{:#}\n", Value::Array(rows)))
}
