//! Runs the recorded cases (`tests/vectors`) against the core, as a user of the crate would call it.
//!
//!     arvo-vectors [FILE…]
//!
//! Prints each failing case with what was wanted and found, and one row for each file. `ARVO_VECTORS` names another
//! folder of the same form, `ARVO_REPORTS` a folder for the rows as JSON. Ends with 1 if anything failed.

mod behaviour;
mod case;
mod contracts;
mod files;
mod input;
mod matcher;
mod memory;
mod outcome;
mod report;
mod template;
mod workflow;

use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs, panic};

use serde_json::Value;

use crate::case::Run;
use crate::files::FILES;

fn main() -> ExitCode {
    panic::set_hook(Box::new(|_| {})); // a panic is a failing case, told with the others
    let vectors = Vectors::find();
    let chosen: Vec<String> = env::args().skip(1).map(|name| name.trim_end_matches(".json").to_owned()).collect();
    let differences = vectors.read("differences").unwrap_or(Value::Array(Vec::new()));
    let mut rows = Vec::new();
    for (name, check) in FILES {
        if !chosen.is_empty() && !chosen.iter().any(|wanted| wanted == name) {
            continue;
        }
        let Some(data) = vectors.read(name) else { continue };
        let mut run = Run::new(&format!("{name}.json"), &differences);
        check(&data, &vectors, &mut run);
        rows.push(run.row());
    }
    report::show(&rows);
    match report::write(&rows) {
        Err(error) => {
            eprintln!("the report can't be written: {error}");
            ExitCode::FAILURE
        }
        Ok(()) if rows.is_empty() => {
            eprintln!("no file of recorded cases in {}", vectors.folder.display());
            ExitCode::FAILURE
        }
        Ok(()) => ExitCode::from(u8::from(rows.iter().any(|row| row.failed > 0))),
    }
}

/// The folder of the recorded cases.
struct Vectors {
    folder: PathBuf,
}

impl Vectors {
    fn find() -> Self {
        let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors");
        Self { folder: env::var_os("ARVO_VECTORS").map_or_else(|| own.into(), PathBuf::from) }
    }

    /// One file; `None` if the folder has none of that name. A file that is no JSON stops the run.
    fn read(&self, name: &str) -> Option<Value> {
        let path = self.folder.join(name).with_extension("json");
        let text = fs::read_to_string(&path).ok()?;
        match serde_json::from_str(&text) {
            Ok(value) => Some(value),
            Err(error) => {
                eprintln!("{}: {error}", path.display());
                std::process::exit(2);
            }
        }
    }
}
