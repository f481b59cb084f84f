//! `arvo show --timeline`, `--sequence`: what happened in a workflow and all that descend from it.

use clap::ArgMatches;
use serde::Serialize;

use crate::history::{Entry, sequence, timeline};
use crate::store::Posting;

use super::exit::{Ended, Exit, Stop};
use super::session::Session;

/// Columns of a line, and events to show: what a screen holds, and what a person follows.
const WIDTH: usize = 160;
const LINES: usize = 10_000;
const ARROWS: usize = 200;

/// The picture that was asked for.
#[derive(Clone, Copy)]
pub(super) enum Drawing {
    Timeline,
    Sequence,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum View {
    Timeline(String),
    Sequence(String),
}

impl Drawing {
    pub(super) fn asked(matches: &ArgMatches) -> Option<Self> {
        let timeline = matches.get_flag("timeline").then_some(Self::Timeline);
        timeline.or_else(|| matches.get_flag("sequence").then_some(Self::Sequence))
    }
}

pub(super) fn happened(session: &mut Session<'_, '_>, subject: &str, drawing: Drawing) -> Ended {
    let mut postings = session.store.history(subject).wait()?;
    for child in session.store.tree(subject).wait()? {
        if child.subject != subject {
            postings.extend(session.store.history(&child.subject).wait()?);
        }
    }
    postings.sort_by_key(|posting| posting.seq);
    let limits = *session.store.environment().limits();
    let entry = |posting: &Posting| {
        let unreadable = |error| Stop::failed(format!("delivery {} holds no event: {error}", posting.seq));
        posting.entry(&limits).map_err(unreadable)
    };
    let entries = postings.iter().map(entry).collect::<Result<Vec<Entry>, Stop>>()?;
    let view = match drawing {
        Drawing::Timeline => View::Timeline(timeline(&entries, WIDTH, LINES)),
        Drawing::Sequence => View::Sequence(sequence(&entries, ARROWS)),
    };
    match &view {
        view if session.json => session.console.json(view)?,
        View::Timeline(text) | View::Sequence(text) => session.console.line(text.trim_end())?,
    }
    Ok(Exit::Done)
}
