//! The only calls into a host that a contract makes: its own schemas, synchronous.

use std::sync::Arc;

use crate::event::Data;
use crate::violation::{Issue, Raised, Token, ViolationKind};

/// A host's own schemas (Zod, Pydantic, any function that judges data), by number.
pub trait SchemaHost {
    /// Judges `data` by the host's schema of that number; `Ok(None)`: valid and unchanged. The consumed event's own
    /// data is [`Token::CONSUMED`]: the host has it already.
    ///
    /// # Errors
    /// [`Refused::Issues`] if the data breaks the schema; [`Refused::Raised`] if judging itself failed. A schema that
    /// answers with a promise is raised as a violation of kind [`ViolationKind::Config`].
    fn validate(&self, schema: u32, data: &Data) -> Result<Option<Data>, Refused>;

    /// The JSON text of a host object; asked only when it must leave the process or meets a JSON Schema.
    ///
    /// # Errors
    /// What the host threw while it wrote the object.
    fn text(&self, token: Token) -> Result<Arc<str>, Raised>;
}

/// Why data is not used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Refused {
    /// It breaks the schema: every problem, not only the first.
    Issues(Vec<Issue>),
    /// The host threw instead of judging.
    Raised(Raised),
}

/// A host without schemas or objects of its own, for contracts made of JSON Schema alone.
///
/// ```
/// use arvo::{Data, Limits, NoHost, Refused, Schema};
///
/// let schema = Schema::host(7, serde_json::json!({"type": "object"}));
/// let data = Data::Text("{}".into());
/// let Err(Refused::Raised(raised)) = schema.validate(&data, &Limits::default(), &NoHost) else { panic!() };
/// assert!(raised.message.contains("schema 7"));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHost;

impl SchemaHost for NoHost {
    fn validate(&self, schema: u32, _data: &Data) -> Result<Option<Data>, Refused> {
        Err(Refused::Raised(missing(format!("host schema {schema}"))))
    }

    fn text(&self, token: Token) -> Result<Arc<str>, Raised> {
        Err(missing(format!("host object {}", token.0)))
    }
}

fn missing(what: String) -> Raised {
    // Nobody keeps an object for it.
    let message = format!("{what} was asked for, but no host is at hand; pass the one that has it");
    Raised { violation: Some(ViolationKind::Config), ..Raised::error(Token(0), "NoHost", message) }
}
