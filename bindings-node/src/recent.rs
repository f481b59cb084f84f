//! Events that crossed a moment ago: one that is parsed, made or emitted is mostly handled next, and need not be parsed
//! again then, nor its data.

use std::cell::RefCell;

use arvo::{Environment, Event, EventError};

/// How many events are kept.
const KEPT: usize = 8;
/// Longer texts are not kept, in bytes.
const LONGEST: usize = 16 * 1024;

#[derive(Default)]
struct Recent {
    events: Vec<(String, Event)>,
    next: usize,
}

thread_local! {
    static RECENT: RefCell<Recent> = RefCell::default();
}

/// Reads an event, or finds it.
pub fn event_of(text: String, environment: &Environment) -> Result<Event, EventError> {
    let found = RECENT
        .with_borrow(|recent| recent.events.iter().find(|(known, _)| *known == text).map(|(_, event)| event.clone()));
    match found {
        Some(event) => Ok(event),
        None => {
            let event = Event::parse(&text, environment.limits())?;
            keep(text, &event);
            Ok(event)
        }
    }
}

/// Keeps an event for whoever handles it next; `text` is as it will cross then.
pub fn keep(text: String, event: &Event) {
    if text.len() > LONGEST {
        return;
    }
    RECENT.with_borrow_mut(|recent| {
        let entry = (text, event.clone());
        let next = recent.next;
        match recent.events.get_mut(next) {
            Some(oldest) => *oldest = entry,
            None => recent.events.push(entry),
        }
        recent.next = (next + 1) % KEPT;
    });
}
