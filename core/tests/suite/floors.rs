//! Each folder of `src/` uses only the floors below it, and the world outside stays outside (ARCHITECTURE §2).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// From the ground up; what stands on one floor may use each other.
const FLOORS: &[&[&str]] = &[
    &["environment", "uri", "codec", "json", "random", "sync", "violation"],
    &["expression"],
    &["event"],
    &["statechart"],
    &["subject", "domain"],
    &["history"],
    &["contract"],
    &["machine", "memory", "telemetry"],
    &["execution"],
    &["handler", "orchestrator", "resumable"],
    &["broker", "store"],
    &["suite"],
    &["otel"],
    &["driver"],
    &["cli", "main"],
    &["testing"],
];

fn floor_of(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The modules that a file names after `crate::`, comments left out.
fn uses(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split("crate::").skip(1))
        .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
        .collect()
}

#[test]
fn no_floor_looks_upward() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&src, &mut all);
    assert!(all.len() > 20, "the walk found only {} files", all.len());
    for file in all {
        let inside = file.strip_prefix(&src).unwrap();
        let own = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if own == "lib" {
            continue;
        }
        let own_floor = floor_of(&own).unwrap_or_else(|| panic!("{own} stands on no floor: add it to FLOORS"));
        for used in uses(&fs::read_to_string(&file).unwrap()) {
            if let Some(used_floor) = floor_of(&used) {
                assert!(used_floor <= own_floor, "{} uses {used}, a floor above it", inside.display());
            }
        }
    }
}

#[test]
fn the_test_sees_an_upward_look() {
    assert_eq!(uses("use crate::driver::Failure;\n// crate::ignored\n"), BTreeSet::from(["driver".to_owned()]));
    assert!(floor_of("driver") > floor_of("event"));
}
