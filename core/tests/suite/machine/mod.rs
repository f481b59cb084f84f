//! Machines: what is refused and warned of when they are built, how they fail, how they look.

mod orchestrator;
mod pictures;
mod problems;
mod support;
