//! Events that crossed a moment ago: one that is parsed, made or emitted is mostly handled next, and need not be parsed
//! again then, nor its data.

use std::cell::RefCell;
use std::ops::Range;

use arvo::{Event, EventError, Limits};

/// How many events are kept.
const KEPT: usize = 8;
/// Longer texts are not kept, in bytes.
const LONGEST: usize = 16 * 1024;

/// What stands in front of the data in an event's text; it can't stand in an attribute, whose quotes are escaped.
const BEFORE_DATA: &str = ",\"data\":";
/// What takes the data's place where the envelope alone crosses.
const NO_DATA: &str = "{}";

struct Known {
    text: String,
    data: Range<usize>,
    event: Event,
}

impl Known {
    /// Whether this event has the envelope that crossed alone.
    fn has_envelope(&self, crossed: &str) -> Option<bool> {
        let (head, tail) = (self.text.get(..self.data.start)?, self.text.get(self.data.end..)?);
        Some(crossed.strip_prefix(head)?.strip_prefix(NO_DATA)? == tail)
    }
}

#[derive(Default)]
struct Recent {
    events: Vec<Known>,
    next: usize,
}

thread_local! {
    static RECENT: RefCell<Recent> = RefCell::default();
}

/// Reads an event, or finds it.
pub fn event_of(text: String, limits: &Limits) -> Result<Event, EventError> {
    found(text, limits, |known, text| known.text == text)
}

/// Reads an event whose envelope crossed alone, or finds one that has it: nobody may ask for its data.
pub fn envelope_of(text: String, limits: &Limits) -> Result<Event, EventError> {
    found(text, limits, |known, text| known.text == text || known.has_envelope(text).unwrap_or(false))
}

fn found(text: String, limits: &Limits, is: fn(&Known, &str) -> bool) -> Result<Event, EventError> {
    let find = |recent: &Recent| recent.events.iter().find(|known| is(known, &text)).map(|known| known.event.clone());
    if let Some(event) = RECENT.with_borrow(find) {
        return Ok(event);
    }
    let event = Event::parse(&text, limits)?;
    keep(text, &event);
    Ok(event)
}

/// Forgets them, which were read within limits that are others now.
pub fn forget() {
    RECENT.with_borrow_mut(|recent| *recent = Recent::default());
}

/// Keeps an event for whoever handles it next; `text` is as it will cross then.
pub fn keep(text: String, event: &Event) {
    let Some(before) = text.find(BEFORE_DATA).filter(|_| text.len() <= LONGEST) else { return };
    let start = before + BEFORE_DATA.len();
    let known = Known { data: start..start + event.data_text().len(), event: event.clone(), text };
    RECENT.with_borrow_mut(|recent| {
        let next = recent.next;
        match recent.events.get_mut(next) {
            Some(oldest) => *oldest = known,
            None => recent.events.push(known),
        }
        recent.next = (next + 1) % KEPT;
    });
}
