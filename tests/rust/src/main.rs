//! Runs the recorded cases (`tests/vectors`), and our own in the same form (`tests/cases`), against the core, as a user
//! of the crate would call it.
//!
//!     arvo-vectors [FILE…]
//!     arvo-vectors --step     a step of an order's workflow for each line (`tests/cross`)
//!
//! Prints each failing case with what was wanted and found, and one row for each file. `ARVO_VECTORS` names another
//! folder in their place, `ARVO_REPORTS` a folder for the rows as JSON. Ends with 1 if anything failed.

mod behaviour;
mod case;
mod contracts;
mod files;
mod input;
mod matcher;
mod memory;
mod mini;
mod outcome;
mod report;
mod spans;
#[path = "../../cross/step.rs"]
mod step;
mod template;
mod workflow;

use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs, panic};

use serde_json::Value;

use crate::case::Run;
use crate::files::FILES;

fn main() -> ExitCode {
    // One program for both: each that is linked takes the optimiser minutes.
    if env::args().nth(1).as_deref() == Some("--step") {
        return match step::run() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        };
    }
    panic::set_hook(Box::new(|_| {})); // a panic is a failing case, told with the others
    let vectors = Vectors::find();
    let chosen: Vec<String> = env::args().skip(1).map(|name| name.trim_end_matches(".json").to_owned()).collect();
    let differences = vectors.read("differences").unwrap_or(Value::Array(Vec::new()));
    let mut rows = Vec::new();
    for (pattern, check) in FILES {
        for name in vectors.matching(pattern) {
            if !chosen.is_empty() && !chosen.contains(&name) {
                continue;
            }
            let Some(data) = vectors.read(&name) else { continue };
            let mut run = Run::new(&format!("{name}.json"), &differences);
            check(&data, &vectors, &mut run);
            rows.push(run.row());
        }
    }
    report::show(&rows);
    match report::write(&rows) {
        Err(error) => {
            eprintln!("the report can't be written: {error}");
            ExitCode::FAILURE
        }
        Ok(()) if rows.is_empty() => {
            eprintln!("no file of cases in {:?}", vectors.folders);
            ExitCode::FAILURE
        }
        Ok(()) => ExitCode::from(u8::from(rows.iter().any(|row| row.failed > 0))),
    }
}

/// The folders of cases: the recorded ones and our own, or the one that was asked for.
struct Vectors {
    folders: Vec<PathBuf>,
}

impl Vectors {
    fn find() -> Self {
        let own = ["/../vectors", "/../cases"].map(|folder| format!("{}{folder}", env!("CARGO_MANIFEST_DIR")).into());
        Self { folders: env::var_os("ARVO_VECTORS").map_or_else(|| own.into(), |folder| vec![folder.into()]) }
    }

    /// The files that a name means: itself, or all that begin with what stands before its `*`.
    fn matching(&self, pattern: &str) -> Vec<String> {
        let Some(start) = pattern.strip_suffix('*') else { return vec![pattern.to_owned()] };
        let (folder, start) = start.rsplit_once('/').unwrap_or(("", start));
        let entries = self.folders.iter().filter_map(|root| fs::read_dir(root.join(folder)).ok()).flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut found: Vec<String> = names
            .filter_map(|name| name.strip_suffix(".json").filter(|name| name.starts_with(start)).map(str::to_owned))
            .map(|name| format!("{folder}/{name}"))
            .collect();
        found.sort();
        found
    }

    /// One file; `None` if no folder has one of that name. A file that is no JSON stops the run.
    fn read(&self, name: &str) -> Option<Value> {
        let path =
            self.folders.iter().map(|folder| folder.join(name).with_extension("json")).find(|path| path.exists())?;
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
