//! What can be asked, and how.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, value_parser};

use super::exit::Stop;
use super::time;

const EXITS: &str = "Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 no such store, workflow or event, \
                     4 no answer in time.\nThe store is named by --store or the variable ARVO_STORE, for example \
                     sqlite:shop.db. All times are UTC.";

/// The command line.
pub(super) fn command() -> Command {
    Command::new("arvo")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Publishes events to a durable store of Arvo, looks at its workflows, puts right what failed")
        .after_help(EXITS)
        .bin_name("arvo")
        .no_binary_name(true)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(store())
        .arg(Arg::new("json").long("json").global(true).action(ArgAction::SetTrue).help("Write JSON, for programs"))
        .subcommands([
            Command::new("publish")
                .about("Store events; one that is there already changes nothing")
                .arg(file("file").help("JSON events, one or many, in a file, or - for the input"))
                .arg(wait())
                .arg(
                    Arg::new("deliver-at")
                        .long("deliver-at")
                        .value_name("TIME")
                        .allow_hyphen_values(true)
                        .value_parser(time::Point::parse)
                        .help("Not to be handled before: RFC 3339, milliseconds since 1970, or +90s, +15m, +2h, +1d"),
                ),
            Command::new("ls")
                .about("List workflows, the last changed first, and count what else is there")
                .arg(
                    Arg::new("status")
                        .long("status")
                        .value_parser(["new", "active", "paused", "done", "failed", "cancelled"])
                        .help("Only those that stand so"),
                )
                .arg(
                    Arg::new("type")
                        .long("type")
                        .value_name("TYPE")
                        .help("Only those of this type, such as arvo.orc.order"),
                )
                .arg(limit("100")),
            Command::new("show")
                .about("Show a workflow: its state, its events, its children")
                .arg(subject())
                .arg(
                    Arg::new("machine")
                        .long("machine")
                        .value_name("FILE")
                        .value_parser(value_parser!(PathBuf))
                        .help("A portable machine: draw it (Mermaid) with the current state marked"),
                )
                .arg(
                    Arg::new("timeline")
                        .long("timeline")
                        .action(ArgAction::SetTrue)
                        .conflicts_with("machine")
                        .help("Only what happened, with its children, a line for each event"),
                )
                .arg(
                    Arg::new("sequence")
                        .long("sequence")
                        .action(ArgAction::SetTrue)
                        .conflicts_with_all(["machine", "timeline"])
                        .help("Only what happened, with its children, as a sequence diagram (Mermaid)"),
                ),
            Command::new("dead").about("List dead letters, the oldest first, with why they failed").arg(limit("100")),
            letters("retry", "Try dead letters again, with all their tries; workflows that they paused go on"),
            letters("drop", "Give dead letters up; workflows that they paused go on without them"),
            Command::new("cancel").about("Cancel a workflow with all its children").arg(subject()),
            Command::new("domain")
                .about("Look at domains, and at the events that wait in them")
                .subcommand_required(true)
                .arg_required_else_help(true)
                .subcommands([
                    Command::new("ls").about("List local domains, and those in which events wait"),
                    Command::new("add").about("Have the events of a domain handled here, like all others").arg(name()),
                    Command::new("remove").about("Have the events of a domain wait").arg(name()),
                    Command::new("take").about("List the events that wait in a domain").arg(name()).arg(limit("100")),
                    Command::new("answer")
                        .about("Answer an event that waits, with events that go on from it")
                        .arg(seq())
                        .arg(file("file").help("JSON events in a file, or - for the input")),
                    Command::new("admit").about("Let an event that waits into the local flow").arg(seq()),
                ]),
            Command::new("purge")
                .about("Remove workflows that ended long ago, and all their events")
                .arg(
                    Arg::new("older-than")
                        .long("older-than")
                        .value_name("SPAN")
                        .required(true)
                        .value_parser(time::span_of)
                        .help("How long ago: 90s, 15m, 2h, 30d, 4w"),
                )
                .arg(Arg::new("dry-run").long("dry-run").action(ArgAction::SetTrue).help("Only say how many")),
            Command::new("query")
                .about("Run an SQL statement that reads")
                .arg(Arg::new("sql").value_name("SQL").required(true)),
            Command::new("backup")
                .about("Write a copy of the store to a new file, while workers go on")
                .arg(file("file")),
        ])
}

fn store() -> Arg {
    Arg::new("store").long("store").value_name("URL").global(true).help("The store, such as sqlite:shop.db")
}

fn file(id: &'static str) -> Arg {
    Arg::new(id).value_name("FILE").required(true).value_parser(value_parser!(PathBuf))
}

fn wait() -> Arg {
    Arg::new("wait")
        .long("wait")
        .value_name("SPAN")
        .num_args(0..=1)
        .require_equals(true)
        .default_missing_value("10m")
        .value_parser(time::span_of)
        .help("Wait for the answers and write them, as long as --wait=30s says, else 10m")
}

fn limit(default: &'static str) -> Arg {
    let count = value_parser!(u32).range(1..);
    Arg::new("limit").long("limit").value_name("N").default_value(default).value_parser(count).help("At most so many")
}

fn subject() -> Arg {
    Arg::new("subject")
        .value_name("SUBJECT")
        .value_parser(NonEmptyStringValueParser::new())
        .required(true)
        .help("The subject, or the beginning of it or of its execution's id")
}

fn name() -> Arg {
    Arg::new("name").value_name("NAME").required(true).help("The domain, such as human.review")
}

fn seq() -> Arg {
    Arg::new("seq").value_name("SEQ").required(true).value_parser(value_parser!(i64)).help("Number of the event")
}

fn letters(id: &'static str, about: &'static str) -> Command {
    Command::new(id)
        .about(about)
        .arg(seq().num_args(1..).required(false).help("Numbers of dead letters, as `arvo dead` lists them"))
        .arg(Arg::new("all").long("all").action(ArgAction::SetTrue).help("All that are there now"))
        .group(ArgGroup::new("which").args(["seq", "all"]).required(true))
}

/// An argument that `command` requires or has a default for.
pub(super) fn required<'a, T: Clone + Send + Sync + 'static>(matches: &'a ArgMatches, id: &str) -> Result<&'a T, Stop> {
    matches.get_one(id).ok_or_else(|| Stop::usage(format!("{id} is missing; see arvo --help")))
}

/// The value of `--limit`.
pub(super) fn limit_of(matches: &ArgMatches) -> Result<usize, Stop> {
    required::<u32>(matches, "limit").map(|limit| usize::try_from(*limit).unwrap_or(usize::MAX))
}
