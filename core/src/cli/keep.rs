//! `arvo cancel`, `arvo purge`, `arvo query`, `arvo backup`.

use std::path::PathBuf;

use clap::ArgMatches;
use serde_json::{Value, json};

use super::arguments::required;
use super::exit::{Ended, Exit, Stop};
use super::session::Session;
use super::table::Table;
use super::views::{count, execution, grouped, plain, short_name};

/// Subjects removed in one transaction, so that workers need not wait long.
const CHUNK: usize = 200;

pub(super) fn cancel(session: &mut Session<'_, '_>, matches: &ArgMatches) -> Ended {
    let subject = session.subject(required::<String>(matches, "subject")?)?;
    let cancelled = session.store.cancel(&subject).wait()?;
    if session.json {
        let view = |subject: &String| json!({"subject": subject, "execution": execution(subject)});
        session.console.json(&cancelled.iter().map(view).collect::<Vec<_>>())?;
        return Ok(Exit::Done);
    }
    session.console.line(format!("{} cancelled", count(cancelled.len(), "workflow")))?;
    for subject in &cancelled {
        session.console.line(format!("  {}", plain(&short_name(subject))))?;
    }
    Ok(Exit::Done)
}

pub(super) fn purge(session: &mut Session<'_, '_>, matches: &ArgMatches) -> Ended {
    let before = session.now().saturating_sub(*required::<i64>(matches, "older-than")?);
    let dry = matches.get_flag("dry-run");
    let removed = if dry { session.store.removable(before).wait()? } else { remove(session, before)? };
    if session.json {
        session.console.json(&json!({"subjects": removed, "removed": !dry}))?;
    } else {
        let what = if dry { "would be removed" } else { "removed" };
        session.console.line(format!("{} {what}, with all their events", count(removed, "subject")))?;
    }
    Ok(Exit::Done)
}

fn remove(session: &mut Session<'_, '_>, before: i64) -> Result<usize, Stop> {
    let mut removed = 0;
    loop {
        match session.store.purge(before, CHUNK).wait()? {
            0 => break,
            some => removed += some,
        }
        session.console.progress(format!("{} removed", count(removed, "subject")));
    }
    session.console.progress_ends();
    Ok(removed)
}

pub(super) fn query(session: &mut Session<'_, '_>, matches: &ArgMatches) -> Ended {
    let found = session.store.query(required::<String>(matches, "sql")?).wait()?;
    if session.json {
        session.console.json(&found)?;
        return Ok(Exit::Done);
    }
    let headings: Vec<&str> = found.columns.iter().map(String::as_str).collect();
    let mut table = Table::new(&headings);
    for row in &found.rows {
        table.row(row.iter().map(|value| match value {
            Value::String(text) => text.clone(),
            Value::Null => "–".to_owned(),
            other => other.to_string(),
        }));
    }
    for line in table.lines() {
        session.console.line(line)?;
    }
    session.console.say(format!("{} row{}", grouped(found.rows.len()), if found.rows.len() == 1 { "" } else { "s" }));
    Ok(Exit::Done)
}

pub(super) fn backup(session: &mut Session<'_, '_>, matches: &ArgMatches) -> Ended {
    let path: &PathBuf = required(matches, "file")?;
    let name = path.to_str().ok_or_else(|| Stop::usage("the file's name must be UTF-8"))?;
    session.console.progress(format!("writing {}", plain(name)));
    let written = session.store.backup(name).wait();
    session.console.progress_ends();
    written?;
    let bytes = std::fs::metadata(path).map(|data| data.len()).unwrap_or_default();
    if session.json {
        session.console.json(&json!({"file": name, "bytes": bytes}))?;
    } else {
        let kilobytes = usize::try_from(bytes.div_ceil(1024)).unwrap_or(usize::MAX);
        session.console.line(format!("{} written, {} KiB", plain(name), grouped(kilobytes)))?;
    }
    Ok(Exit::Done)
}
