//! The command line of a durable store, for `npx arvo`.

use napi_derive::napi;

/// Runs a command on the process's own streams; gives its exit code.
#[napi(catch_unwind)]
pub fn cli(arguments: Vec<String>) -> i32 {
    arvo::cli::main(arguments)
}
