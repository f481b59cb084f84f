//! The command line of a durable store, for the binary `arvo` and for `python -m arvo` and `npx arvo`: publish events,
//! look at workflows, put right what failed. It holds no rule: what a store does is [`Store`](crate::Store)'s business.
//!
//! [`main`] is all that a host needs: it takes the arguments without the program's name, writes to the process's own
//! streams and gives the exit code. [`run`] does the same on streams of the caller's. A command runs until it is done,
//! and may wait for long: a host that handles SIGINT itself gives the signal its default back before the call, so that
//! Ctrl-C ends the program, and holds no lock that others need.
//!
//! ```no_run
//! std::process::exit(arvo::cli::main(std::env::args_os().skip(1)));
//! ```
//!
//! | exit code | means |
//! | --- | --- |
//! | 0 | done |
//! | 1 | refused or failed: the store's words are on the error stream |
//! | 2 | wrong usage: nothing was asked of the store |
//! | 3 | no such store, workflow or event |
//! | 4 | no answer came in time (`publish --wait`) |
//!
//! With `--json` each command writes one JSON value to its output, `publish` and `domain take` one a line.

mod arguments;
mod console;
mod domain;
mod events;
mod exit;
mod happened;
mod keep;
mod letters;
mod list;
mod picture;
mod publish;
mod run;
mod session;
mod show;
mod table;
mod time;
mod views;

pub use console::Console;
pub use run::{main, run};
