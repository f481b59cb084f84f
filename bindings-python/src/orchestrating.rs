//! What a machine of an orchestrator hands out, and the event that it gets, on their way between Python and the core.

use std::sync::Arc;

use arvo::{Completion, ContractFault, Data, Host, Output, Raised, Refused, Run, SchemaHost, Token, Unusable};
use pyo3::prelude::*;

use crate::error::DataError;
use crate::functions::Working;
use crate::output::{self, Fault};
use crate::resumed;

impl SchemaHost for Working<'_, '_> {
    fn validate(&self, schema: u32, data: &Data) -> Result<Option<Data>, Refused> {
        self.host.validate(schema, data)
    }

    fn text(&self, token: Token) -> Result<Arc<str>, Raised> {
        self.host.text(token)
    }
}

impl Host for Working<'_, '_> {
    fn enter(&self, run: Run<'_>) -> Result<(), Raised> {
        let consumed = Some((run.event.clone(), run.data.clone()));
        let functions = self.tables.get_item(run.machine as usize);
        let begun = functions.and_then(|functions| self.begin(run.machine, functions, run.context, consumed));
        begun.map_err(|error| self.raised(&error))
    }

    fn emitted(&self, token: Token) -> Result<Output, Unusable> {
        let read = self.object(&Data::Host(token)).map_err(Fault::Raised).and_then(|object| {
            let is_host = |type_: &str| {
                self.machine().is_some_and(|machine| {
                    let services = machine.services().iter().map(|(_, service)| service);
                    resumed::is_host(services, machine.contract(), type_)
                })
            };
            output::output(&object, 0, &is_host, self.host)
        });
        read.map_err(|fault| self.unusable(fault))
    }

    fn completed(&self, token: Token) -> Result<Option<Completion>, Unusable> {
        let read = self.object(&Data::Host(token)).map_err(Fault::Raised).and_then(|object| {
            let own = self.machine().and_then(|machine| machine.contract().emits().first());
            resumed::completion(&object, own.is_some_and(|own| own.schema.is_host()), self.host)
        });
        read.map_err(|fault| self.unusable(fault))
    }
}

impl Working<'_, '_> {
    fn unusable(&self, fault: Fault) -> Unusable {
        let error = match fault {
            Fault::Raised(error) => error,
            Fault::Contract(ContractFault::NoOutput { found, .. }) => DataError::new_err((
                format!("a machine emits events: an arvo.Output, or a mapping with type and data; found {found}"),
                "",
            )),
            Fault::Contract(fault) => return Unusable::Fault(fault),
        };
        Unusable::Raised(self.raised(&error))
    }
}
