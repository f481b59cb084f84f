//! A host of schemas alone, for executions that run no machine.

use std::sync::Arc;

use serde_json::Value;

use crate::contract::{NoHost, Refused, SchemaHost};
use crate::event::Data;
use crate::execution::Host;
use crate::statechart::{Args, ChartHost, Check, Error, FnRef};
use crate::violation::{Raised, Token};

/// Asks `H` for schemas, and has no functions.
pub(super) struct Schemas<'a, H>(pub(super) &'a H);

impl<H: SchemaHost> SchemaHost for Schemas<'_, H> {
    fn validate(&self, schema: u32, data: &Data) -> Result<Option<Data>, Refused> {
        self.0.validate(schema, data)
    }

    fn text(&self, token: Token) -> Result<Arc<str>, Raised> {
        self.0.text(token)
    }
}

impl<H> ChartHost for Schemas<'_, H> {
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

impl<H: SchemaHost> Host for Schemas<'_, H> {}
