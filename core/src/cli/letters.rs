//! `arvo dead`, `arvo retry`, `arvo drop`: events that failed for good.

use clap::ArgMatches;
use serde::Serialize;

use crate::event::Event;
use crate::store::{Posting, Reply, Store};

use super::arguments::limit_of;
use super::exit::{Ended, Exit, Stop};
use super::session::Session;
use super::table::Table;
use super::time;
use super::views::{PostingView, count, cut, failure, grouped, short_name};

/// Characters of a cause to show.
const SHOWN: usize = 160;

pub(super) fn dead(session: &mut Session<'_, '_>, matches: &ArgMatches) -> Ended {
    let limit = limit_of(matches)?;
    let letters = session.store.dead(limit).wait()?;
    if session.json {
        session.console.json(&letters.iter().map(PostingView::of).collect::<Vec<_>>())?;
        return Ok(Exit::Done);
    }
    let now = session.now();
    let mut table = Table::new(&[">seq", "died", "event", "handled by", "subject", ">tries"]);
    for letter in &letters {
        let last = letter.failures.as_array().and_then(|causes| causes.last()).map(failure);
        let died = last.as_ref().and_then(|(at, _)| *at).map(|at| time::short(at, now)).unwrap_or_default();
        let (type_, subject) = (type_of(letter, session), short_name(&letter.subject));
        table.row([letter.seq.to_string(), died, type_, letter.consumer.clone(), subject, letter.tries.to_string()]);
        if let Some((_, text)) = last {
            table.note(&cut(&text, SHOWN));
        }
    }
    if letters.is_empty() {
        session.console.line("no dead letters")?;
        return Ok(Exit::Done);
    }
    for line in table.lines() {
        session.console.line(line)?;
    }
    if letters.len() == limit {
        session.console.line(format!("… the oldest {}; --limit shows more", grouped(limit)))?;
    }
    Ok(Exit::Done)
}

pub(super) fn retry(session: &mut Session<'_, '_>, matches: &ArgMatches) -> Ended {
    each(session, matches, "to be tried again", Store::retry)
}

pub(super) fn drop(session: &mut Session<'_, '_>, matches: &ArgMatches) -> Ended {
    each(session, matches, "dropped", Store::drop_dead)
}

/// What became of one number, for programs.
#[derive(Serialize)]
struct View {
    seq: i64,
    done: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

fn each(session: &mut Session<'_, '_>, matches: &ArgMatches, done: &str, act: fn(&Store, i64) -> Reply<()>) -> Ended {
    let numbers = match matches.get_many::<i64>("seq") {
        Some(numbers) => numbers.copied().collect(),
        None => all_dead(&session.store)?,
    };
    // Asked for all at once, so that they share commits.
    let replies: Vec<_> = numbers.iter().map(|seq| (*seq, act(&session.store, *seq))).collect();
    let (mut views, mut exit) = (Vec::with_capacity(replies.len()), Exit::Done);
    for (seq, reply) in replies {
        let stop = reply.wait().err().map(Stop::from);
        if let Some(stop) = &stop {
            session.console.say(&stop.text);
            exit = if exit == Exit::Done { stop.exit } else { exit.min(stop.exit) };
        }
        views.push(View { seq, done: stop.is_none(), why: stop.map(|stop| stop.text) });
    }
    if session.json {
        session.console.json(&views)?;
    } else {
        let number = views.iter().filter(|view| view.done).count();
        session.console.line(format!("{} {done}", count(number, "dead letter")))?;
    }
    Ok(exit)
}

/// The numbers alone: those events may be large and many.
fn all_dead(store: &Store) -> Result<Vec<i64>, Stop> {
    let rows = store.query("SELECT seq FROM delivery WHERE state = 3 ORDER BY seq").wait()?.rows;
    Ok(rows.iter().filter_map(|row| row.first()?.as_i64()).collect())
}

/// The type of a posting's event.
pub(super) fn type_of(posting: &Posting, session: &Session<'_, '_>) -> String {
    let event = Event::parse(&posting.event, session.store.environment().limits());
    event.map(|event| event.type_().to_owned()).unwrap_or_else(|_| "?".to_owned())
}
