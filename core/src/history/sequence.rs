//! A history as a Mermaid sequence diagram.

use std::collections::HashMap;
use std::fmt::Write;

use crate::subject::Subject;

use super::entry::{Entry, causes, shown};
use super::text::{count, cut, plain, short_name};
use crate::environment::Limits;

/// Characters of a label to show.
const LABEL: usize = 80;
/// Mermaid draws no longer text (`maxTextSize`).
const LONGEST: usize = 50_000;
/// What lies behind the events of one subject, in turn: pale, on light pages and dark ones.
const COLOURS: [&str; 5] = ["65, 105, 225", "46, 139, 87", "218, 165, 32", "178, 34, 34", "138, 43, 226"];

/// What happened, as a Mermaid `sequenceDiagram`, which Markdown on GitHub and many editors draw.
///
/// Who sends or receives is a participant. Requests are solid arrows, answers are dashed: what goes back to the sender
/// of the event that led to it. A system error ends in a cross, an event that leaves
/// for a domain in an open arrow. The arrows' numbers are those of [`timeline`](super::timeline). The events of each
/// subject lie on a colour of their own where there are several.
///
/// Of more than `most` events, or more than Mermaid draws, the first and the last are shown.
///
/// ```
/// use arvo::{Environment, EventDraft, history::sequence};
/// let environment = Environment::system();
/// let draft = |from: &str, type_: &str| EventDraft::new(from, type_).subject("order/17").data(serde_json::json!({}));
/// let asked = draft("com.shop.web", "com.stock.take").id("a".into()).build(&environment)?;
/// let answer = draft("com.stock.take", "evt.stock.take.success").parentid("a").to("com.shop.web").build(&environment)?;
/// assert_eq!(
///     sequence(&[asked.into(), answer.into()], 200),
///     "sequenceDiagram
///     autonumber
///     participant p1 as com.shop.web
///     participant p2 as com.stock.take
///     p1->>p2: com.stock.take
///     p2-->>p1: evt.stock.take.success
/// "
/// );
/// # Ok::<(), arvo::EventError>(())
/// ```
pub fn sequence(entries: &[Entry], most: usize) -> String {
    let causes = causes(entries);
    let mut most = most.min(entries.len());
    loop {
        let text = drawn(entries, &causes, most);
        if text.len() <= LONGEST || most == 0 {
            return text;
        }
        most = most * 3 / 4;
    }
}

fn drawn(entries: &[Entry], causes: &[Option<usize>], most: usize) -> String {
    let seen = || shown(entries.len(), most).flatten().map(|at| &entries[at]);
    let parties = Parties::of(seen());
    let mut subjects = Subjects::of(seen());
    let mut text = "sequenceDiagram\n    autonumber\n".to_owned();
    for (at, name) in parties.names.iter().enumerate() {
        let _ = writeln!(text, "    participant p{} as {}", at + 1, escaped(name));
    }
    for at in shown(entries.len(), most) {
        let Some(at) = at else {
            text += subjects.leave();
            let left_out = format!("{} left out", count(entries.len() - most, "event"));
            let over = if parties.names.len() > 1 { format!("p1,p{}", parties.names.len()) } else { "p1".to_owned() };
            if !parties.names.is_empty() {
                let _ = writeln!(text, "    Note over {over}: … {}", escaped(&left_out));
            }
            let _ = writeln!(text, "    autonumber {}", entries.len() - most / 2 + 1);
            continue;
        };
        let entry = &entries[at];
        let (from, to) = (parties.of_name(entry.event().source()), parties.of_name(entry.receiver()));
        text += &subjects.enter(entry.event().subject(), to);
        let label: Vec<String> = std::iter::once(entry.event().type_().to_owned())
            .chain(entry.remarks())
            .map(|text| escaped(&text))
            .collect();
        let arrow = arrow(entry, causes[at].map(|cause| &entries[cause]));
        let _ = writeln!(text, "    p{from}{arrow}p{to}: {}", label.join("<br/>"));
    }
    text + subjects.leave()
}

/// How an event is drawn.
fn arrow(entry: &Entry, cause: Option<&Entry>) -> &'static str {
    let event = entry.event();
    let answers = cause.is_some_and(|cause| cause.event().source() == entry.receiver());
    match (entry.is_error(), event.domain().is_some(), answers) {
        (true, ..) => "--x",
        (_, true, true) => "--)",
        (_, true, false) => "-)",
        (_, _, true) => "-->>",
        _ => "->>",
    }
}

/// Who sends and receives, in the order that they appear.
#[derive(Default)]
struct Parties<'a> {
    names: Vec<&'a str>,
    numbers: HashMap<&'a str, usize>,
}

impl<'a> Parties<'a> {
    fn of(entries: impl Iterator<Item = &'a Entry>) -> Self {
        let mut found = Self::default();
        for name in entries.flat_map(|entry| [entry.event().source(), entry.receiver()]) {
            found.numbers.entry(name).or_insert_with(|| {
                found.names.push(name);
                found.names.len()
            });
        }
        found
    }

    fn of_name(&self, name: &str) -> usize {
        self.numbers.get(name).copied().unwrap_or_default()
    }
}

/// The subjects of a history, and whose events are drawn just now.
struct Subjects<'a> {
    /// The colour of each, and whether its name was written. Empty: there is only one.
    known: HashMap<&'a str, (usize, bool)>,
    open: Option<&'a str>,
}

impl<'a> Subjects<'a> {
    fn of(entries: impl Iterator<Item = &'a Entry>) -> Self {
        let mut known = HashMap::new();
        for entry in entries {
            let next = known.len();
            known.entry(entry.event().subject()).or_insert((next, false));
        }
        if known.len() < 2 {
            known.clear();
        }
        Self { known, open: None }
    }

    /// The lines before an event of this subject.
    fn enter(&mut self, subject: &'a str, to: usize) -> String {
        let mut text = String::new();
        if self.open == Some(subject) {
            return text;
        }
        text += self.leave();
        if let Some((number, named)) = self.known.get_mut(subject) {
            let _ = writeln!(text, "    rect rgba({}, 0.12)", COLOURS[*number % COLOURS.len()]);
            if !std::mem::replace(named, true) {
                let _ = writeln!(text, "    Note over p{to}: {}", escaped(&title(subject)));
            }
            self.open = Some(subject);
        }
        text
    }

    fn leave(&mut self) -> &'static str {
        if self.open.take().is_some() { "    end\n" } else { "" }
    }
}

/// A workflow's type and its execution in short, or the subject.
fn title(subject: &str) -> String {
    let short = short_name(subject);
    match Subject::parse(subject, &Limits::default()) {
        Ok(parsed) => format!("{} {short}", parsed.orchestrator()),
        Err(_) => short,
    }
}

/// A text that Mermaid shows as it is: whatever it could read as syntax or markup is written as a number.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for next in plain(&cut(text, LABEL)).chars() {
        match next {
            next if next.is_alphanumeric() || " ._-/,()=+…".contains(next) => out.push(next),
            next => {
                let _ = write!(out, "#{};", u32::from(next));
            }
        }
    }
    out
}
