//! From arguments to an exit code.

use std::ffi::OsString;
use std::io::{BufWriter, IsTerminal, stderr, stdin, stdout};

use clap::ArgMatches;

use super::arguments::command;
use super::console::Console;
use super::exit::{Ended, Exit, Stop};
use super::session::Session;
use super::{domain, keep, letters, list, publish, show};

/// Runs a command on the process's own streams and gives its exit code. `arguments` are those behind the program's name.
pub fn main<T: Into<OsString>>(arguments: impl IntoIterator<Item = T>) -> i32 {
    let (mut output, mut errors) = (BufWriter::new(stdout().lock()), stderr().lock());
    let progress = errors.is_terminal();
    let store = std::env::var("ARVO_STORE").ok().filter(|url| !url.is_empty());
    run(arguments, &mut Console { store, progress, ..Console::new(stdin().lock(), &mut output, &mut errors) })
}

/// The same on streams of the caller's.
///
/// ```
/// let event = arvo::EventDraft::new("com.shop.web", "com.greet.user").subject("greeting/1").to("com.greet.user")
///     .data(serde_json::json!({})).build(&arvo::Environment::system())?.to_json();
/// let (mut output, mut errors) = (Vec::new(), Vec::new());
/// let publish = ["publish", "-", "--store", "sqlite::memory:"];
/// let exit = arvo::cli::run(publish, &mut arvo::cli::Console::new(event.as_bytes(), &mut output, &mut errors));
/// assert_eq!(exit, 0);
/// assert_eq!(String::from_utf8_lossy(&output), "1 event: 1 new\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn run<T: Into<OsString>>(arguments: impl IntoIterator<Item = T>, console: &mut Console<'_>) -> i32 {
    let arguments = arguments.into_iter().map(Into::into);
    let ended = match command().try_get_matches_from(arguments) {
        Ok(matches) => perform(&matches, console),
        Err(error) => {
            let text = error.render().to_string();
            let written = if error.use_stderr() {
                console.errors.write_all(text.as_bytes())
            } else {
                console.output.write_all(text.as_bytes())
            };
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            written.map(|()| exit).map_err(Stop::from)
        }
    };
    let ended = match console.flush() {
        Ok(()) => ended,
        Err(error) => ended.and(Err(Stop::from(error))),
    };
    match ended {
        Ok(exit) => exit as i32,
        Err(Stop { exit, text }) => {
            if !text.is_empty() {
                console.say(text);
            }
            exit as i32
        }
    }
}

fn perform(matches: &ArgMatches, console: &mut Console<'_>) -> Ended {
    let Some((name, matches)) = matches.subcommand() else {
        return Err(Stop::usage("no command; see arvo --help"));
    };
    let makes_store = name == "publish" || (name == "domain" && matches.subcommand_name() == Some("add"));
    let session = &mut Session::open(matches, console, makes_store)?;
    match name {
        "publish" => publish::publish(session, matches),
        "ls" => list::list(session, matches),
        "show" => show::show(session, matches),
        "dead" => letters::dead(session, matches),
        "retry" => letters::retry(session, matches),
        "drop" => letters::drop(session, matches),
        "cancel" => keep::cancel(session, matches),
        "domain" => domain::domain(session, matches),
        "purge" => keep::purge(session, matches),
        "query" => keep::query(session, matches),
        "backup" => keep::backup(session, matches),
        _ => Err(Stop::usage(format!("no command {name}; see arvo --help"))),
    }
}
