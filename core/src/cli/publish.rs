//! `arvo publish`: events into the store, and their answers out of it.

use std::collections::VecDeque;
use std::path::PathBuf;

use clap::ArgMatches;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::event::Event;
use crate::store::{Answered, Receipt, Reply};

use super::arguments::required;
use super::events::Events;
use super::exit::{Ended, Exit, Stop};
use super::session::Session;
use super::time::Point;
use super::views::{count, cut, failure, grouped, plain, raw};

/// Events stored in one transaction.
const CHUNK: usize = 500;
/// Answers waited for at once.
const AHEAD: usize = 1000;
/// Characters of an answer's data to show.
const SHOWN: usize = 200;

/// An event that is in the store.
struct Stored {
    id: String,
    receipt: Receipt,
}

/// What is told of one event, for programs.
#[derive(Serialize)]
struct View<'a> {
    id: &'a str,
    seq: i64,
    new: bool,
    /// `answered`, `dead`, `dropped` or `waiting`; only with `--wait`.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failures: Option<&'a RawValue>,
}

pub(super) fn publish(session: &mut Session<'_, '_>, matches: &ArgMatches) -> Ended {
    let path: &PathBuf = required(matches, "file")?;
    let now = session.now();
    let deliver_at = matches.get_one::<Point>("deliver-at").map(|point| point.millis(now));
    let wait = matches.get_one::<i64>("wait").copied();
    let input = std::mem::replace(&mut session.console.input, Box::new(std::io::empty()));
    let events = Events::open(path, input, session.store.environment().limits())?;
    let stored = store_all(session, events, deliver_at)?;
    let fresh = stored.iter().filter(|stored| stored.receipt.fresh).count();
    let exit = match wait {
        Some(limit) => wait_for_all(session, &stored, now.saturating_add(limit))?,
        None => Exit::Done,
    };
    if session.json {
        if wait.is_none() {
            for stored in &stored {
                session.console.json(&stored.view())?;
            }
        }
        return Ok(exit);
    }
    let known = match stored.len() - fresh {
        0 => String::new(),
        known => format!(", {} there already", grouped(known)),
    };
    session.console.line(format!("{}: {} new{known}", count(stored.len(), "event"), grouped(fresh)))?;
    Ok(exit)
}

fn store_all(
    session: &mut Session<'_, '_>,
    mut events: Events<'_>,
    deliver_at: Option<i64>,
) -> Result<Vec<Stored>, Stop> {
    let mut stored = Vec::new();
    loop {
        let chunk = match events.by_ref().take(CHUNK).collect::<Result<Vec<Event>, Stop>>() {
            Ok(chunk) => chunk,
            Err(stop) => return Err(halfway(stop, stored.len())),
        };
        if chunk.is_empty() && stored.is_empty() {
            return Err(Stop::usage(format!("{} has no event", events.from())));
        }
        if chunk.is_empty() {
            session.console.progress_ends();
            return Ok(stored);
        }
        let receipts = session.store.publish_all_at(&chunk, deliver_at).wait();
        let receipts = receipts.map_err(|error| halfway(error.into(), stored.len()))?;
        let ids = chunk.iter().map(|event| event.id().to_owned());
        stored.extend(ids.zip(receipts).map(|(id, receipt)| Stored { id, receipt }));
        session.console.progress(format!("{} stored", count(stored.len(), "event")));
    }
}

/// Publishing again is safe, so that says all there is to do.
fn halfway(stop: Stop, stored: usize) -> Stop {
    let text = match stored {
        0 => format!("{}; nothing was stored", stop.text),
        stored => format!(
            "{}; the first {} are stored; publish all of it again when it is put right: what is there is not stored twice",
            stop.text,
            count(stored, "event")
        ),
    };
    Stop { text, ..stop }
}

fn wait_for_all(session: &mut Session<'_, '_>, stored: &[Stored], until: i64) -> Result<Exit, Stop> {
    let mut under: VecDeque<(&Stored, Reply<Answered>)> = VecDeque::new();
    let mut rest = stored.iter();
    let (mut failed, mut late, mut told) = (false, false, 0);
    loop {
        while under.len() < AHEAD {
            let Some(next) = rest.next() else { break };
            under.push_back((next, session.store.wait(next.receipt.seq, Some((until - session.now()).max(0)))));
        }
        let Some((stored_one, reply)) = under.pop_front() else { break };
        let answered = reply.wait()?;
        failed |= matches!(answered, Answered::Dead(_) | Answered::Dropped);
        late |= answered == Answered::Not;
        told += 1;
        session.console.progress(format!("{} of {} waited for", grouped(told), count(stored.len(), "answer")));
        stored_one.tell(session, &answered)?;
    }
    session.console.progress_ends();
    Ok(if failed {
        Exit::Failed
    } else if late {
        Exit::Late
    } else {
        Exit::Done
    })
}

impl Stored {
    fn view(&self) -> View<'_> {
        let Receipt { seq, fresh } = self.receipt;
        View { id: &self.id, seq, new: fresh, outcome: None, answer: None, failures: None }
    }

    fn tell(&self, session: &mut Session<'_, '_>, answered: &Answered) -> Result<(), Stop> {
        if session.json {
            let view = self.view();
            return session.console.json(&match answered {
                Answered::By(text) => View { outcome: Some("answered"), answer: raw(text), ..view },
                Answered::Dead(text) => View { outcome: Some("dead"), failures: raw(text), ..view },
                Answered::Dropped => View { outcome: Some("dropped"), ..view },
                Answered::Not => View { outcome: Some("waiting"), ..view },
            });
        }
        let seq = self.receipt.seq;
        let what = match answered {
            Answered::By(text) => match Event::parse(text, session.store.environment().limits()) {
                Ok(event) => format!("{}  {}", event.type_(), cut(event.data_text(), SHOWN)),
                Err(error) => format!("an answer that can't be read: {error}"),
            },
            Answered::Dead(causes) => {
                let causes: Vec<serde_json::Value> = serde_json::from_str(causes).unwrap_or_default();
                let last = causes.last().map(|cause| failure(cause).1).unwrap_or_default();
                format!("dead: {last}; see arvo dead")
            }
            Answered::Dropped => "dropped: it was given up, or its workflow cancelled".to_owned(),
            Answered::Not => "no answer yet".to_owned(),
        };
        session.console.line(format!("{seq}  {}", plain(&what)))
    }
}
