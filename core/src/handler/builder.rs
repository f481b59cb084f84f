//! Building a handler: a function for each version of its contract.

use std::sync::Arc;

use crate::contract::Contract;
use crate::domain::Domain;
use crate::environment::Environment;
use crate::execution::{HandlerError, HandlerSpec, Plan};
use crate::telemetry::SpanSpec;

use super::handler::{BoxError, Function, Handler, Inner};
use super::input::{Input, IntoOutputs};

/// Builds a [`Handler`].
#[must_use]
pub struct HandlerBuilder {
    spec: HandlerSpec,
    functions: Vec<(String, Function)>,
    environment: Arc<Environment>,
}

impl HandlerBuilder {
    pub(super) fn new(contract: &Contract) -> Self {
        let spec = HandlerSpec::new::<String>(contract, []);
        Self { spec, functions: Vec::new(), environment: Environment::shared() }
    }

    /// The function for one version: it gets an [`Input`] and returns nothing, one output or several.
    pub fn version<F, Answer, O>(mut self, version: impl Into<String>, function: F) -> Self
    where
        F: Fn(Input) -> Answer + Send + Sync + 'static,
        Answer: Future<Output = Result<O, BoxError>> + Send + 'static,
        O: IntoOutputs,
    {
        let version = version.into();
        let boxed: Function = Box::new(move |input| {
            let answer = function(input);
            Box::pin(async move { Ok(answer.await?.into_outputs()) })
        });
        self.spec.versions.push(version.clone());
        self.functions.push((version, boxed));
        self
    }

    /// What one event costs, unless an output says otherwise; 0 when left out.
    pub fn executionunits(mut self, units: f64) -> Self {
        self.spec.executionunits = units;
        self
    }

    /// Domains of outputs that name none.
    pub fn emits_in(mut self, domains: impl IntoIterator<Item = Domain>) -> Self {
        self.spec.emits = Some(domains.into_iter().collect());
        self
    }

    /// Domains of system error events.
    pub fn system_errors_in(mut self, domains: impl IntoIterator<Item = Domain>) -> Self {
        self.spec.system_error = Some(domains.into_iter().collect());
        self
    }

    /// What is different about the spans of its executions.
    pub fn span(mut self, span: SpanSpec) -> Self {
        self.spec.span = span;
        self
    }

    /// Another clock, other ids or limits.
    pub fn environment(mut self, environment: Arc<Environment>) -> Self {
        self.environment = environment;
        self
    }

    /// The handler.
    ///
    /// # Errors
    /// [`HandlerError::MissingFunction`] for the first version of the contract without a function.
    pub fn build(self) -> Result<Handler, HandlerError> {
        let Self { spec, mut functions, environment } = self;
        let contract = spec.contract.clone();
        let plan = Plan::handler(spec)?;
        let functions = contract.versions().filter_map(|known| {
            // The last function given for a version counts.
            let at = functions.iter().rposition(|(version, _)| version == known.version().as_str())?;
            Some(functions.remove(at).1)
        });
        Ok(Handler(Arc::new(Inner { functions: functions.collect(), plan, environment })))
    }
}
