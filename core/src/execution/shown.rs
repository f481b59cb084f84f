//! The consumed event as the expressions of a machine are shown it: its members one by one, the whole only for one
//! that looks at the whole (STATECHARTS §8).

use std::cell::OnceCell;
use std::sync::Arc;

use serde_json::Value;

use crate::event::{Attribute, Data, Envelope, Event, Raised, Scalar, Token};
use crate::expression::{Member, Object};
use crate::json;

use super::host::{Host, read, unreadable};

/// Envelope and validated data of an event.
#[derive(Debug)]
pub(super) struct Shown<'a> {
    envelope: &'a Envelope,
    data: Arc<Value>,
    json: OnceCell<Value>,
}

impl<'a> Shown<'a> {
    /// `data` is the validated data; [`Token::CONSUMED`] means the event's own.
    pub(super) fn of(event: &'a Event, data: &Data, host: &dyn Host) -> Result<Self, Raised> {
        let data = match data {
            Data::Host(token) if *token != Token::CONSUMED => Arc::new(read(&host.text(*token)?)?),
            _ => event.shared_data().map_err(|error| unreadable(&error))?,
        };
        Ok(Self { envelope: event.envelope(), data, json: OnceCell::new() })
    }
}

impl Object for Shown<'_> {
    fn member(&self, key: &str) -> Option<Member<'_>> {
        let envelope = self.envelope;
        let Some(attribute) = Attribute::named(key) else {
            // Of equal names the last counts, as in an object of JSON.
            let (_, value) = envelope.extensions.iter().rfind(|(name, _)| **name == *key)?;
            return Some(value.into());
        };
        let optional = match attribute {
            Attribute::Data => return Some(Member::Json(&self.data)),
            Attribute::Executionunits => {
                return Some(match envelope.executionunits.map(json::number) {
                    Some(Value::Number(number)) => Member::Number(number),
                    _ => Member::Null,
                });
            }
            Attribute::Specversion => return Some(Member::Text("1.0")),
            Attribute::Id => Some(&envelope.id),
            Attribute::Source => Some(&envelope.source),
            Attribute::Type => Some(&envelope.type_),
            Attribute::Subject => Some(&envelope.subject),
            Attribute::Datacontenttype => Some(&envelope.datacontenttype),
            Attribute::Time => Some(&envelope.time),
            Attribute::Dataschema => envelope.dataschema.as_ref(),
            Attribute::To => envelope.to.as_ref(),
            Attribute::Accesscontrol => envelope.accesscontrol.as_ref(),
            Attribute::Redirectto => envelope.redirectto.as_ref(),
            Attribute::Traceparent => envelope.traceparent.as_ref(),
            Attribute::Tracestate => envelope.tracestate.as_ref(),
            Attribute::Parentid => envelope.parentid.as_ref(),
            Attribute::Domain => envelope.domain.as_ref(),
        };
        Some(optional.map_or(Member::Null, |text| Member::Text(text)))
    }

    fn json(&self) -> &Value {
        self.json.get_or_init(|| self.envelope.to_value(Value::clone(&self.data)))
    }
}

impl<'a> From<&'a Scalar> for Member<'a> {
    fn from(value: &'a Scalar) -> Self {
        match value {
            Scalar::Null => Self::Null,
            Scalar::Bool(value) => Self::Bool(*value),
            Scalar::Number(number) => Self::Number(number.clone()),
            Scalar::Text(text) => Self::Text(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::NoHost;
    use crate::environment::Environment;
    use crate::event::EventDraft;

    fn same(member: Option<Member<'_>>, json: Option<&Value>) -> bool {
        member.is_some() == json.is_some()
            && member.zip(json).is_none_or(|(member, json)| match member {
                Member::Null => json.is_null(),
                Member::Bool(value) => *json == value,
                Member::Number(number) => *json == Value::Number(number),
                Member::Text(text) => json == text,
                Member::Json(value) => json == value,
            })
    }

    #[test]
    fn each_member_is_that_of_the_whole() {
        let draft = || {
            EventDraft::new("com.test.client", "com.test.made").subject("s").data(serde_json::json!({"total": 12.5}))
        };
        let full = draft()
            .accesscontrol("mine")
            .redirectto("com.test.other")
            .executionunits(2.0)
            .traceparent("00-1")
            .tracestate("a=b")
            .parentid("p")
            .domain("human.review")
            .dataschema("#/test/1.0.0")
            .extension("some", Scalar::Null)
            .extension("more", Scalar::Bool(true))
            .extension("count", Scalar::Number(7.into()))
            .extension("twice", Scalar::Text("first".into()))
            .extension("twice", Scalar::Text("last".into()));
        for draft in [draft(), full] {
            let event = draft.build(&Environment::system()).unwrap();
            let shown = Shown::of(&event, &Data::Host(Token::CONSUMED), &NoHost).unwrap();
            let whole = event.to_value().unwrap();
            assert_eq!(shown.json(), &whole);
            let keys = whole.as_object().unwrap().keys().map(String::as_str).chain(["nobody", "Id", ""]);
            for key in keys {
                assert!(same(shown.member(key), whole.get(key)), "{key}: {:?}", shown.member(key));
            }
        }
    }
}
