//! A history as lines of a terminal: when, from whom to whom, what, and which event led to it.

use crate::event::millis_of;

use super::entry::{Entry, causes, shown};
use super::lanes::Lanes;
use super::text::{count, fit, plain, span, width};

/// Columns that senders and receivers may take together; types have as many.
const WIDEST: usize = 60;
/// Characters of an id to show: its last ones, which differ also among those made from one value.
const ID: usize = 8;

/// What happened, a line for each event, without a line feed at its end.
///
/// A line has the event's number, the time since the first event, its place among the events that it came from and led
/// to, who sent it to whom, its type, the end of its id, and what there is to remark: its domain, what it cost, what
/// became of it. `●` is an event, `✗` a system error, `◀ 3` says that event 3 led to it where no line can. Lines are
/// cut to `width` columns; of more than `most` events the first and the last are shown.
///
/// ```
/// use arvo::{Environment, EventDraft, history::timeline};
/// let environment = Environment::system();
/// let draft = |from: &str, type_: &str| EventDraft::new(from, type_).subject("order/17").data(serde_json::json!({}));
/// let asked = draft("com.shop.web", "com.stock.take").id("a".into()).build(&environment)?;
/// let answer = draft("com.stock.take", "evt.stock.take.success").parentid("a").to("com.shop.web").build(&environment)?;
/// let text = timeline(&[asked.into(), answer.into()], 100, 1000);
/// assert!(text.starts_with("2 events in "));
/// assert!(text.contains("●  com.shop.web → com.stock.take  com.stock.take          a\n"), "{text}");
/// # Ok::<(), arvo::EventError>(())
/// ```
pub fn timeline(entries: &[Entry], width: usize, most: usize) -> String {
    let causes = causes(entries);
    let times: Vec<Option<i64>> = entries.iter().map(|entry| millis_of(entry.event().time())).collect();
    let first = times.iter().flatten().min().copied().unwrap_or_default();
    let last = times.iter().flatten().max().copied().unwrap_or_default();
    let mut lanes = Lanes::new(&causes, shown(entries.len(), most).flatten());
    let rows: Vec<Option<Row>> = shown(entries.len(), most)
        .map(|at| {
            let at = at?;
            let entry = &entries[at];
            let piece = lanes.next(at, if entry.is_error() { '✗' } else { '●' });
            let from = causes[at].filter(|_| !piece.joined).map(|cause| format!("◀ {}", cause + 1));
            let time = times[at].map_or_else(String::new, |time| format!("+{}", span(time - first)));
            Some(Row::of(entry, at, time, piece.drawn, from))
        })
        .collect();
    let widths = Widths::of(rows.iter().flatten());
    let mut lines = vec![format!("{} in {}", count(entries.len(), "event"), span(last - first))];
    lines.extend(rows.iter().map(|row| match row {
        Some(row) => row.line(&widths),
        None => format!("… {} left out", count(entries.len() - most, "event")),
    }));
    lines.iter().map(|line| fit(line, width)).collect::<Vec<_>>().join("\n")
}

/// The texts of a line.
struct Row {
    number: String,
    time: String,
    drawn: String,
    parties: String,
    type_: String,
    id: String,
    remarks: String,
}

impl Row {
    fn of(entry: &Entry, at: usize, time: String, drawn: String, from: Option<String>) -> Self {
        let event = entry.event();
        let parties = plain(&format!("{} → {}", event.source(), entry.receiver()));
        let from_end = event.id().chars().count().saturating_sub(ID);
        let remarks: Vec<String> = from.into_iter().chain(entry.remarks()).collect();
        Self {
            number: (at + 1).to_string(),
            time,
            drawn,
            parties: fit(&parties, WIDEST),
            type_: fit(&plain(event.type_()), WIDEST),
            id: plain(&event.id().chars().skip(from_end).collect::<String>()),
            remarks: plain(&remarks.join(", ")),
        }
    }

    fn line(&self, widths: &Widths) -> String {
        let right = |text: &str, to: usize| " ".repeat(to.saturating_sub(width(text))) + text;
        let left = |text: &str, to: usize| text.to_owned() + &" ".repeat(to.saturating_sub(width(text)));
        let line = [
            right(&self.number, widths.number),
            right(&self.time, widths.time),
            left(&self.drawn, widths.drawn),
            left(&self.parties, widths.parties),
            left(&self.type_, widths.type_),
            left(&self.id, widths.id),
            self.remarks.clone(),
        ];
        line.join("  ").trim_end().to_owned()
    }
}

/// How wide the columns are.
#[derive(Default)]
struct Widths {
    number: usize,
    time: usize,
    drawn: usize,
    parties: usize,
    type_: usize,
    id: usize,
}

impl Widths {
    fn of<'a>(rows: impl Iterator<Item = &'a Row>) -> Self {
        rows.fold(Self::default(), |widest, row| Self {
            number: widest.number.max(width(&row.number)),
            time: widest.time.max(width(&row.time)),
            drawn: widest.drawn.max(width(&row.drawn)),
            parties: widest.parties.max(width(&row.parties)),
            type_: widest.type_.max(width(&row.type_)),
            id: widest.id.max(width(&row.id)),
        })
    }
}
