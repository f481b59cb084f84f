//! A host of schemas alone, for executions that run no machine.

use std::sync::Arc;

use serde_json::Value;

use crate::contract::{NoHost, Refused, SchemaHost};
use crate::event::Data;
use crate::statechart::{Args, ChartHost, Check, Error, FnRef};
use crate::violation::{Raised, Token};

use super::host::Host;

/// Makes a [`Host`] of a [`SchemaHost`]: handlers and resumables ask no more.
///
/// ```
/// use arvo::{Host, NoHost, SchemasOnly};
/// let host: &dyn Host = &SchemasOnly(&NoHost);
/// # let _ = host;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SchemasOnly<'a, H: ?Sized>(pub &'a H);

impl<H: SchemaHost + ?Sized> SchemaHost for SchemasOnly<'_, H> {
    fn validate(&self, schema: u32, data: &Data) -> Result<Option<Data>, Refused> {
        self.0.validate(schema, data)
    }

    fn text(&self, token: Token) -> Result<Arc<str>, Raised> {
        self.0.text(token)
    }
}

impl<H: ?Sized> ChartHost for SchemasOnly<'_, H> {
    fn value(&self, function: &FnRef, args: Args<'_>) -> Result<Option<Data>, Raised> {
        NoHost.value(function, args)
    }

    fn act(&self, function: &FnRef, args: Args<'_>) -> Result<(), Raised> {
        NoHost.act(function, args)
    }

    fn collect(&self, function: &FnRef, args: Args<'_>, check: Check<'_>) -> Result<Vec<Value>, Error> {
        NoHost.collect(function, args, check)
    }
}

impl<H: SchemaHost + ?Sized> Host for SchemasOnly<'_, H> {}
