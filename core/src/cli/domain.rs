//! `arvo domain`: which domains are local, and the events that wait in the others.

use std::path::PathBuf;

use clap::ArgMatches;
use serde_json::json;

use crate::domain::DomainName;
use crate::event::Event;

use super::arguments::{limit_of, required};
use super::events::Events;
use super::exit::{Ended, Exit, Stop};
use super::letters::type_of;
use super::session::Session;
use super::table::Table;
use super::time;
use super::views::{PostingView, count, cut, grouped, plain, short_name};

/// Characters of an event's data to show.
const SHOWN: usize = 80;

pub(super) fn domain(session: &mut Session<'_, '_>, matches: &ArgMatches) -> Ended {
    match matches.subcommand() {
        Some(("ls", _)) => list(session),
        Some(("add", matches)) => add(session, &name(matches)?),
        Some(("remove", matches)) => remove(session, &name(matches)?),
        Some(("take", matches)) => take(session, &name(matches)?, limit_of(matches)?),
        Some(("answer", matches)) => answer(session, matches),
        Some(("admit", matches)) => admit(session, *required(matches, "seq")?),
        _ => Err(Stop::usage("no such command; see arvo domain --help")),
    }
}

fn name(matches: &ArgMatches) -> Result<String, Stop> {
    let text: &String = required(matches, "name")?;
    let name: DomainName =
        text.parse().map_err(|error: crate::domain::DomainNameError| Stop::usage(error.to_string()))?;
    Ok(name.as_str().to_owned())
}

fn list(session: &mut Session<'_, '_>) -> Ended {
    let local = session.store.domains().wait()?;
    let waiting = session.store.counts().wait()?.domains;
    let mut names: Vec<&String> = local.iter().chain(waiting.iter().map(|(name, _)| name)).collect();
    names.sort();
    names.dedup();
    let of = |name: &String| waiting.iter().find(|(other, _)| other == name).map_or(0, |(_, number)| *number);
    if session.json {
        let view = |name: &&String| json!({"name": name, "local": local.contains(name), "waiting": of(name)});
        session.console.json(&names.iter().map(view).collect::<Vec<_>>())?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(&["domain", "its events", ">waiting"]);
    for name in names {
        let what = if local.contains(name) { "are handled here" } else { "wait" };
        table.row([name.clone(), what.to_owned(), of(name).to_string()]);
    }
    let lines = if table.is_empty() { vec!["no domains".to_owned()] } else { table.lines() };
    for line in lines {
        session.console.line(line)?;
    }
    Ok(Exit::Done)
}

fn add(session: &mut Session<'_, '_>, name: &str) -> Ended {
    let admitted = session.store.add_domain(name).wait()?;
    if session.json {
        session.console.json(&json!({"name": name, "local": true, "admitted": admitted}))?;
    } else {
        let waited = count(admitted, "waiting event");
        session.console.line(format!("the events of {} are handled here from now on; {waited} let in", plain(name)))?;
    }
    Ok(Exit::Done)
}

fn remove(session: &mut Session<'_, '_>, name: &str) -> Ended {
    session.store.remove_domain(name).wait()?;
    if session.json {
        session.console.json(&json!({"name": name, "local": false}))?;
    } else {
        session.console.line(format!("the events of {} wait from now on", plain(name)))?;
    }
    Ok(Exit::Done)
}

fn take(session: &mut Session<'_, '_>, name: &str, limit: usize) -> Ended {
    let waiting = session.store.take(name, limit).wait()?;
    if session.json {
        for posting in &waiting {
            session.console.json(&PostingView::of(posting))?;
        }
        return Ok(Exit::Done);
    }
    let now = session.now();
    let mut table = Table::new(&[">seq", "since", "event", "for", "subject", "data"]);
    for posting in &waiting {
        let event = Event::parse(&posting.event, session.store.environment().limits());
        let data = event.map(|event| cut(event.data_text(), SHOWN)).unwrap_or_default();
        table.row([
            posting.seq.to_string(),
            time::short(posting.due, now),
            type_of(posting, session),
            posting.consumer.clone(),
            short_name(&posting.subject),
            data,
        ]);
    }
    let lines = if table.is_empty() { vec![format!("no event waits in {}", plain(name))] } else { table.lines() };
    for line in lines {
        session.console.line(line)?;
    }
    if waiting.len() == limit {
        session.console.line(format!("… the oldest {}; --limit shows more", grouped(limit)))?;
    }
    Ok(Exit::Done)
}

fn answer(session: &mut Session<'_, '_>, matches: &ArgMatches) -> Ended {
    let (seq, path): (&i64, &PathBuf) = (required(matches, "seq")?, required(matches, "file")?);
    let input = std::mem::replace(&mut session.console.input, Box::new(std::io::empty()));
    let events: Vec<Event> =
        Events::open(path, input, session.store.environment().limits())?.collect::<Result<_, _>>()?;
    if events.is_empty() {
        return Err(Stop::usage(format!("{} has no event; an answer has one or more", path.display())));
    }
    session.store.answer(*seq, &events).wait()?;
    if session.json {
        session.console.json(&json!({"seq": seq, "answers": events.len()}))?;
    } else {
        session.console.line(format!("event {seq} answered with {}", count(events.len(), "event")))?;
    }
    Ok(Exit::Done)
}

fn admit(session: &mut Session<'_, '_>, seq: i64) -> Ended {
    session.store.admit(seq).wait()?;
    if session.json {
        session.console.json(&json!({"seq": seq, "admitted": true}))?;
    } else {
        session.console.line(format!("event {seq} is in the local flow"))?;
    }
    Ok(Exit::Done)
}
