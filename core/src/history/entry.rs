//! One line of a history: an event, who it went to, and what became of it there.

use std::collections::HashMap;

use crate::event::Event;

/// An event of a history. A broker's history is events alone; a durable store also tells who each was delivered to and
/// how that ended.
///
/// ```
/// use arvo::{Environment, EventDraft, history::Entry};
/// let event = EventDraft::new("com.shop.web", "com.order.placed")
///     .subject("order/17")
///     .data(serde_json::json!({}))
///     .build(&Environment::system())?;
/// let entry = Entry::delivered(event, "com.shop.desk", "dead", 3);
/// assert_eq!((entry.receiver(), entry.note()), ("com.shop.desk", Some("dead, 3 tries")));
/// # Ok::<(), arvo::EventError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    event: Event,
    consumer: Option<String>,
    note: Option<String>,
}

impl Entry {
    /// An event as a store delivered it: to whom, the state of the delivery, and how often it was tried. That it was
    /// done at once is what one expects, and no note.
    pub fn delivered(event: Event, consumer: &str, state: &str, tries: i64) -> Self {
        let state = Some(state).filter(|state| !matches!(*state, "" | "done")).map(str::to_owned);
        let tries = (tries > 1).then(|| format!("{tries} tries"));
        let notes: Vec<String> = [state, tries].into_iter().flatten().collect();
        Self {
            event,
            consumer: Some(consumer.to_owned()).filter(|consumer| !consumer.is_empty()),
            note: Some(notes.join(", ")).filter(|note| !note.is_empty()),
        }
    }

    /// The event.
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// Who it went to.
    pub fn receiver(&self) -> &str {
        self.consumer.as_deref().or_else(|| self.event.to()).unwrap_or_else(|| self.event.type_())
    }

    /// What became of it, where that is no matter of course.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Whether it tells of a failure: `sys.….error`.
    pub(super) fn is_error(&self) -> bool {
        self.event.type_().starts_with("sys.") && self.event.type_().ends_with(".error")
    }

    /// What is shown beside its type: its domain, what it cost, what became of it.
    pub(super) fn remarks(&self) -> Vec<String> {
        let domain = self.event.domain().map(|domain| format!("in {domain}"));
        let units = self.event.executionunits().filter(|units| *units != 0.0).map(|units| format!("{units} units"));
        [domain, units, self.note.clone()].into_iter().flatten().collect()
    }
}

impl From<Event> for Entry {
    fn from(event: Event) -> Self {
        Self { event, consumer: None, note: None }
    }
}

impl From<&Event> for Entry {
    fn from(event: &Event) -> Self {
        event.clone().into()
    }
}

/// For each entry the number of the earlier one that led to it.
pub(super) fn causes(entries: &[Entry]) -> Vec<Option<usize>> {
    let mut known: HashMap<&str, usize> = HashMap::new();
    let mut causes = Vec::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        causes.push(entry.event.parentid().and_then(|parent| known.get(parent)).copied());
        known.entry(entry.event.id()).or_insert(at); // one event may be delivered to several
    }
    causes
}

/// The entries that are shown when there is room for `most`: the beginning and the end, `None` for what is left out.
pub(super) fn shown(count: usize, most: usize) -> impl Iterator<Item = Option<usize>> {
    let (head, tail) = if count <= most { (count, count) } else { (most.div_ceil(2), count - most / 2) };
    let gap = (head < tail).then_some(None);
    (0..head).map(Some).chain(gap).chain((tail..count).map(Some))
}
