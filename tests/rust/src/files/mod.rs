//! One module for each file of recorded cases.

mod broker;
mod contracts;
mod domains;
mod errors;
mod events;
mod expressions;
mod factories;
mod handler;
mod ids;
mod orchestrator;
mod resumable;
mod statecharts;
mod subjects;
mod telemetry;
mod testsuites;
mod versions;

use serde_json::Value;

use crate::Vectors;
use crate::case::Run;

/// Runs all cases of a file.
pub(crate) type Check = fn(&Value, &Vectors, &mut Run<'_>);

/// The files of the parts that exist, in the order in which they run.
pub(crate) const FILES: [(&str, Check); 20] = [
    ("events", events::run),
    ("ids", ids::run),
    ("versions", versions::run),
    ("subjects", subjects::run),
    ("contracts", contracts::run),
    ("factories", factories::run),
    ("domains", domains::run),
    ("handler", handler::run),
    ("resumable", resumable::run),
    ("orchestrator", orchestrator::run),
    ("broker", broker::run),
    ("telemetry", telemetry::run),
    ("testsuites", testsuites::run),
    ("errors", errors::run),
    ("statecharts/handpicked", statecharts::charts),
    ("statecharts/random-*", statecharts::charts),
    ("statecharts/arvo-engine", statecharts::engine),
    ("statecharts/arvo-refused", statecharts::refused),
    ("statecharts/arvo-locking", statecharts::locking),
    ("expressions", expressions::run),
];
