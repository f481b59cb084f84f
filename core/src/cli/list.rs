//! `arvo ls`: workflows, and how many there are of everything else.

use std::collections::BTreeMap;

use clap::ArgMatches;
use serde::Serialize;

use crate::environment::Limits;
use crate::store::{Counts, Which, WorkflowRow};
use crate::subject::Subject;

use super::arguments::limit_of;
use super::exit::{Ended, Exit, Stop};
use super::session::Session;
use super::table::Table;
use super::time;
use super::views::{WorkflowView, count, grouped, plain, short_name};

#[derive(Serialize)]
struct View<'a> {
    workflows: Vec<WorkflowView<'a>>,
    counts: CountsView<'a>,
}

#[derive(Serialize)]
struct CountsView<'a> {
    workflows: BTreeMap<&'a str, i64>,
    events: BTreeMap<&'a str, i64>,
    domains: BTreeMap<&'a str, i64>,
    workers: &'a [String],
}

pub(super) fn list(session: &mut Session<'_, '_>, matches: &ArgMatches) -> Ended {
    let limit = limit_of(matches)?;
    let status = matches.get_one::<String>("status");
    let which = match status {
        Some(status) => Which::standing(status).ok_or_else(|| Stop::usage(format!("no status {status}")))?,
        None => Which::default(),
    };
    let which = Which { consumer: matches.get_one::<String>("type").cloned(), limit, ..which };
    let rows = session.store.workflows(which).wait()?;
    let counts = session.store.counts().wait()?;
    if session.json {
        let map = |pairs| -> BTreeMap<&str, i64> { map_of(pairs) };
        session.console.json(&View {
            workflows: rows.iter().map(WorkflowView::of).collect(),
            counts: CountsView {
                workflows: map(&counts.workflows),
                events: map(&counts.deliveries),
                domains: map(&counts.domains),
                workers: &counts.workers,
            },
        })?;
        return Ok(Exit::Done);
    }
    let now = session.now();
    for line in table(&rows, now).lines() {
        session.console.line(line)?;
    }
    if rows.len() == limit {
        session.console.line(format!("… the last {} changed; --limit shows more", grouped(limit)))?;
    }
    session.console.line("")?;
    for line in sums(&counts) {
        session.console.line(line)?;
    }
    Ok(Exit::Done)
}

/// Workflows, for people.
pub(super) fn table(rows: &[WorkflowRow], now: i64) -> Table {
    let mut table =
        Table::new(&["execution", "workflow", "version", "status", ">revision", "changed", "begun by", "held by"]);
    for row in rows {
        let begun_by = match &row.parent {
            Some(parent) => short_name(parent),
            None => Subject::parse(&row.subject, &Limits::default())
                .map(|subject| subject.initiator().to_owned())
                .unwrap_or_default(),
        };
        table.row([
            short_name(&row.subject),
            row.consumer.clone().unwrap_or_default(),
            row.version.clone().unwrap_or_default(),
            row.standing().to_owned(),
            row.revision.to_string(),
            time::short(row.changed, now),
            begun_by,
            row.worker.clone().unwrap_or_default(),
        ]);
    }
    table
}

fn sums(counts: &Counts) -> Vec<String> {
    let total = |pairs: &[(String, i64)]| usize_of(pairs.iter().map(|(_, number)| number).sum());
    let each = |pairs: &[(String, i64)]| {
        let parts: Vec<String> =
            pairs.iter().map(|(what, number)| format!("{} {}", grouped(usize_of(*number)), plain(what))).collect();
        if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) }
    };
    let mut lines = vec![
        format!("{}{}", count(total(&counts.workflows), "workflow"), each(&counts.workflows)),
        format!("{}{}", count(total(&counts.deliveries), "event"), each(&counts.deliveries)),
    ];
    if !counts.domains.is_empty() {
        lines.push(format!("{} in domains{}", count(total(&counts.domains), "event"), each(&counts.domains)));
    }
    let workers: Vec<String> = counts.workers.iter().map(|name| plain(name)).collect();
    let names = if workers.is_empty() { String::new() } else { format!(": {}", workers.join(", ")) };
    lines.push(format!("{}{names}", count(workers.len(), "worker")));
    lines
}

fn map_of(pairs: &[(String, i64)]) -> BTreeMap<&str, i64> {
    pairs.iter().map(|(what, number)| (what.as_str(), *number)).collect()
}

fn usize_of(number: i64) -> usize {
    usize::try_from(number).unwrap_or_default()
}
