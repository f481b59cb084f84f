//! `arvo show`: one workflow, with its events, its children, and the picture of its machine.

use std::path::PathBuf;

use clap::ArgMatches;
use serde::Serialize;
use serde_json::Value;

use crate::environment::Limits;
use crate::event::{Event, millis_of};
use crate::store::{Posting, WorkflowRow};
use crate::subject::Subject;

use super::arguments::required;
use super::exit::{Ended, Exit, Stop};
use super::happened::{Drawing, happened};
use super::picture;
use super::session::Session;
use super::table::Table;
use super::time;
use super::views::{PostingView, WorkflowView, count, cut, failure, plain, short_name};

/// Characters of a state to show.
const SHOWN: usize = 160;

#[derive(Serialize)]
struct View<'a> {
    workflow: WorkflowView<'a>,
    events: Vec<PostingView<'a>>,
    /// The workflow and all that descend from it, parents first.
    tree: Vec<WorkflowView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<&'a str>,
}

pub(super) fn show(session: &mut Session<'_, '_>, matches: &ArgMatches) -> Ended {
    let subject = session.subject(required::<String>(matches, "subject")?)?;
    let gone = || Stop::not_found(format!("subject {} was removed just now", plain(&subject)));
    if let Some(drawing) = Drawing::asked(matches) {
        return happened(session, &subject, drawing);
    }
    let workflow = session.store.workflow(&subject).wait()?.ok_or_else(gone)?;
    let events = session.store.history(&subject).wait()?;
    let tree = session.store.tree(&subject).wait()?;
    let limits = *session.store.environment().limits();
    let record = workflow.record.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let picture = match matches.get_one::<PathBuf>("machine") {
        Some(path) => Some(picture::draw(path, machine_record(&workflow, record.as_ref())?.as_deref(), &limits)?),
        None => None,
    };
    if session.json {
        session.console.json(&View {
            workflow: WorkflowView::of(&workflow),
            events: events.iter().map(PostingView::of).collect(),
            tree: tree.iter().map(WorkflowView::of).collect(),
            picture: picture.as_deref(),
        })?;
        return Ok(Exit::Done);
    }
    let now = session.now();
    let mut lines = head(&workflow, record.as_ref(), now, &limits);
    lines.push(String::new());
    lines.extend(timeline(&events, now, &limits));
    if tree.len() > 1 {
        lines.push(String::new());
        lines.extend(branches(&tree));
    }
    if let Some(picture) = &picture {
        lines.push(String::new());
        lines.extend(picture.lines().map(plain));
    }
    for line in lines {
        session.console.line(line)?;
    }
    Ok(Exit::Done)
}

/// The record that a machine's picture is marked by: of a failed workflow the last good one; none before the first.
fn machine_record(workflow: &WorkflowRow, record: Option<&Value>) -> Result<Option<String>, Stop> {
    let Some(record) = record else { return Ok(None) };
    let last = if record["executionStatus"] == "failure" { &record["previous"] } else { record };
    match last {
        Value::Null => Ok(None),
        last if last["state"].is_object() => Ok(Some(last.to_string())),
        _ => Err(Stop::failed(format!(
            "{} is no machine: its record has no machine's state, so there is nothing to draw",
            workflow.consumer.as_deref().map(plain).unwrap_or_default()
        ))),
    }
}

/// What is known of the workflow itself.
fn head(workflow: &WorkflowRow, record: Option<&Value>, now: i64, limits: &Limits) -> Vec<String> {
    let mut table = Table::new(&["", ""]);
    let mut tell = |what: &str, text: String| table.row([what.to_owned(), text]);
    let named = Subject::parse(&workflow.subject, limits).ok();
    if let Some(consumer) = &workflow.consumer {
        tell("workflow", format!("{consumer} {}", workflow.version.as_deref().unwrap_or_default()));
    }
    if let Some(named) = &named {
        tell("execution", named.execution().to_owned());
    }
    tell("subject", workflow.subject.clone());
    match (&workflow.parent, &named) {
        (Some(parent), Some(named)) => tell("begun by", format!("{} of {}", short_name(parent), named.initiator())),
        (None, Some(named)) => tell("begun by", named.initiator().to_owned()),
        _ => {}
    }
    if workflow.consumer.is_some() {
        let revision = if workflow.revision > 0 { format!(", revision {}", workflow.revision) } else { String::new() };
        tell("status", format!("{}{revision}", workflow.standing()));
    }
    let ago = time::span(now - workflow.changed);
    tell("changed", format!("{}, {ago} ago", time::stamp(workflow.changed)));
    if let Some(worker) = &workflow.worker {
        tell("held by", worker.clone());
    }
    if let Some(record) = record {
        state(record, &mut tell);
    }
    table.lines().into_iter().skip(1).collect() // no headings
}

