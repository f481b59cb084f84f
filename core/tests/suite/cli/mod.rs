//! The command line of the store: every command, for people and for programs, its exit codes, and wrong input.

mod domain;
mod keep;
mod letters;
mod list;
mod program;
mod publish;
mod show;
mod support;
mod usage;
#[path = "../store/world.rs"]
#[allow(clippy::duplicate_mod, dead_code)] // shared with the tests of the store
mod world;
