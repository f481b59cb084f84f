//! An event on its way out: the envelope is made, the data may still be an object of the host.

use std::sync::Arc;

use crate::environment::Limits;
use crate::json;

use super::data::{Data, EventData, Token};
use super::event::{Envelope, Event};

/// What an execution or a factory hands out.
#[derive(Clone, Debug)]
pub struct Emitted {
    /// Everything but the data.
    pub envelope: Envelope,
    /// Its data: text, value, or a token that the host which gave it resolves.
    pub data: Data,
    /// Not to be delivered before this time, in milliseconds since 1970; `None`: at once.
    pub deliver_at: Option<i64>,
}

impl Emitted {
    /// The event, unless its data is an object of the host.
    ///
    /// ```
    /// let event = arvo::EventDraft::new("com.shop.web", "com.order.placed").subject("order/17")
    ///     .data(serde_json::json!({})).build(&arvo::Environment::system())?;
    /// let emitted = arvo::Emitted::from(&event);
    /// assert_eq!(emitted.event(), Some(event));
    /// # Ok::<(), arvo::EventError>(())
    /// ```
    pub fn event(&self) -> Option<Event> {
        self.event_within(&Limits::DEFAULT)
    }

    /// The same, its data to be read within these limits.
    pub fn event_within(&self, limits: &Limits) -> Option<Event> {
        self.event_by(limits, |_| Err(())).ok()
    }

    /// The event, `text` giving the JSON of data that is an object of the host.
    ///
    /// # Errors
    /// That of `text`.
    pub fn event_by<E>(&self, limits: &Limits, text: impl FnOnce(Token) -> Result<Arc<str>, E>) -> Result<Event, E> {
        let data = match &self.data {
            Data::Host(token) => EventData::from_text(text(*token)?, limits),
            Data::Text(text) => EventData::from_text(text.clone(), limits),
            Data::Value(value) => EventData::from_value(value.clone(), limits),
        };
        Ok(Event::of(self.envelope.clone(), data))
    }

    /// Appends the event's JSON as [`Event::to_json`] writes it, without making the event; `text` as for
    /// [`Emitted::event_by`].
    ///
    /// # Errors
    /// That of `text`.
    ///
    /// ```
    /// let event = arvo::EventDraft::new("com.shop.web", "com.order.placed").subject("order/17")
    ///     .data(serde_json::json!({"total": 1.0})).build(&arvo::Environment::system())?;
    /// let mut text = String::new();
    /// arvo::Emitted::from(&event).write_json(&mut text, |_| Err("no object of a host"))?;
    /// assert_eq!(text, event.to_json());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write_json<E>(&self, out: &mut String, text: impl FnOnce(Token) -> Result<Arc<str>, E>) -> Result<(), E> {
        match &self.data {
            Data::Host(token) => self.envelope.write(out, &text(*token)?),
            Data::Text(text) => self.envelope.write(out, text),
            Data::Value(value) => self.envelope.write(out, &json::write(value, 0)),
        }
        Ok(())
    }
}

impl From<&Event> for Emitted {
    fn from(event: &Event) -> Self {
        Self { envelope: event.envelope().clone(), data: event.data_at_hand(), deliver_at: None }
    }
}