/// How far its record is.
fn state(record: &Value, tell: &mut impl FnMut(&str, String)) {
    if record["executionStatus"] == "failure" {
        tell("error", cut(&failure(&record["error"]).1, SHOWN));
        return;
    }
    let (what, value) = match &record["state"] {
        Value::Object(_) => ("state", &record["value"]),
        _ => ("context", &record["state$$"]),
    };
    match value {
        Value::Null => {}
        Value::String(text) => tell(what, cut(text, SHOWN)),
        other => tell(what, cut(&other.to_string(), SHOWN)),
    }
}

/// The events in the order they came, each with the number of the one that led to it.
fn timeline(events: &[Posting], now: i64, limits: &Limits) -> Vec<String> {
    let mut table = Table::new(&[">seq", "cause", "time", "event", "to", "domain", "state", ">took", ">tries"]);
    let mut day = String::new();
    let mut days = Vec::new();
    for posting in events {
        let event = Event::parse(&posting.event, limits).ok();
        let made = event.as_ref().and_then(|event| millis_of(event.time())).unwrap_or(posting.due);
        let date = time::stamp(made)[..10].to_owned();
        if day != date {
            days.push(date.clone());
            day = date;
        }
        let took = posting.done.map(|done| time::span(done - made)).unwrap_or_default();
        table.row([
            posting.seq.to_string(),
            posting.cause.map(|cause| format!("◀ {cause}")).unwrap_or_default(),
            time::of_day(made),
            event.as_ref().map_or("?", Event::type_).to_owned(),
            posting.consumer.clone(),
            posting.domain.clone(),
            state_of(posting, now),
            took,
            if posting.tries > 1 { posting.tries.to_string() } else { String::new() },
        ]);
        for cause in posting.failures.as_array().into_iter().flatten() {
            let (at, text) = failure(cause);
            let at = at.map(|at| format!("{}  ", time::of_day(at))).unwrap_or_default();
            table.note(&format!("✗ {at}{}", cut(&text, SHOWN)));
        }
    }
    let span = match &days[..] {
        [] => String::new(),
        [day] => format!(" on {day}"),
        [first, .., last] => format!(" from {first} to {last}"),
    };
    let mut lines = vec![format!("{}{span}", count(events.len(), "event"))];
    lines.extend(table.lines());
    lines
}

/// Its state, and for one that waits for a time how long that is.
fn state_of(posting: &Posting, now: i64) -> String {
    match posting.state {
        "waiting" if posting.due > now => format!("waiting {}", time::span(posting.due - now)),
        state => state.to_owned(),
    }
}

/// A workflow and its descendants as a tree. Rows come parents first.
fn branches(tree: &[WorkflowRow]) -> Vec<String> {
    let mut lines = vec![count(tree.len() - 1, "workflow").replace("workflow", "descendant")];
    if let Some(root) = tree.first() {
        // An own stack: a tree is as deep as somebody made it.
        let mut open = vec![(root, String::new(), String::new())];
        while let Some((row, mark, indent)) = open.pop() {
            lines.push(format!("{mark}{}", plain(&branch(row))));
            let children: Vec<&WorkflowRow> =
                tree.iter().filter(|child| child.parent.as_ref() == Some(&row.subject)).collect();
            for (at, child) in children.iter().enumerate().rev() {
                let (mark, more) = if at + 1 == children.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
                open.push((child, format!("{indent}{mark}"), format!("{indent}{more}")));
            }
        }
    }
    lines
}

fn branch(row: &WorkflowRow) -> String {
    let what = match (&row.consumer, &row.version) {
        (Some(consumer), Some(version)) => format!("{consumer} {version}"),
        _ => "no workflow".to_owned(),
    };
    format!("{}  {what}  {}", short_name(&row.subject), row.standing())
}
